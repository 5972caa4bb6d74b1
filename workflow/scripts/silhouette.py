"""Compute every pixel's silhouette for every k in one pass over the pairwise distances."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.spaces import to_space
from photopalette.color.table import load_table, sample_by_weight
from photopalette.files.tables import to_csv
from photopalette.kernels.compiled import call
from photopalette.run.job import log, run

_BLOCK = 512  # points at a time, which fit a core's fastest memory
_SUMS = 4 << 20  # sums of distances at a time, at most
_QUANTILES = 101  # of each cluster's coefficients: 0, 1, …, 100 %


def silhouette_samples(
    points: np.ndarray, weights: np.ndarray, labelings: Mapping[int, np.ndarray]
) -> dict[int, np.ndarray | None]:
    """Compute the silhouette coefficient of each weighted point for several labelings.

    Equal to :func:`sklearn.metrics.silhouette_samples` on points repeated by their weights:
    s = (b − a) / max(a, b), a the mean distance to the other members of the point's cluster, b the
    smallest mean distance to another cluster, 0 in a cluster of one (Rousseeuw 1987).

    Parameters
    ----------
    points : (n, 3) uint8 or float64
        Distinct colours, in the space of the fits.
    weights : (n,) int64
        Pixels of each.
    labelings
        For each k, the cluster (n,) of each colour.

    Returns
    -------
    dict
        Coefficients (n,) float64 per k; None where there are fewer than two clusters.
    """
    sizes = {
        k: np.bincount(labels, weights, minlength=int(labels.max()) + 1)
        for k, labels in labelings.items()
        if np.count_nonzero(np.bincount(labels)) > 1
    }
    samples: dict[int, np.ndarray | None] = dict.fromkeys(labelings)
    if not sizes:
        return samples
    for k in sizes:
        samples[k] = np.empty(len(points))

    # Points whose clusters agree in every labeling form a cell. Distances are summed per cell, so that each is added
    # once, and not once per k.
    cells, cell_of = np.unique(np.stack([labelings[k] for k in sizes]), axis=1, return_inverse=True)
    order = np.argsort(cell_of, kind="stable")
    starts = np.searchsorted(cell_of[order], np.arange(cells.shape[1] + 1)).astype(np.int32)

    # The order of cells by cluster, the clusters that have any, and where each begins in that order.
    groups = {}
    for member, k in zip(cells, sizes, strict=True):
        by_cluster = np.argsort(member, kind="stable")
        used, firsts = np.unique(member[by_cluster], return_index=True)
        groups[k] = by_cluster, used, firsts

    columns = np.ascontiguousarray(points.T, np.float32)
    others, weight = np.ascontiguousarray(columns[:, order]), weights[order].astype(np.float32)
    step = max(1, min(_BLOCK, _SUMS // cells.shape[1]))
    for start in range(0, len(points), step):
        rows = slice(start, start + step)
        block = np.ascontiguousarray(columns[:, rows])
        part, sums = np.empty(block.shape[1], np.float32), np.empty((cells.shape[1], block.shape[1]))
        call(
            "photopalette.kernels.silhouette",
            "distances",
            rows=block,
            points=others,
            weights=weight,
            starts=starts,
            part=part,
            sums=sums,
        )
        for k, (by_cluster, used, firsts) in groups.items():
            to_cluster = np.zeros((len(sizes[k]), len(part)))
            to_cluster[used] = np.add.reduceat(sums[by_cluster], firsts, axis=0)
            samples[k][rows] = _coefficients(to_cluster.T, labelings[k][rows], sizes[k])
    return samples


def _coefficients(to_cluster: np.ndarray, labels: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Turn each point's summed distances to all clusters, (m, k), into its silhouette, (m,)."""
    rows = np.arange(len(labels))
    own = sizes[labels]
    with np.errstate(divide="ignore", invalid="ignore"):
        a = to_cluster[rows, labels] / (own - 1)
        means = to_cluster / sizes
        means[:, sizes == 0] = np.inf
        means[rows, labels] = np.inf
        b = means.min(axis=1)
        coefficients = (b - a) / np.maximum(a, b)
    return np.where(own > 1, np.nan_to_num(coefficients), 0.0)


def quantiles_by_cluster(
    coefficients: np.ndarray, weights: np.ndarray, labels: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the quantiles of the coefficients in each cluster.

    Parameters
    ----------
    coefficients, weights, labels : (n,)
        Of each point: its silhouette, its pixels, its cluster.
    count
        Clusters.

    Returns
    -------
    quantiles : (count, 101) float32
        The smallest coefficient that 0, 1, …, 100 % of the cluster's pixels do not exceed, to three decimals; NaN
        where a cluster has no pixel (of a sample).
    pixels : (count,) int64
        Of each cluster.
    """
    quantiles = np.full((count, _QUANTILES), np.nan, np.float32)
    pixels = np.bincount(labels, weights, minlength=count).astype(np.int64)
    order = np.lexsort((coefficients, labels))
    ends = np.cumsum(np.bincount(labels, minlength=count))
    for cluster, end in enumerate(ends):
        rows = order[ends[cluster - 1] if cluster else 0 : end]
        if len(rows):
            reached = np.cumsum(weights[rows])
            wanted = -(np.arange(_QUANTILES) * -reached[-1] // (_QUANTILES - 1))
            quantiles[cluster] = np.round(coefficients[rows][np.searchsorted(reached, wanted)], 3)
    return quantiles, pixels


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels, index=False)
    rows, weights = sample_by_weight(table.counts, snakemake.params.silhouette["max_colors"])
    exact = len(rows) == len(table.colors)
    if not exact:
        log.info("estimated on %d of %d colours", len(rows), len(table.colors))
    labelings, sizes = {}, {}
    for k, path in zip(snakemake.params.n_clusters, snakemake.input.clusters, strict=True):
        with np.load(path, allow_pickle=False) as clusters:
            labelings[k], space = clusters["labels"][rows], str(clusters["space"])
            sizes[k] = len(clusters["centroids"])
    points = table.colors[rows] if space == "rgb" else to_space(table.colors[rows], space)
    scores, arrays = [], {}
    for k, coefficients in sorted(silhouette_samples(points, weights, labelings).items()):
        row = {"k": k, "silhouette": None, "silhouette_exact": None}
        if coefficients is not None:
            mean = (coefficients * weights).sum() / weights.sum()
            row |= {"silhouette": f"{mean:.6f}", "silhouette_exact": exact}
            found = quantiles_by_cluster(coefficients, weights, labelings[k], sizes[k])
            arrays |= dict(zip((f"k{k}", f"k{k}_pixels"), found, strict=True))
        scores.append(row)
    Path(snakemake.output.csv).write_text(to_csv(scores), encoding="utf-8")
    np.savez(snakemake.output.npz, **arrays)


if __name__ == "__main__":
    run(main, snakemake)

"""Compute the silhouette score of every k in one pass over the pairwise distances."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from _colors import load_table, sample_by_weight
from _job import log, run
from _spaces import to_space

# Distances at a time. Fresh pages cost more than all the arithmetic: one block that fits a core's
# share of the cache, used over and over, is three times as fast as a few large ones.
_BLOCK_BYTES = 8 << 20


def silhouette_scores(
    points: np.ndarray, weights: np.ndarray, labelings: Mapping[int, np.ndarray]
) -> dict[int, float | None]:
    """Compute the mean silhouette coefficient of weighted points for several labelings.

    Equal to :func:`sklearn.metrics.silhouette_score` on points repeated by their weights:
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
        Score per k; None where there are fewer than two clusters.
    """
    sizes = {
        k: np.bincount(labels, weights, minlength=int(labels.max()) + 1)
        for k, labels in labelings.items()
        if np.count_nonzero(np.bincount(labels)) > 1
    }
    scores: dict[int, float | None] = dict.fromkeys(labelings)
    if not sizes:
        return scores

    # Points that share their cluster in every labeling share a column here, so that each distance is
    # added up once and not once per k.
    cells, cell_of = np.unique(np.stack([labelings[k] for k in sizes]), axis=1, return_inverse=True)
    order = np.argsort(cell_of, kind="stable")
    starts = np.searchsorted(cell_of[order], np.arange(cells.shape[1]))

    # |a|² − 2ab + |b|² as one matrix product: with 8-bit colours every term is an integer below 2²⁴,
    # so float32 is exact; other points need float64, and twice the time.
    dtype = np.float32 if points.dtype == np.uint8 else np.float64
    points, weight = points.astype(dtype), weights[order].astype(dtype)
    squares = np.einsum("ij,ij->i", points, points)
    ones = np.ones_like(squares)
    left = np.column_stack([points, squares, ones])
    right = np.column_stack([-2 * points, ones, squares])[order].T.copy()

    totals = dict.fromkeys(sizes, 0.0)
    block = max(1, _BLOCK_BYTES // (points.itemsize * len(points)))
    buffer = np.empty((block, len(points)), dtype)
    for start in range(0, len(points), block):
        rows = slice(start, start + block)
        distances = np.matmul(left[rows], right, out=buffer[: len(left[rows])])
        if dtype is np.float64:
            np.maximum(distances, 0, out=distances)
        np.sqrt(distances, out=distances)
        distances *= weight
        to_cell = np.add.reduceat(distances, starts, axis=1, dtype=dtype).astype(np.float64)
        for member, k in zip(cells, sizes, strict=True):
            one_hot = np.zeros((len(member), len(sizes[k])))
            one_hot[np.arange(len(member)), member] = 1
            coefficients = _coefficients(to_cell @ one_hot, labelings[k][rows], sizes[k])
            totals[k] += float(coefficients @ weights[rows])
    for k, total in totals.items():
        scores[k] = total / float(weights.sum())
    return scores


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


def main(snakemake: Any) -> None:
    table = load_table(snakemake.input.pixels, index=False)
    max_colors = snakemake.params.silhouette["max_colors"]
    rows, weights = sample_by_weight(table.counts, max_colors)
    exact = len(table.colors) <= max_colors
    if not exact:
        log.info("estimated on %d of %d colours", len(rows), len(table.colors))
    labelings = {}
    for k, path in zip(snakemake.params.n_clusters, snakemake.input.clusters, strict=True):
        with np.load(path, allow_pickle=False) as clusters:
            labelings[k], space = clusters["labels"][rows], str(clusters["space"])
    points = table.colors[rows] if space == "rgb" else to_space(table.colors[rows], space)
    scores = silhouette_scores(points, weights, labelings)
    with Path(snakemake.output[0]).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["k", "silhouette", "silhouette_exact"])
        for k, score in sorted(scores.items()):
            writer.writerow([k, "", ""] if score is None else [k, f"{score:.6f}", exact])


if __name__ == "__main__":
    run(main, snakemake)

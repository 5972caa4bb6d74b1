"""Fit K-means with k centroids."""

import csv
import warnings
from typing import Any, NamedTuple

import numpy as np

from _colors import ColorTable, hex_codes, load_table, round_palette
from _job import JobError, log, run


class Clusters(NamedTuple):
    """A fit; clusters are ordered by their pixels, most first, ties by colour.

    Attributes
    ----------
    centroids : (k, 3) float64
        On the 0–255 scale.
    labels : (U,) uint8
        Cluster of each colour of the table.
    pixels : (k,) int64
        Pixels of each cluster.
    inertia : float
        Sum over all pixels of the squared distance to their centroid.
    n_iter : int
        Lloyd iterations of the best restart.
    converged : bool
        False where scikit-learn stopped at `max_iter` or found fewer than k clusters.
    """

    centroids: np.ndarray
    labels: np.ndarray
    pixels: np.ndarray
    inertia: float
    n_iter: int
    converged: bool


def fit(table: ColorTable, k: int, fit_on: str, **kmeans: Any) -> Clusters:
    """Fit scikit-learn's KMeans to an image.

    Parameters
    ----------
    table
        The image's colour table.
    k
        Number of clusters, 1 ≤ k ≤ 256.
    fit_on
        ``colors``: the distinct colours, weighted by their pixels; ``pixels``: all pixels in their
        order. Both have the same optima; only ``pixels`` repeats a plain fit to the last digit.
    **kmeans
        Passed to :class:`sklearn.cluster.KMeans`.

    Raises
    ------
    JobError
        If the image has fewer than k colours.
    """
    if len(table.colors) < k:
        raise JobError(
            f"k = {k} is more than the {len(table.colors)} distinct colours there are; "
            f"set n_clusters to {len(table.colors)} at most for this image"
        )
    # After the check: the import takes longer than most fits.
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    model = KMeans(n_clusters=k, **kmeans)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if fit_on == "pixels":
            labels = np.empty(len(table.colors), np.int64)
            labels[table.index] = model.fit(table.colors[table.index]).labels_
        else:
            labels = model.fit(table.colors, sample_weight=table.counts).labels_
    stopped = [str(warning.message) for warning in caught if issubclass(warning.category, ConvergenceWarning)]
    if model.n_iter_ >= model.max_iter:
        stopped.append(f"stopped at max_iter = {model.max_iter}")
    for reason in stopped:
        log.warning("k = %d did not converge: %s", k, reason)

    pixels = np.bincount(labels, table.counts, minlength=k).astype(np.int64)
    order = np.lexsort((*model.cluster_centers_.T[::-1], -pixels))
    rank = np.argsort(order)
    return Clusters(
        centroids=model.cluster_centers_[order],
        labels=rank[labels].astype(np.uint8),
        pixels=pixels[order],
        inertia=float(model.inertia_),
        n_iter=int(model.n_iter_),
        converged=not stopped,
    )


def palette_rows(clusters: Clusters) -> list[dict[str, Any]]:
    """Tabulate the palette: cluster, hex, r, g, b, pixels, share of all pixels."""
    palette = round_palette(clusters.centroids)
    return [
        {
            "cluster": cluster,
            "hex": code,
            "r": red,
            "g": green,
            "b": blue,
            "pixels": pixels,
            "share": f"{pixels / clusters.pixels.sum():.6f}",
        }
        for cluster, (code, (red, green, blue), pixels) in enumerate(
            zip(hex_codes(palette), palette.tolist(), clusters.pixels.tolist(), strict=True)
        )
    ]


def main(snakemake: Any) -> None:
    try:
        clusters = fit(load_table(snakemake.input.pixels), int(snakemake.wildcards.k), **snakemake.params.kmeans)
    except JobError as error:
        raise JobError(f"image '{snakemake.wildcards.image}': {error}") from None
    np.savez(snakemake.output.clusters, **clusters._asdict())
    rows = palette_rows(clusters)
    with open(snakemake.output.palette, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    run(main, snakemake)

"""Fit K-means with k centroids and write the palette."""

import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from _colors import ColorTable, count_colors, load_table
from _job import log, run
from _palette import draw_swatches, palette_files, palette_rows
from _spaces import to_space, to_srgb
from _tables import to_csv


class Clusters(NamedTuple):
    """A fit; clusters are ordered by their pixels, most first, ties by colour.

    There are k of them, or one a colour where the image has no more than k colours.

    Attributes
    ----------
    centroids : (k, 3) float64
        In the space of the fit; sRGB is on the 0–255 scale.
    palette : (k, 3) uint8
        The same in sRGB, rounded.
    space : str
        ``rgb``, ``lab`` or ``oklab``.
    labels : (U,) uint8
        Cluster of each colour of the table.
    pixels : (k,) int64
        Pixels of each cluster.
    inertia : float
        Sum over all pixels of the squared distance to their centroid, in the space of the fit.
    n_iter : int
        Lloyd iterations of the best restart.
    converged : bool
        False where scikit-learn stopped at `max_iter` or found fewer than k clusters.
    restarts : list of tuple
        Seed, kind of seeds, inertia and iterations of each restart; only the kept one where
        scikit-learn ran them itself.
    """

    centroids: np.ndarray
    palette: np.ndarray
    space: str
    labels: np.ndarray
    pixels: np.ndarray
    inertia: float
    n_iter: int
    converged: bool
    restarts: list[tuple[int, str, float, int]]


def fit(table: ColorTable, k: int, fit_on: str, refine: str, space: str = "rgb", **kmeans: Any) -> Clusters:
    """Fit K-means to an image.

    Parameters
    ----------
    table
        The image's colour table.
    k
        Number of clusters at most, 1 ≤ k ≤ 256: an image of no more colours keeps each as it is.
    fit_on
        ``colors``: the distinct colours, weighted by their pixels; ``pixels``: all pixels in their
        order. Both have the same optima; only ``pixels`` repeats a plain fit to the last digit.
    refine
        ``breathing`` searches on from every restart (_search.py); ``none`` is scikit-learn's KMeans
        alone.
    space
        Where distances and means are taken: ``rgb``, ``lab`` or ``oklab``.
    **kmeans
        Passed to :class:`sklearn.cluster.KMeans`; the search takes ``n_init``, ``max_iter`` and
        ``random_state`` alone.
    """
    points = to_space(table.colors, space)
    if len(points) <= k:
        if len(points) < k:
            log.warning("k = %d: the image has only %s, so the picture is exact", k, count_colors(len(points)))
        return _keep_all(table, points, space, kmeans["random_state"])
    # After the check: the imports take longer than most fits.
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if refine == "breathing":
            centroids, labels, inertia, n_iter, restarts = _fit_searching(points, table.counts, k, **kmeans)
        else:
            centroids, labels, inertia, n_iter, restarts = _fit_plainly(points, table, k, fit_on, **kmeans)
    stopped = [str(warning.message) for warning in caught if issubclass(warning.category, ConvergenceWarning)]
    if n_iter >= kmeans["max_iter"]:
        stopped.append(f"stopped at max_iter = {kmeans['max_iter']}")
    for reason in dict.fromkeys(stopped):
        log.warning("k = %d did not converge: %s", k, reason)

    pixels = np.bincount(labels, table.counts, minlength=k).astype(np.int64)
    order = np.lexsort((*centroids.T[::-1], -pixels))
    rank = np.argsort(order)
    return Clusters(
        centroids=centroids[order],
        palette=to_srgb(centroids[order], space),
        space=space,
        labels=rank[labels].astype(np.uint8),
        pixels=pixels[order],
        inertia=inertia,
        n_iter=n_iter,
        converged=not stopped,
        restarts=restarts,
    )


def _keep_all(table: ColorTable, points: np.ndarray, space: str, seed: int) -> Clusters:
    """Make every colour a centroid of its own: the exact picture, which no search could better."""
    order = np.argsort(-table.counts, kind="stable")
    return Clusters(
        centroids=points[order],
        palette=table.colors[order],
        space=space,
        labels=np.argsort(order).astype(np.uint8),
        pixels=table.counts[order],
        inertia=0.0,
        n_iter=0,
        converged=True,
        restarts=[(seed, "every colour", 0.0, 0)],
    )


def _fit_searching(
    points: np.ndarray, counts: np.ndarray, k: int, n_init: int, max_iter: int, random_state: int, **_: Any
) -> tuple:
    from _search import search

    runs = search(points, counts.astype(np.float64), k, n_init, max_iter, random_state)
    best = min((run.solution for run in runs), key=lambda solution: solution.inertia)
    return (
        best.centroids,
        best.labels,
        best.inertia,
        best.n_iter,
        [(run.seed, run.kind, run.solution.inertia, run.solution.n_iter) for run in runs],
    )


def _fit_plainly(points: np.ndarray, table: ColorTable, k: int, fit_on: str, **kmeans: Any) -> tuple:
    from sklearn.cluster import KMeans

    model = KMeans(n_clusters=k, **kmeans)
    if fit_on == "pixels":
        labels = np.empty(len(points), np.int64)
        labels[table.index] = model.fit(points[table.index]).labels_
    else:
        labels = model.fit(points, sample_weight=table.counts).labels_
    inertia, n_iter = float(model.inertia_), int(model.n_iter_)
    kept = (kmeans["random_state"], kmeans["init"], inertia, n_iter)
    return model.cluster_centers_, labels, inertia, n_iter, [kept]


def main(snakemake: Any) -> None:
    kmeans = snakemake.params.kmeans
    table = load_table(snakemake.input.pixels, index=kmeans["fit_on"] == "pixels")
    clusters = fit(table, int(snakemake.wildcards.k), **kmeans)
    arrays = clusters._asdict()
    restarts = arrays.pop("restarts")
    np.savez(snakemake.output.clusters, **arrays)
    columns = ("seed", "kind", "inertia", "iterations")
    kept = [dict(zip(columns, restart, strict=True)) for restart in restarts]
    Path(snakemake.output.restarts).write_text(to_csv(kept), encoding="utf-8")
    rows = palette_rows(clusters.palette, clusters.pixels)
    for suffix, text in palette_files(rows, snakemake.wildcards.image).items():
        Path(getattr(snakemake.output, suffix)).write_text(text, encoding="utf-8")
    draw_swatches(rows).save(snakemake.output.swatches)


if __name__ == "__main__":
    run(main, snakemake)

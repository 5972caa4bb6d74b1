"""Fit K-means to a colour table, and find the 8-bit palette that serves it best."""

import warnings
from typing import Any, NamedTuple

import numpy as np

from photopalette.color.spaces import to_space, to_srgb
from photopalette.color.table import ColorTable, count_colors
from photopalette.kernels.compiled import call
from photopalette.run.job import log

_KERNELS = "photopalette.kernels.palette"
# Distances of points to colours up to which a palette is tried level by level: rounding matters for small pictures.
_NUDGED = 1 << 18


class Clusters(NamedTuple):
    """A fit, and its palette; clusters are ordered by their pixels, most first, ties by colour.

    There are k of them, or one a colour where the image has no more than k colours.

    Attributes
    ----------
    centroids : (k, 3) float64
        In the space of the fit; sRGB is on the 0–255 scale.
    palette : (k, 3) uint8
        Their colours in sRGB: see :func:`fit_palette`; the rounded centroids where scikit-learn alone is asked for.
    space : str
        ``rgb``, ``lab`` or ``oklab``.
    labels : (U,) uint8
        Cluster of each colour of the table, the nearest centroid.
    palette_labels : (U,) uint8
        What stands for each colour of the table, the nearest of the palette; `labels` where scikit-learn alone is
        asked for.
    pixels : (k,) int64
        Pixels of each colour of the palette.
    inertia : float
        Sum over all pixels of the squared distance to their centroid, in the space of the fit.
    n_iter : int
        Lloyd iterations of the best restart.
    converged : bool
        False where scikit-learn stopped at `max_iter` or found fewer than k clusters.
    restarts : list of tuple
        Seed, number, kind of seeds, inertia and iterations of each restart, see :class:`_search.Restart`; only the
        kept one, whose number is not known, where scikit-learn ran them itself.
    """

    centroids: np.ndarray
    palette: np.ndarray
    space: str
    labels: np.ndarray
    palette_labels: np.ndarray
    pixels: np.ndarray
    inertia: float
    n_iter: int
    converged: bool
    restarts: list[tuple[int | None, int | None, str, float, int]]


def fit(
    table: ColorTable,
    k: int,
    fit_on: str,
    refine: str,
    space: str = "rgb",
    weight_exponent: float = 1.0,
    **kmeans: Any,
) -> Clusters:
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
        ``swaps`` improves every restart by swaps of centroids (kmeans/search.py); ``none`` is scikit-learn's KMeans
        alone.
    space
        Where distances and means are taken: ``rgb``, ``lab`` or ``oklab``.
    weight_exponent
        Power of its pixels that a colour weighs in the fit: 1 counts pixels, 0 every colour once. What is reported of
        the fit, `pixels` and `inertia`, is the picture's all the same; only `restarts` hold what was minimised.
    **kmeans
        Passed to :class:`sklearn.cluster.KMeans`; the search takes ``n_init``, ``max_iter`` and
        ``random_state`` alone.
    """
    points = to_space(table.colors, space)
    if len(points) <= k:
        if len(points) < k:
            log.warning("k = %d: the image has only %s, so the picture is exact", k, count_colors(len(points)))
        return _keep_all(table, points, space)
    weighted = table._replace(counts=weigh(table.counts, weight_exponent))
    if refine == "swaps":
        centroids, labels, inertia, n_iter, restarts, stopped = _fit_searching(points, weighted.counts, k, **kmeans)
        palette, palette_labels = fit_palette(weighted, points, centroids, space)
    else:
        weights = weighted.counts
        centroids, labels, inertia, n_iter, restarts, stopped = _fit_plainly(
            points, table, weights, k, fit_on, **kmeans
        )
        palette, palette_labels = to_srgb(centroids, space), labels
    if weight_exponent != 1:
        inertia = float((((points - centroids[labels]) ** 2).sum(axis=1) * table.counts).sum())
    if n_iter >= kmeans["max_iter"]:
        stopped.append(f"stopped at max_iter = {kmeans['max_iter']}")
    for reason in dict.fromkeys(stopped):
        log.warning("k = %d did not converge: %s", k, reason)

    pixels = np.bincount(palette_labels, table.counts, minlength=k).astype(np.int64)
    order = np.lexsort((*centroids.T[::-1], -pixels))
    rank = np.empty(k, np.uint8)
    rank[order] = np.arange(k)
    return Clusters(
        centroids=centroids[order],
        palette=palette[order],
        space=space,
        labels=rank[labels],
        palette_labels=rank[palette_labels],
        pixels=pixels[order],
        inertia=inertia,
        n_iter=n_iter,
        converged=not stopped,
        restarts=restarts,
    )


def weigh(counts: np.ndarray, exponent: float) -> np.ndarray:
    """Raise the pixels of each colour, (U,) int64, to a power; with exponent 1 they stay what they are.

    Rounded to single precision, because the last digits of a power differ between processors.
    """
    return counts if exponent == 1 else (counts.astype(np.float64) ** exponent).astype(np.float32).astype(np.float64)


def fit_palette(
    table: ColorTable, points: np.ndarray, centroids: np.ndarray, space: str
) -> tuple[np.ndarray, np.ndarray]:
    """Turn centroids into the 8-bit colours that serve an image best: Lloyd's iterations among such colours.

    Rounded centroids are not their own optimum. So each colour of the table goes to the nearest of the palette, and
    each of the palette becomes the rounded mean of what went to it, as long as that lowers the error. A colour that
    nothing goes to, as when two centroids round to the same, gives way to the colour of the table that costs most.

    Parameters
    ----------
    table
        The image's colour table.
    points : (U, 3) float64
        Its colours in the space of the fit.
    centroids : (k, 3) float64
        In the same space; k ≤ U.
    space
        ``rgb``, ``lab`` or ``oklab``.

    Returns
    -------
    palette : (k, 3) uint8
        sRGB.
    labels : (U,) int32
        Place in the palette of what stands for each colour of the table.
    """
    from photopalette.kmeans.lloyd import lloyd

    weights, k = table.counts.astype(np.float64), len(centroids)
    best, least, palette = None, np.inf, to_srgb(centroids, space)
    while True:
        found = lloyd(points, weights, to_space(palette, space), max_iter=0)
        masses = np.bincount(found.labels, weights, k)
        if not masses.all():
            costs = weights * ((points - found.centroids[found.labels]) ** 2).sum(axis=1)
            palette[masses == 0] = table.colors[np.argsort(-costs, kind="stable")[: np.count_nonzero(masses == 0)]]
            found = lloyd(points, weights, to_space(palette, space), max_iter=0)
            masses = np.bincount(found.labels, weights, k)
        if found.inertia >= least:
            break
        best, least = (palette, found.labels), found.inertia
        sums = np.column_stack([np.bincount(found.labels, weights * channel, k) for channel in points.T])
        means = to_srgb(sums / np.maximum(masses, 1)[:, None], space)
        palette = np.where(masses[:, None] > 0, means, palette)
    if len(points) * k > _NUDGED:
        return best
    palette = _nudge(points, weights, best[0], space)
    return palette, lloyd(points, weights, to_space(palette, space), max_iter=0).labels


def _nudge(points: np.ndarray, weights: np.ndarray, palette: np.ndarray, space: str) -> np.ndarray:
    """Move colours of a palette, (k, 3) uint8, by one level as long as that lowers the error of points in a space."""
    (n, _), points, palette = points.shape, np.ascontiguousarray(points), palette.copy()
    gaps, labels = np.empty((n, 2)), np.empty(n, np.int32)

    def moved(color: int, place: np.ndarray) -> float:
        """Give the error with a colour of the palette at a place, (3,) uint8."""
        return call(
            _KERNELS,
            "moved",
            points=points,
            weights=weights,
            cluster=color,
            centroid=to_space(place[None], space),
            gaps=gaps,
            labels=labels,
        )

    def settle() -> float:
        """Rank the palette as it is for every point, and give its error."""
        call(_KERNELS, "rank", points=points, centroids=to_space(palette, space), gaps=gaps, labels=labels)
        return moved(0, palette[0])

    error, idle = settle(), 0
    moves = [(color, axis, step) for color in range(len(palette)) for axis in range(3) for step in (-1, 1)]
    while idle < len(moves):
        for color, axis, step in moves:
            idle += 1
            place = palette[color].astype(int)
            place[axis] += step
            if 0 <= place[axis] <= 255 and moved(color, place.astype(np.uint8)) < error * (1 - 1e-9):
                palette[color] = place
                error, idle = settle(), 0
    return palette


def _keep_all(table: ColorTable, points: np.ndarray, space: str) -> Clusters:
    """Make every colour a centroid of its own: the exact picture, which no search could better."""
    order = np.argsort(-table.counts, kind="stable")
    rank = np.argsort(order).astype(np.uint8)
    return Clusters(
        centroids=points[order],
        palette=table.colors[order],
        space=space,
        labels=rank,
        palette_labels=rank,
        pixels=table.counts[order],
        inertia=0.0,
        n_iter=0,
        converged=True,
        restarts=[(None, None, "every colour", 0.0, 0)],
    )


def _fit_searching(
    points: np.ndarray, counts: np.ndarray, k: int, n_init: int, max_iter: int, random_state: int, **_: Any
) -> tuple:
    from photopalette.kmeans.search import search

    runs = search(points, counts.astype(np.float64), k, n_init, max_iter, random_state)
    best = min((run.solution for run in runs), key=lambda solution: solution.inertia)
    return (
        best.centroids,
        best.labels,
        best.inertia,
        best.n_iter,
        [(run.seed, run.number, run.kind, run.solution.inertia, run.solution.n_iter) for run in runs],
        [],
    )


def _fit_plainly(
    points: np.ndarray, table: ColorTable, weights: np.ndarray, k: int, fit_on: str, **kmeans: Any
) -> tuple:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    model = KMeans(n_clusters=k, **kmeans)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if fit_on == "pixels":
            labels = np.empty(len(points), np.int64)
            shares = None if weights is table.counts else (weights / table.counts)[table.index]
            labels[table.index] = model.fit(points[table.index], sample_weight=shares).labels_
        else:
            labels = model.fit(points, sample_weight=weights).labels_
    stopped = [str(warning.message) for warning in caught if issubclass(warning.category, ConvergenceWarning)]
    inertia, n_iter = float(model.inertia_), int(model.n_iter_)
    kept = (kmeans["random_state"], None, kmeans["init"], inertia, n_iter)
    return model.cluster_centers_, labels, inertia, n_iter, [kept], stopped

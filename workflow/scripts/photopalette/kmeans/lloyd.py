"""K-means' steps on weighted points in three dimensions: Lloyd's iterations, exact, and swaps of centroids."""

from typing import NamedTuple

import numpy as np

from photopalette.kernels.compiled import call

_NEIGHBOURS = 14  # of a cluster, that a swap looks at: about as many touch it in three dimensions
_ROUNDS = 8  # that a promising swap gets, at most
# Bounds are rounded a little off, and points at equal distances must go to the first centroid: what is within so much
# of the points' extent is measured.
_MARGIN = 1e-10


class Solution(NamedTuple):
    """Centroids (k, 3) float64, each point's cluster (n,), the inertia, and the Lloyd iterations that led there."""

    centroids: np.ndarray
    labels: np.ndarray
    inertia: float
    n_iter: int


def lloyd(points: np.ndarray, weights: np.ndarray, seeds: np.ndarray, max_iter: int) -> Solution:
    """Iterate from given seeds until no point changes its cluster.

    Every label is that of the nearest centroid, the first of equally near ones. Distances that Hamerly's bounds (2010)
    and the exponion's (Newling and Fleuret 2016) make needless are not computed. An empty cluster takes the point with
    the largest weighted squared distance to its centroid; one stays empty only where no point is off its centroid.

    Parameters
    ----------
    points : (n, 3) float64
        May repeat.
    weights : (n,) float64
        Above 0.
    seeds : (k, 3) float64
        First centroids, k ≥ 1.
    max_iter
        Iterations at most.
    """
    (n, _), k = points.shape, len(seeds)
    centroids, labels, n_iter = np.array(seeds, np.float64), np.empty(n, np.int32), np.empty(1, np.int32)
    bounds, masses, drift, gaps = np.empty((n, 2)), np.empty((k, 4)), np.empty((k, 4)), np.empty((k, k))
    margin = _MARGIN * max(float(np.ptp(channel)) for channel in points.T)
    inertia = call(
        "lloyd",
        *(n, k, max_iter, margin, np.ascontiguousarray(points), weights, centroids, bounds, masses, drift, gaps),
        *(labels, np.empty((k, k), np.int32), n_iter),
    )
    return Solution(centroids, labels, inertia, int(n_iter[0]))


def swap(points: np.ndarray, weights: np.ndarray, start: Solution, draws: np.ndarray) -> tuple[Solution, int]:
    """Try to take one centroid away and to put it elsewhere, again and again, and keep what is better.

    Parameters
    ----------
    points, weights
        As for :func:`lloyd`.
    start
        A solution on them, k ≥ 2.
    draws : (t, 2) float64
        Random numbers from [0, 1) for each try: which centroid, those missed least preferred, and which point,
        by its share of the inertia.

    Returns
    -------
    Solution
        With the inertia of its labels, and centroids that are their means; few points have a nearer one.
    int
        Swaps kept.
    """
    (n, _), k = points.shape, len(start.centroids)
    width, room = min(_NEIGHBOURS, k - 1), 4 * n
    centroids, labels = start.centroids.copy(), start.labels.copy()
    floats = [np.empty(shape) for shape in ((k, 4), (k, 7), n, k, width)]
    shapes = ((k, width), (4, width), width, k, k, (n, 2), (k, 3), (k, 2), (room, 2))
    kept = call(
        "swap",
        *(n, k, width, len(draws), _ROUNDS, room, points, weights, centroids, np.ascontiguousarray(draws), *floats),
        *(labels, *(np.empty(shape, np.int32) for shape in shapes)),
    )
    return start._replace(centroids=centroids, labels=labels), int(kept)

"""K-means' steps on weighted points in three dimensions: Lloyd's iterations, exact, and swaps of centroids."""

from typing import NamedTuple

import numpy as np

from photopalette.kernels.compiled import call

_KERNELS = "photopalette.kernels.search"
_NEIGHBOURS = 14  # of a cluster, that a swap looks at: about as many touch it in three dimensions
_ROUNDS = 8  # of Lloyd's iterations after a promising swap, at most
_ROOM = 4  # moves of points that a swap may log, as a multiple of the points; taking away and placing need two
# Bounds have rounding errors, and points at equal distances must go to the first centroid: a distance is computed
# where a bound is so close, as a share of the points' extent.
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
    centroids, labels, iterations = np.array(seeds, np.float64), np.empty(n, np.int32), np.empty(1, np.int32)
    inertia = call(
        _KERNELS,
        "lloyd",
        points=np.ascontiguousarray(points),
        weights=weights,
        max_iter=max_iter,
        margin=_MARGIN * max(float(np.ptp(channel)) for channel in points.T),
        centroids=centroids,
        labels=labels,
        bounds=np.empty((n, 2)),
        masses=np.empty((k, 4)),
        drift=np.empty((k, 4)),
        order=np.empty((k, k), np.int32),
        gaps=np.empty((k, k)),
        iterations=iterations,
    )
    return Solution(centroids, labels, inertia, int(iterations[0]))


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
    width = min(_NEIGHBOURS, k - 1)
    centroids, labels = start.centroids.copy(), start.labels.copy()
    floats = {"masses": (k, 4), "saved": (k, 7), "costs": n, "losses": k, "gaps": width}
    integers = {
        **{"neighbours": (k, width), "kept": (3, width + 1), "close": width, "ranked": k, "heads": k, "links": (n, 2)},
        **{"marks": (k, 3), "touched": k, "scanned": k, "log": (_ROOM * n, 2), "counts": 2},
    }
    kept = call(
        _KERNELS,
        "swap",
        points=points,
        weights=weights,
        draws=np.ascontiguousarray(draws),
        rounds=_ROUNDS,
        centroids=centroids,
        labels=labels,
        **{name: np.empty(shape) for name, shape in floats.items()},
        **{name: np.empty(shape, np.int32) for name, shape in integers.items()},
    )
    return start._replace(centroids=centroids, labels=labels), int(kept)

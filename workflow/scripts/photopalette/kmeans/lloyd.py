"""K-means' steps on weighted points in three dimensions: Lloyd's iterations, swaps of centroids, crossovers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from photopalette.kernels.compiled import call

_KERNELS = "photopalette.kernels.search"
_NEIGHBOURS = 14  # of a cluster, that a swap looks at: about as many touch it in three dimensions
_ROUNDS = 8  # of Lloyd's iterations after a promising swap, at most
_ROOM = 4  # moves of points that a swap may log, as a multiple of the points; taking away and placing need two
_POPULATION = 20  # solutions that crossovers choose from
# Bounds have rounding errors, and points at equal distances must go to the first centroid: a distance is computed
# where a bound is so close, as a share of the points' extent.
_MARGIN = 1e-10


class Solution(NamedTuple):
    """Centroids (k, 3) float64, each point's cluster (n,), the inertia, and the Lloyd iterations that led there."""

    centroids: np.ndarray
    labels: np.ndarray
    inertia: float
    n_iter: int


def lloyd(points: np.ndarray, weights: np.ndarray, seeds: np.ndarray, max_iter: int, fixed: int = 0) -> Solution:
    """Iterate from given seeds until no point changes its cluster.

    Every label is that of the nearest centroid, the first of equally near ones. Distances that Hamerly's bounds (2010)
    and the exponion's (Newling and Fleuret 2016) make needless are not computed. An empty cluster takes the point with
    the largest weighted squared distance to its centroid; one stays empty only where no point is off its centroid, or
    where it is fixed.

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
    fixed
        How many of the centroids, the first, stay where they are.
    """
    (n, _), k = points.shape, len(seeds)
    centroids, labels, iterations = np.array(seeds, np.float64), np.empty(n, np.int32), np.empty(1, np.int32)
    inertia = call(
        _KERNELS,
        "lloyd",
        points=np.ascontiguousarray(points),
        weights=weights,
        max_iter=max_iter,
        fixed=fixed,
        centroids=centroids,
        labels=labels,
        iterations=iterations,
        **_bounds(points, k),
    )
    return Solution(centroids, labels, inertia, int(iterations[0]))


def _bounds(points: np.ndarray, k: int) -> dict[str, Any]:
    """Allocate what Lloyd's iterations need for their bounds."""
    n = len(points)
    floats = {"bounds": (n, 2), "masses": (k, 4), "drift": (k, 4), "gaps": (k, k)}
    return {
        "margin": _MARGIN * max(float(np.ptp(channel)) for channel in points.T),
        "order": np.empty((k, k), np.int32),
        **{name: np.empty(shape) for name, shape in floats.items()},
    }


def swap(
    points: np.ndarray, weights: np.ndarray, start: Solution, draws: np.ndarray, fixed: int = 0
) -> tuple[Solution, int]:
    """Try to take one centroid away and to put it elsewhere, again and again, and keep what is better.

    Parameters
    ----------
    points, weights, fixed
        As for :func:`lloyd`; one centroid at least is not fixed.
    start
        A solution on them, k ≥ 2.
    draws : (t, 2) float64
        Random numbers from [0, 1) for each try: which centroid, those missed least preferred, and which point,
        by its share of the inertia.

    Returns
    -------
    Solution
        With the inertia of its labels, and centroids that are their means, unless they are fixed; few points have a
        nearer one.
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
        fixed=fixed,
        centroids=centroids,
        labels=labels,
        **{name: np.empty(shape) for name, shape in floats.items()},
        **{name: np.empty(shape, np.int32) for name, shape in integers.items()},
    )
    return start._replace(centroids=centroids, labels=labels), int(kept)


def crossover(
    points: np.ndarray,
    weights: np.ndarray,
    given: Sequence[np.ndarray],
    starts: int,
    draws: np.ndarray,
    max_iter: int,
    fixed: int = 0,
) -> np.ndarray:
    """Cross the best solutions known with one another, again and again: HG-means (Gribel and Vidal 2019).

    Each run draws two of them, pairs their centroids, takes one of each pair, puts one of those elsewhere as k-means++
    would, and iterates from there.

    Parameters
    ----------
    points, weights, max_iter, fixed
        As for :func:`lloyd`.
    given : sequence of (k, 3) float64
        Centroids of the solutions to begin with; of many, only the first take part.
    starts
        How many runs start from seeds of k-means++ before the first crossover.
    draws : (runs, k + 7) float64
        Random numbers from [0, 1).

    Returns
    -------
    (m, k, 3) float64
        Centroids of the best solutions, best first. Lloyd's iterations can't improve them on these points.
    """
    n, k = len(points), draws.shape[1] - 7
    population, inertias = np.empty((_POPULATION, k, 3)), np.full(_POPULATION, np.inf)
    for place, centroids in enumerate(given[:_POPULATION]):
        population[place], inertias[place] = centroids, 0.0
    size = call(
        _KERNELS,
        "crossover",
        points=np.ascontiguousarray(points),
        weights=weights,
        max_iter=max_iter,
        fixed=fixed,
        starts=starts,
        draws=np.ascontiguousarray(draws),
        population=population,
        inertias=inertias,
        centroids=np.empty((k, 3)),
        labels=np.empty(n, np.int32),
        iterations=np.empty(1, np.int32),
        costs=np.empty(n),
        paired=np.empty(k, np.int32),
        **_bounds(points, k),
    )
    return population[: int(size)]

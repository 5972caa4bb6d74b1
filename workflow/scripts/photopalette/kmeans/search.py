"""Search for the best k centroids of a weighted point set.

Restarts from several kinds of seeds end in different local optima. Each is improved by swaps (lloyd.py) on a coarse
copy of the points, where one takes a tenth of a millisecond. With many centroids the coarse copy's optimum is
not that of the points, so that the swaps go on with those. With few, all restarts may meet in an optimum that no single
swap improves, so that their solutions are crossed with one another, and the best is shaken on all points, where Lloyd's
fixed points lie close together. At the end is a fixed point of Lloyd on all points.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from photopalette.kernels.compiled import call
from photopalette.kmeans.lloyd import Solution, crossover, lloyd, swap

_KERNELS = "photopalette.kernels.search"
_COARSE_ROWS = 1024
_ROWS_TIMES_K = 64  # at least so many rows a centroid tell them apart
# From so many points on, all is done on a copy of fewer, so that few iterations are left for all of them.
_LARGE, _MIDDLE_ROWS = 1 << 18, 1 << 16
_TRIES = 20  # swaps between two runs of Lloyd, at least; with many centroids as many as those
_FEW = 16  # centroids that a coarse copy is good enough for
# Rounds of swaps at most: on the coarse copy for few centroids and for many, and on all points for many.
_FEW_ROUNDS, _COARSE_ROUNDS, _ROUNDS = 4, 20, 20
_IDLE = 12
# Crossovers are tried on a copy of so few points that one takes some twenty microseconds, then on larger ones. By copy:
# its rows, and how many crossovers for each restart (on the first: and centroid), as if there were at least so many
# restarts. With few centroids, few rows say enough of a large table; the smallest tables need no copy.
_STARTS, _LEAST_RESTARTS = 20, 4
_QUICK, _THOROUGH, _QUICK_K = ((256, 6), (2048, 6)), ((256, 12), (2048, 30), (4096, 15)), 10
_SMALL, _SMALL_ROWS = ((2048, 12), (2048, 30)), 2048
_FINISHED = 3  # solutions that differ little on a copy may change places on all points
_SHAKES, _SHAKEN = 6, 0.1  # how often, and how far along an axis at most, as a share of the root-mean-square error
_SHORT = 10  # Lloyd iterations between two rounds of swaps
# With many centroids a restart takes as long as several plain ones, and ends much closer to the best: two of k = 64
# are worth more than ten plain ones, in less time.
_RESTARTS_TIMES_K = 100
_NONE = np.empty((0, 3))


class Restart(NamedTuple):
    """A solution on all points, and the kind of seeds it came from.

    What chance had a part in was drawn by ``np.random.default_rng([seed, number])``: the same in every search with this
    seed and more restarts than this number. A crossover of n restarts has no number, and draws as number n would.
    """

    seed: int
    number: int | None
    kind: str
    solution: Solution


def search(
    points: np.ndarray, weights: np.ndarray, k: int, n_init: int, max_iter: int, seed: int, kept: np.ndarray = _NONE
) -> list[Restart]:
    """Run restarts to fixed points of Lloyd.

    Parameters
    ----------
    points : (n, 3) float64
        Distinct points.
    weights : (n,) float64
        How often each occurs.
    k
        Number of centroids, at most n.
    n_init
        Restarts: one from variance cuts, one from maximin, the others from k-means++; 100 / k of them at most, or
        two if those are more.
    max_iter
        Lloyd iterations at most, in each run.
    seed
        Of all restarts, together with the number of each.
    kept : (f, 3) float64
        Centroids that stay where they are, f < k: the first of every solution.

    Returns
    -------
    list of Restart
        In the order of their numbers, from 0; last, for k from 2 to 16, their crossover.
    """
    fixed = len(kept)
    levels = [(points, weights)]
    if len(points) > _LARGE:
        levels.insert(0, merge_cells(points, weights, _MIDDLE_ROWS))
    coarse = merge_cells(*levels[0], max(_COARSE_ROWS, _ROWS_TIMES_K * k))
    if len(coarse[0]) < k:
        coarse = points, weights
    # Many restarts meet in the same optimum; what follows from it is worked out once.
    finished: dict[float, Solution] = {}

    def finish(found: Solution, rng: np.random.Generator) -> Solution:
        """Go on from a solution on the coarse copy to one on all points."""
        # Told apart by nine digits.
        if (key := float(f"{found.inertia:.9g}")) not in finished:
            found = lloyd(*levels[0], found.centroids, max_iter, fixed)
            if k > _FEW:
                found = improve(*levels[0], found, _ROUNDS, max_iter, rng, fixed)
            finished[key] = descend(found)
        return finished[key]

    def descend(found: Solution) -> Solution:
        """Go on from a solution on the first level to one on all points."""
        for level in levels[1:]:
            found = lloyd(*level, found.centroids, max_iter, fixed)
        return found

    restarts, met = [], []
    for number in range(min(n_init, max(2, _RESTARTS_TIMES_K // k))):
        rng = np.random.default_rng([seed, number])
        if number == 0:
            kind, (seeds, _) = "variance cuts", variance_cuts(*coarse, k - fixed)
            seeds = np.concatenate([kept, seeds])
        elif number == 1:
            kind, seeds = "maximin", maximin(*coarse, k, kept)
        else:
            kind, seeds = "k-means++", kmeans_plusplus(*coarse, k, rng, kept)
        rounds = _FEW_ROUNDS if k <= _FEW else _COARSE_ROUNDS
        found = improve(*coarse, lloyd(*coarse, seeds, max_iter, fixed), rounds, max_iter, rng, fixed)
        met.append(found)
        restarts.append(Restart(seed, number, kind, finish(found, rng)))
    if 1 < k <= _FEW:
        rng = np.random.default_rng([seed, len(restarts)])
        if len(points) <= _SMALL_ROWS:
            start, copies = levels[0], _SMALL
        else:
            start, copies = (coarse, _QUICK) if k <= _QUICK_K else (levels[0], _THOROUGH)
        crossed = cross(*start, [found.centroids for found in met], copies, max_iter, rng, fixed)
        crossed = [lloyd(*levels[0], found.centroids, max_iter, fixed) for found in crossed]
        best = shake(*levels[0], min(crossed, key=lambda found: found.inertia), max_iter, rng, fixed)
        restarts.append(Restart(seed, None, "crossover", descend(best)))
    return restarts


def cross(
    points: np.ndarray,
    weights: np.ndarray,
    solutions: list[np.ndarray],
    copies: Sequence[tuple[int, int]],
    max_iter: int,
    rng: np.random.Generator,
    fixed: int = 0,
) -> list[Solution]:
    """Cross solutions on copies of few points, one after the other, and return the best on the last.

    Parameters
    ----------
    points, weights, max_iter
        As for :func:`search`.
    solutions : list of (k, 3) float64
        Centroids.
    copies
        By copy: points at most, and crossovers for each solution; on the first, for each solution and centroid.
    rng
        Of all draws.
    fixed
        How many centroids, the first, are the same in all solutions.
    """
    k, times = len(solutions[0]), max(len(solutions), _LEAST_RESTARTS)
    merged = [(points, weights)]
    for rows, _ in reversed(copies):
        copy = merge_cells(*merged[0], rows)
        merged.insert(0, copy if len(copy[0]) >= k else (points, weights))
    best: Sequence[np.ndarray] | np.ndarray = solutions
    for place, (copy, (_, runs)) in enumerate(zip(merged[:-1], copies, strict=True)):
        starts, runs = (0, runs * times) if place else (_STARTS, runs * times * k)
        best = crossover(*copy, best, starts, rng.random((runs, k + 7)), max_iter, fixed)
    return [lloyd(*copy, centroids, max_iter, fixed) for centroids in best[:_FINISHED]]


def improve(
    points: np.ndarray,
    weights: np.ndarray,
    start: Solution,
    rounds: int,
    max_iter: int,
    rng: np.random.Generator,
    fixed: int = 0,
) -> Solution:
    """Swap centroids, and run Lloyd after every round of swaps; the result is a fixed point, and no worse."""
    k = len(start.centroids)
    best, idle = start, 0
    for _ in range(rounds if k > 1 else 0):
        swapped, kept = swap(points, weights, best, rng.random((max(k, _TRIES), 2)), fixed)
        if kept:
            best, idle = lloyd(points, weights, swapped.centroids, min(_SHORT, max_iter), fixed), 0
        else:
            idle += 1
            if idle > k // _IDLE:
                break
    return lloyd(points, weights, best.centroids, max_iter, fixed)


def shake(
    points: np.ndarray, weights: np.ndarray, start: Solution, max_iter: int, rng: np.random.Generator, fixed: int = 0
) -> Solution:
    """Move all centroids a little and run Lloyd again; the result is a fixed point, and no worse.

    Around a good solution on many points lie other fixed points of Lloyd, some of them better by a few millionths.
    """
    best = start
    for _ in range(_SHAKES):
        centroids = best.centroids.copy()
        reach = _SHAKEN * np.sqrt(best.inertia / weights.sum())
        centroids[fixed:] += rng.uniform(-reach, reach, (len(centroids) - fixed, 3))
        best = min(best, lloyd(points, weights, centroids, max_iter, fixed), key=lambda found: found.inertia)
    return best


def kmeans_plusplus(
    points: np.ndarray, weights: np.ndarray, k: int, rng: np.random.Generator, kept: np.ndarray = _NONE
) -> np.ndarray:
    """Draw each seed by its weighted squared distance to those before (Arthur and Vassilvitskii 2007); (k, 3).

    The first are the kept ones, if there are any.
    """
    seeds, nearest = [*kept], _to_nearest(points, kept)
    while len(seeds) < k:
        shares = np.cumsum(weights * nearest) if seeds else np.cumsum(weights)
        drawn = int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))
        seeds.append(points[drawn])
        nearest = np.minimum(nearest, _to_nearest(points, seeds[-1:]))
    return np.array(seeds)


def _to_nearest(points: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
    """Compute each point's squared distance to the nearest of some places, infinity where there is none; (n,)."""
    nearest = np.full(len(points), np.inf)
    for place in places:
        nearest = np.minimum(nearest, ((points - place) ** 2).sum(axis=1))
    return nearest


def merge_cells(points: np.ndarray, weights: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Merge points in cells at their weighted means, so that `rows` at most are left.

    A cell is halved again and again, along one axis after the other, where its points have the largest inertia. The
    smallest cells have 1/256 of the longest axis. Points are in the same cell where the first bits of their places,
    interleaved (Morton 1966), are the same.
    """
    n = len(points)
    if n <= rows:
        return points, weights
    low, extent = points.min(axis=0), max(float(np.ptp(channel)) for channel in points.T)
    codes = np.zeros(n, np.int64)
    for axis in range(3):
        place = np.minimum(((points[:, axis] - low[axis]) * (256 / extent)).astype(np.int64), 255)
        # Two zeros between the bits, for those of the other axes.
        for shift, bits in ((8, 0x00F00F), (4, 0x0C30C3), (2, 0x249249)):
            place = (place | place << shift) & bits
        codes |= place << (2 - axis)
    order = np.argsort(codes, kind="stable")
    points, weights = np.ascontiguousarray(points[order]), weights[order]
    inertias = np.empty(n)
    call(
        _KERNELS,
        "cell_inertias",
        points=points,
        weights=weights,
        codes=codes[order],
        sums=np.empty((n + 1, 5)),
        stack=np.empty(n, np.int64),
        inertias=inertias,
    )
    # A cell has no more inertia than the one it is a half of, so that all above some inertia are halved.
    cell = np.cumsum(inertias > np.partition(inertias, n - 1 - rows)[n - 1 - rows]) - 1
    total = np.bincount(cell, weights)
    means = [np.bincount(cell, weights * channel) / total for channel in points.T]
    return np.column_stack(means), total


def variance_cuts(points: np.ndarray, weights: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut the set in two, always the part whose best cut across an axis saves most (Wu 1991).

    Returns
    -------
    means : (k, 3) float64
        Of the parts.
    labels : (n,) int64
        Part of each point.
    """
    parts = [np.arange(len(points))]
    cuts = [_best_cut(points, weights, parts[0])]
    while len(parts) < k:
        widest = max(range(len(parts)), key=lambda part: cuts[part][0])
        _, below = cuts[widest]
        rows = parts[widest]
        parts[widest : widest + 1] = [rows[below], rows[~below]]
        cuts[widest : widest + 1] = [_best_cut(points, weights, part) for part in parts[widest : widest + 2]]
    labels = np.repeat(np.arange(k), [len(rows) for rows in parts])[np.argsort(np.concatenate(parts))]
    return np.array([np.average(points[rows], axis=0, weights=weights[rows]) for rows in parts]), labels


def _best_cut(points: np.ndarray, weights: np.ndarray, rows: np.ndarray) -> tuple[float, np.ndarray]:
    """Find the axis-parallel cut of some rows that lowers their inertia most.

    Returns
    -------
    float
        By how much it lowers the inertia; -1 where there is nothing to cut.
    (n,) bool
        Which of the rows are below the cut.
    """
    best, best_below = -1.0, np.zeros(len(rows), bool)
    if len(rows) < 2:
        return best, best_below
    values = points[rows] - points[rows].mean(axis=0)
    for axis in range(values.shape[1]):
        order = np.argsort(values[:, axis], kind="stable")
        weight = np.cumsum(weights[rows][order])
        sums = np.cumsum(weights[rows][order, None] * values[order], axis=0)
        saved = (sums[:-1] ** 2).sum(axis=1) / weight[:-1]
        saved += ((sums[-1] - sums[:-1]) ** 2).sum(axis=1) / (weight[-1] - weight[:-1])
        at = int(saved.argmax())
        if saved[at] > best:
            best, best_below = float(saved[at]), np.zeros(len(rows), bool)
            best_below[order[: at + 1]] = True
    # The mean of the part is zero but for rounding, which is subtracted.
    mean = (weights[rows, None] * values).sum(axis=0)
    return best - float((mean**2).sum() / weights[rows].sum()), best_below


def maximin(points: np.ndarray, weights: np.ndarray, k: int, kept: np.ndarray = _NONE) -> np.ndarray:
    """Start at the heaviest point, or at those kept; add that whose weighted distance to them is largest; (k, 3)."""
    seeds = [*kept] or [points[weights.argmax()]]
    nearest = _to_nearest(points, seeds)
    while len(seeds) < k:
        seeds.append(points[(nearest * np.sqrt(weights)).argmax()])
        nearest = np.minimum(nearest, _to_nearest(points, seeds[-1:]))
    return np.array(seeds)

"""Search for the best k centroids of a weighted point set, around scikit-learn's Lloyd iterations.

Restarts from several kinds of seeds end in different local optima. Each is improved on a coarse copy
of the points, where a Lloyd run takes milliseconds, by breathing (Fritzke 2020: add centroids where
the error is, remove those that are missed least) and by swaps (split one cluster, dissolve another),
both with weights, until nothing improves; then it is run to a fixed point of Lloyd on all points.
"""

from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus

_COARSE_ROWS = 2048
# From so many points on, Lloyd runs first on a copy of fewer, so that few iterations are left for all of them.
_LARGE, _MIDDLE_ROWS = 1 << 18, 1 << 16
_BREATH = 5  # centroids added and removed at a time, at first
_SWAPS = 12  # most promising swaps tried before giving up
_IMPROVED = 1 - 1e-7
_BLOCK = 1 << 16  # distances at a time
# With many centroids a searched restart takes as long as several plain ones, and ends much closer to
# the best: two of k = 64 are worth more than ten plain ones, in less time.
_RESTARTS_TIMES_K = 80


class Solution(NamedTuple):
    """Centroids (k, 3) float64, each point's cluster (n,), the inertia, and the Lloyd iterations that led there."""

    centroids: np.ndarray
    labels: np.ndarray
    inertia: float
    n_iter: int


class Restart(NamedTuple):
    """A solution on all points, and the seed and kind of seeds it came from."""

    seed: int
    kind: str
    solution: Solution


def search(points: np.ndarray, weights: np.ndarray, k: int, n_init: int, max_iter: int, seed: int) -> list[Restart]:
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
        Restarts: one from variance cuts, one from maximin, the others from k-means++; fewer above
        k = 10, but two at least.
    max_iter
        Lloyd iterations at most, in each run.
    seed
        Seed of the first restart; the following ones count up.

    Returns
    -------
    list of Restart
        In the order of their seeds.
    """
    levels = [(points, weights)]
    if len(points) > _LARGE:
        levels.insert(0, merge_cells(points, weights, _MIDDLE_ROWS))
    # Many centroids need more rows each to be told apart, but a fifth of the points will do.
    rows = max(_COARSE_ROWS, 16 * k, min(k * k // 4, len(points) // 5))
    coarse, coarse_weights = merge_cells(*levels[0], rows)
    if len(coarse) < k:
        coarse, coarse_weights = points, weights
    restarts = []
    # Many restarts meet in the same optimum; what follows from it is worked out once.
    improved: dict[float, Solution] = {}
    for number in range(min(n_init, max(2, _RESTARTS_TIMES_K // k))):
        rng = np.random.default_rng([seed, number])
        if number == 0:
            kind, (seeds, _) = "variance cuts", variance_cuts(coarse, coarse_weights, k)
        elif number == 1:
            kind, seeds = "maximin", maximin(coarse, coarse_weights, k)
        else:
            kind = "k-means++"
            seeds, _ = kmeans_plusplus(coarse, k, sample_weight=coarse_weights, random_state=seed + number)
        start = lloyd(coarse, coarse_weights, seeds, max_iter)
        if (key := _same(start)) not in improved:
            breathed = breathe(coarse, coarse_weights, start, max_iter, rng)
            if (exhaled := _same(breathed)) not in improved:
                found = swap(coarse, coarse_weights, breathed, max_iter)
                for level in levels:
                    found = lloyd(*level, found.centroids, max_iter)
                improved[exhaled] = found
            improved[key] = improved[exhaled]
        restarts.append(Restart(seed + number, kind, improved[key]))
    return restarts


def _same(solution: Solution) -> float:
    """Tell solutions apart by nine digits of their inertia."""
    return float(f"{solution.inertia:.9g}")


def lloyd(points: np.ndarray, weights: np.ndarray, seeds: np.ndarray, max_iter: int) -> Solution:
    """Iterate from given seeds until no point changes its cluster."""
    model = KMeans(len(seeds), init=seeds, n_init=1, max_iter=max_iter, tol=0).fit(points, sample_weight=weights)
    return Solution(model.cluster_centers_, model.labels_, float(model.inertia_), int(model.n_iter_))


def merge_cells(points: np.ndarray, weights: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Merge points in cubic cells at their weighted means, the finest that leave `rows` at most."""
    if len(points) <= rows:
        return points, weights
    low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
    for cells in range(64, 1, -2):
        grid = np.minimum(((points - low) * (cells / extent)).astype(np.int64), cells - 1)
        place = grid @ [cells * cells, cells, 1]
        occupied = np.zeros(cells**3, bool)
        occupied[place] = True
        if np.count_nonzero(occupied) <= rows:
            break
    cell = (np.cumsum(occupied) - 1)[place]
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
    """Find the axis-parallel cut of some rows that lowers their inertia most: by how much, and who is below."""
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
    # What the cut saves is between-part inertia; the part's own mean is nearly, not exactly, at zero.
    mean = weights[rows] @ values
    return best - float(mean @ mean / weights[rows].sum()), best_below


def maximin(points: np.ndarray, weights: np.ndarray, k: int) -> np.ndarray:
    """Start at the heaviest point; add the point whose weighted distance to the chosen is largest; (k, 3)."""
    chosen = [int(weights.argmax())]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < k:
        chosen.append(int((nearest * np.sqrt(weights)).argmax()))
        nearest = np.minimum(nearest, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen]


def breathe(
    points: np.ndarray, weights: np.ndarray, best: Solution, max_iter: int, rng: np.random.Generator
) -> Solution:
    """Add centroids where the error is, remove those missed least, keep what is better; ever smaller breaths."""
    k = len(best.centroids)
    breath = min(_BREATH, k, len(points) - k)
    while breath > 0:
        near, _, nearest = _two_nearest(points, best.centroids)
        errors = np.bincount(nearest, weights * near, k)
        worst = np.argsort(-errors, kind="stable")[:breath]
        radius = np.sqrt(errors[worst] / np.maximum(np.bincount(nearest, weights, k)[worst], 1))
        added = best.centroids[worst] + 0.5 * radius[:, None] * rng.standard_normal((breath, points.shape[1]))
        grown = lloyd(points, weights, np.vstack([best.centroids, added]), max_iter).centroids
        kept = np.delete(grown, _least_missed(points, weights, grown, breath), axis=0)
        shrunk = lloyd(points, weights, kept, max_iter)
        if shrunk.inertia < best.inertia * _IMPROVED:
            best = shrunk
        else:
            breath -= 1
    return best


def _least_missed(points: np.ndarray, weights: np.ndarray, centroids: np.ndarray, count: int) -> list[int]:
    """Choose centroids to remove: least loss first, never two that would have stood in for each other."""
    near, second, nearest = _two_nearest(points, centroids)
    loss = np.bincount(nearest, weights * (second - near), len(centroids))
    distances = ((centroids[:, None] - centroids) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    removed: list[int] = []
    spared: set[int] = set()
    order = np.argsort(loss, kind="stable").tolist()
    for candidate in order:
        if candidate not in spared and len(removed) < count:
            removed.append(candidate)
            if len(spared) + count < len(centroids):
                spared.add(int(distances[candidate].argmin()))
    rest = [candidate for candidate in order if candidate not in removed]
    return removed + rest[: count - len(removed)]


def swap(points: np.ndarray, weights: np.ndarray, best: Solution, max_iter: int) -> Solution:
    """Split one cluster and dissolve another, the most promising pairs first, until none helps."""
    k = len(best.centroids)
    if k < 2:
        return best
    while True:
        near, second, nearest = _two_nearest(points, best.centroids)
        loss = np.bincount(nearest, weights * (second - near), k)
        halves, gain = _halves(points, weights, nearest, best.centroids)
        promise = gain[:, None] - loss[None, :]
        np.fill_diagonal(promise, -np.inf)
        pairs = np.argsort(-promise, axis=None, kind="stable")[:_SWAPS]
        for split, dissolved in zip(*np.unravel_index(pairs, promise.shape), strict=True):
            if not np.isfinite(promise[split, dissolved]):
                continue
            seeds = best.centroids.copy()
            seeds[split], seeds[dissolved] = halves[split]
            found = lloyd(points, weights, seeds, max_iter)
            if found.inertia < best.inertia * _IMPROVED:
                best = found
                break
        else:
            return best


def _halves(
    points: np.ndarray, weights: np.ndarray, nearest: np.ndarray, centroids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Halve every cluster across its longest axis: both means, (k, 2, 3), and the inertia saved, (k,)."""
    k = len(centroids)
    centred = points - centroids[nearest]
    scatter = np.empty((k, 3, 3))
    for row, column in np.ndindex(3, 3):
        scatter[:, row, column] = np.bincount(nearest, weights * centred[:, row] * centred[:, column], k)
    axes = np.linalg.eigh(scatter)[1][:, :, -1]
    half = 2 * nearest + ((centred * axes[nearest]).sum(axis=1) > 0)
    total = np.bincount(half, weights, 2 * k).reshape(k, 2)
    sums = [np.bincount(half, weights * channel, 2 * k) for channel in centred.T]
    offsets = np.stack(sums, axis=1).reshape(k, 2, 3) / np.maximum(total, np.finfo(float).tiny)[:, :, None]
    gain = (total * (offsets**2).sum(axis=2)).sum(axis=1)
    return centroids[:, None] + offsets, np.where(total.all(axis=1), gain, -np.inf)


def _two_nearest(points: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each point's squared distances to its nearest and second nearest centroid, and the nearest's number."""
    near, second, nearest = np.empty(len(points)), np.empty(len(points)), np.empty(len(points), np.int64)
    # Without the point's own square, which decides nothing; in blocks that stay in the processor's cache.
    turned, squares = -2 * centroids.T, (centroids**2).sum(axis=1)
    step = max(1, _BLOCK // len(centroids))
    for start in range(0, len(points), step):
        block = slice(start, start + step)
        distances = points[block] @ turned
        distances += squares
        rows, nearest[block] = np.arange(len(distances)), distances.argmin(axis=1)
        near[block] = distances[rows, nearest[block]]
        distances[rows, nearest[block]] = np.inf
        second[block] = distances.min(axis=1)
    own = (points**2).sum(axis=1)
    return np.maximum(near + own, 0), np.maximum(second + own, 0), nearest

"""Check lower bounds of K-means by proofs that the workflow does not know.

A bound Σ wᵢ rᵢ − k max P holds if P(c) = Σ wᵢ max(0, rᵢ − |xᵢ − c|²) is nowhere above (Σ wᵢ rᵢ − bound) / k. The
workflow bounds P on boxes by quadratics. Here it is bounded by convexity, in exact integers: w max(0, r − |x − c|²)
+ w |c|² is the larger of two convex functions of c, so P(c) + W |c|² is convex on a box, W being the weight of the
balls that meet it. P is therefore at most its largest value at the eight corners, plus 3 W h² / 4 in a cube of edge h.
"""

import itertools
from fractions import Fraction

import numpy as np

_SCALE = 8  # steps of a grid a unit of the space, on which all corners lie
_CORNERS = np.array(list(itertools.product((0, 1), repeat=3)))


def holds(colors: np.ndarray, counts: np.ndarray, r: np.ndarray, k: int, bound: float, tolerance: float) -> bool:
    """Tell whether a bound of the inertia in RGB holds, but for a tolerance, by which it may be too high.

    Parameters
    ----------
    colors, counts : (n, 3), (n,) int
        The colour table.
    r : (n,) float64
        Multiples of a power of two.
    k
        Number of centroids.
    bound
        Of the inertia.
    tolerance
        Of the inertia, too. The finest cubes prove nothing closer than their own size allows.
    """
    unit = 1
    while not np.array_equal(np.rint(r * unit), r * unit):
        unit *= 2
    # All squares of lengths in units of 1 / (64 unit), so that they are whole.
    x, w = colors.astype(np.int64) * _SCALE, counts.astype(np.int64)
    radii = np.rint(r * unit).astype(np.int64) * _SCALE**2
    total = Fraction(sum(int(a) * int(b) for a, b in zip(w, radii, strict=True)), unit * _SCALE**2)
    most = (total - Fraction(bound) + Fraction(tolerance)) / k * unit * _SCALE**2
    limit = int(4 * most)  # of 4 P, as the term of convexity has quarters
    assert 4 * int(w.sum()) * (int(np.abs(radii).max()) + 3 * unit * (256 * _SCALE) ** 2) < 2**63
    cubes = [(np.zeros(3, np.int64), 256 * _SCALE, np.arange(len(x)))]
    while cubes:
        low, edge, rows = cubes.pop()
        near = np.maximum(np.maximum(low - x[rows], x[rows] - low - edge), 0)
        rows = rows[unit * (near**2).sum(axis=1) < radii[rows]]
        squares = np.stack([(x[rows] - low) ** 2, (x[rows] - low - edge) ** 2])
        gains = [
            int(
                (
                    w[rows]
                    * np.maximum(radii[rows] - unit * (squares[a, :, 0] + squares[b, :, 1] + squares[c, :, 2]), 0)
                ).sum()
            )
            for a, b, c in _CORNERS
        ]
        if 4 * max(gains) + 3 * unit * int(w[rows].sum()) * edge**2 <= limit:
            continue
        if edge == 1:
            return False
        half = edge // 2
        cubes += [(low + half * corner, half, rows) for corner in _CORNERS]
    return True


def partitions(n: int, k: int) -> np.ndarray:
    """List all ways to put n things in k groups none of which is empty, (ways, n) int: the group of each."""
    ways = [[0]]
    for _ in range(n - 1):
        ways = [[*way, group] for way in ways for group in range(min(max(way) + 2, k))]
    return np.array([way for way in ways if max(way) == k - 1])


def least_inertia(points: np.ndarray, weights: np.ndarray, ways: np.ndarray) -> tuple[float, np.ndarray]:
    """Find the least inertia of all partitions, and its centroids."""
    inertia = np.zeros(len(ways))
    for group in range(ways[0].max() + 1):
        own = (ways == group) * weights
        masses = own.sum(axis=1)
        means = (own @ points) / masses[:, None]
        inertia += (own * ((points - means[:, None]) ** 2).sum(axis=2)).sum(axis=1)
    best = ways[inertia.argmin()]
    groups = [best == group for group in range(best.max() + 1)]
    return float(inertia.min()), np.array([np.average(points[own], axis=0, weights=weights[own]) for own in groups])


def least_beside(points: np.ndarray, weights: np.ndarray, kept: np.ndarray, free: int) -> tuple[float, np.ndarray]:
    """Find the least inertia of given centroids and some free ones, by trying all ways; and those centroids."""
    ways = np.array(list(itertools.product(range(free + 1), repeat=len(points))))
    nearest = ((points[:, None] - kept) ** 2).sum(axis=2).min(axis=1)
    inertia = ((ways == free) * weights) @ nearest  # the last group is of those that go to a given centroid
    for group in range(free):
        own = (ways == group) * weights
        means = (own @ points) / np.maximum(own.sum(axis=1), 1e-9)[:, None]
        inertia += (own * ((points - means[:, None]) ** 2).sum(axis=2)).sum(axis=1)
    best = ways[inertia.argmin()]
    groups = [best == group for group in range(free) if (best == group).any()]
    means = [np.average(points[own], axis=0, weights=weights[own]) for own in groups]
    return float(inertia.min()), np.array([*kept, *means])

"""Prove how good a fit is: a lower bound of the inertia that any k centroids have.

For any numbers rᵢ and any centroids, the squared distance of a point to the nearest is at least
rᵢ − Σⱼ max(0, rᵢ − |xᵢ − cⱼ|²), as the term of the nearest alone shows. So K-means' inertia is at least
Σ wᵢ rᵢ − k max P, where P(c) = Σ wᵢ max(0, rᵢ − |xᵢ − c|²) is the gain of a place c (du Merle, Hansen, Jaumard and
Mladenović 1999). The maximum is over all of space, and is bounded by branch and bound; it is in the box of the points,
as every distance gets shorter on the way there. The r that make the bound large are found by an ascent, no step of
which has to be trusted.

If f of the centroids are given, let dᵢ be the squared distance to the nearest of those. With no rᵢ above dᵢ, only the
terms of the other centroids are needed, so that the inertia is at least Σ wᵢ rᵢ − (k − f) max P.
"""

import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from photopalette.kernels.compiled import call
from photopalette.kmeans.lloyd import lloyd

_KERNELS = "photopalette.kernels.bound"
# Points are merged in cells first; then all take part. By level: edge of a cell in root mean squared errors; smoothing,
# as a share of what is smoothed, of one ascent after the other; most evaluations of an ascent.
_PLAN = (
    (0.55, (0.05, 0.02, 0.005, 0.002), 60),
    (0.22, (0.004, 0.001), 50),
    (0.0, (0.001,), 30),
)
_BLOCKS = 14.0  # along the longest axis, at most
_FEW, _PATIENCE = 512, 5  # points that are so few get so many times the evaluations
_PAIRS = 10  # of steps and changes of the slope that L-BFGS remembers
# Places all over the points: how many at most, and how far apart, in root mean squared errors.
_EVERYWHERE, _EVERY = 2048, 0.9
# New places: one in a cell of this edge, so many a cluster. Old ones stay with such a share, or such a part of the
# largest gain.
_GRAIN, _MORE, _SHARE, _KEEP = 0.05, 10, 1e-3, 0.9
_CLIMB = 5  # steps of a place uphill
_EXACT = 1e-4  # smoothing that is as good as none
# How far the largest gain of all may be above the largest one met, as a share of the inertia a cluster. The least is
# tried first; the others take far fewer boxes, and are for clouds in which many places are as good as the best.
_SLACKS = (1e-4, 0.03, 0.1, 0.3)
# Points that the branch and bound may look at with each: a second for 40,000 points.
_LOOKS, _LOOKS_PER_POINT = 1 << 24, 1 << 11
_DEPTH, _LISTS, _FOUND = 200, 24, 1000  # room for open boxes, for their points (times all points), for places found
_LINE, _OFF_LINE = 1024, 1e-7  # points at most; squared distances to the line, as a share of the inertia
_ROUNDING = 2.0**-53  # relative error of an operation


class Bound(NamedTuple):
    """A lower bound of the inertia of k clusters.

    Attributes
    ----------
    value : float
        What no k centroids can be below.
    method : str
        How it was found: ``all`` (every point is a centroid), ``mean`` (one cluster), ``line`` (dynamic programming on
        a line), ``kept`` (all centroids are given), ``dual``, or ``none`` where the search had to stop before there was
        a bound above 0.
    radii : (n,) float64
        The numbers r of ``dual``; none otherwise.
    boxes : int
        Boxes that the branch and bound looked at.
    complete : bool
        False where it had to stop early, so that the bound is weaker than it could be.
    """

    value: float
    method: str
    radii: np.ndarray
    boxes: int
    complete: bool


def lower_bound(
    points: np.ndarray,
    weights: np.ndarray,
    centroids: np.ndarray,
    inertia: float,
    limit: int | None = None,
    fixed: int = 0,
) -> Bound:
    """Bound the inertia of any k centroids from below, or of any that the fixed ones are among.

    Parameters
    ----------
    points : (n, 3) float64
        Distinct.
    weights : (n,) float64
        Above 0.
    centroids : (k, 3) float64
        Those of a fit, the better the better the bound; it is valid whatever they are.
    inertia
        Theirs: the weighted sum of squared distances to the nearest.
    limit
        Points that one branch and bound may look at, counted once a box; by default a number that rises with theirs.
    fixed
        How many of the centroids, the first, are given.
    """
    n, k = len(points), len(centroids)
    none, exact = np.empty(0), 1 - 8 * (n + 8) * _ROUNDING
    if fixed and inertia > 0:
        if fixed == k:
            return Bound(lloyd(points, weights, centroids, max_iter=0).inertia * exact, "kept", none, 0, True)
        return _Dual(points, weights, np.ascontiguousarray(centroids, np.float64), inertia, limit, fixed).bound()
    if k >= n or inertia <= 0:
        return Bound(0.0, "all", none, 0, True)
    if k == 1:
        mean = np.array([[np.cumsum(weights * channel)[-1] for channel in points.T]]) / np.cumsum(weights)[-1]
        spread = lloyd(points, weights, mean, max_iter=0).inertia
        return Bound(spread * exact, "mean", none, 0, True)
    if (positions := _positions(points, weights, inertia)) is not None:
        return Bound(_divide(*positions, k), "line", none, 0, True)
    return _Dual(points, weights, np.ascontiguousarray(centroids, np.float64), inertia, limit).bound()


def _nothing(boxes: int) -> Bound:
    """Say that no bound was found; an inertia is never below 0."""
    return Bound(0.0, "none", np.empty(0), boxes, False)


def _positions(points: np.ndarray, weights: np.ndarray, inertia: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Project points onto the line through the two that are far apart; None where they are not on it.

    Returns
    -------
    tuple of (m,) float64
        Positions, rising, and the weight at each. No distance is longer than before, so what is the lowest possible
        inertia on the line is a lower bound in space.
    """
    if len(points) > _LINE:
        return None
    first = points[((points - points[0]) ** 2).sum(axis=1).argmax()]
    offsets = points - first
    squares = (offsets**2).sum(axis=1)
    direction = offsets[squares.argmax()] / np.sqrt(squares.max())
    along = offsets[:, 0] * direction[0] + offsets[:, 1] * direction[1] + offsets[:, 2] * direction[2]
    off = ((offsets - along[:, None] * direction) ** 2).sum(axis=1)
    if np.cumsum(weights * off)[-1] > _OFF_LINE * inertia:
        return None
    order = np.argsort(along, kind="stable")
    return along[order], weights[order]


def _divide(positions: np.ndarray, weights: np.ndarray, k: int) -> float:
    """Compute the least inertia of k clusters on a line by dynamic programming (Wang and Song 2011), less all rounding.

    Clusters there are intervals. With `costs[i, j]` for the points from i to j, the best for k clusters up to j is the
    least over i of the best for k − 1 clusters up to i − 1 plus `costs[i, j]`.
    """
    n = len(positions)
    costs, masses, means, spread = np.full((n, n), np.inf), np.zeros(n), np.zeros(n), np.zeros(n)
    for j, (position, weight) in enumerate(zip(positions, weights, strict=True)):
        ended = slice(j + 1)  # the intervals that end at j, by where they begin
        before = masses[ended].copy()
        masses[ended] += weight
        off = position - means[ended]
        means[ended] += off * (weight / masses[ended])
        spread[ended] += weight * before / masses[ended] * off * off
        costs[ended, j] = spread[ended]
    best = costs[0]
    for _ in range(k - 1):
        best = (best[:-1, None] + costs[1:]).min(axis=0)
    return float(best[-1]) * (1 - 16 * (n + k + 16) * _ROUNDING)


class Cells:
    """Points merged in cells, which lie in blocks, so that what is far away can be passed over.

    Parameters
    ----------
    points, weights
        Those of :func:`lower_bound`.
    size
        Edge of a cell; 0 keeps every point.
    caps : (n,) float64 or None
        What the r of the points may not be above.

    Attributes
    ----------
    cell : (n,) int64
        The cell of each point.
    means, weights : (m, 3), (m,) float64
        Of the cells.
    variance : (m,) float64
        Mean squared distance of a cell's points to its mean.
    caps : (m,) float64 or None
        What the r of the cells may not be above.
    arrays : dict
        The same for the kernels, in single precision.
    """

    def __init__(self, points: np.ndarray, weights: np.ndarray, size: float, caps: np.ndarray | None = None):
        low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max())
        cell = np.unique(_keys(points - low, size), return_inverse=True)[1] if size else np.arange(len(points))
        mass = np.bincount(cell, weights)
        means = np.stack([np.bincount(cell, weights * channel) for channel in points.T], axis=1) / mass[:, None]
        edge = (extent or 1.0) / min(_BLOCKS, max(1.0, (len(means) / 16) ** (1 / 3) // 1 + 1))
        block = _keys(means - low, edge)
        order = np.argsort(block, kind="stable")
        self.cell = np.argsort(order, kind="stable")[cell]
        self.means, self.weights = means[order], mass[order]
        self.roots = np.sqrt(self.weights)
        off = ((points - self.means[self.cell]) ** 2).sum(axis=1)
        self.variance = np.bincount(self.cell, weights * off) / self.weights
        self.caps = None
        if caps is not None:
            self.caps = np.bincount(self.cell, weights * caps) / self.weights - self.variance
        single = self.means.astype(np.float32)
        starts = np.flatnonzero(np.append(True, np.diff(block[order])))
        self.arrays = {
            "points": np.ascontiguousarray(single.T),
            "starts": np.append(starts, len(single)),
            "boxes": np.hstack([np.minimum.reduceat(single, starts), np.maximum.reduceat(single, starts)]),
        }
        self.single = self.weights.astype(np.float32)


def _keys(offsets: np.ndarray, size: float) -> np.ndarray:
    """Number the cells of a grid that points ≥ 0 are in."""
    x, y, z = np.floor(offsets / size).astype(np.int64).T
    return (x << 40) + (y << 20) + z


class _Dual:
    """The ascent and the branch and bound on points in space; parameters are those of :func:`lower_bound`."""

    def __init__(
        self,
        points: np.ndarray,
        weights: np.ndarray,
        centroids: np.ndarray,
        inertia: float,
        limit: int | None,
        fixed: int = 0,
    ):
        self.points, self.weights, self.centroids = np.ascontiguousarray(points), weights, centroids
        self.inertia, self.k = inertia, len(centroids) - fixed  # those to be found
        self.caps = None  # what no r may be above: the distances to the fixed ones, less what rounding may add
        if fixed:
            squares = [((points - centroid) ** 2).sum(axis=1) for centroid in centroids[:fixed]]
            self.caps = np.min(squares, axis=0) * (1 - 16 * _ROUNDING)
        self.variance = inertia / float(np.cumsum(weights)[-1])
        self.rms = math.sqrt(self.variance)
        self.limit = _LOOKS + _LOOKS_PER_POINT * len(points) if limit is None else limit
        edge = _EVERY * self.rms
        while len(means := Cells(points, weights, edge).means) > _EVERYWHERE:
            edge *= 1.5
        self.grid = means.T.astype(np.float32)
        self.places = _beside(centroids.T.astype(np.float32), self.grid)
        self.most = 0.0  # the largest gain met

    def bound(self) -> Bound:
        """Choose r level by level, and bound the largest gain for them."""
        radii = None
        for size, smoothings, evaluations in _PLAN:
            cells = Cells(self.points, self.weights, size * self.rms, self.caps)
            if radii is None:
                r = self._start(cells)
            else:
                r = np.bincount(cells.cell, self.weights * radii) / cells.weights - cells.variance
            for smoothing in smoothings:
                r = self._ascend(cells, r, smoothing, evaluations)
            radii = (r + cells.variance)[cells.cell]
        most = self.most
        bound, found, top = self._price(radii, _SLACKS)
        if bound.complete and len(found) and self.k * (top - most) > 3 * _SLACKS[0] * self.inertia:
            # Once more, with the places of larger gain that the ascent did not know.
            self._add(cells, r, found.T.astype(np.float32))
            r = self._ascend(cells, r, smoothings[-1], evaluations // 2)
            again, _, _ = self._price(r[cells.cell], _SLACKS[:1])
            boxes = bound.boxes + again.boxes
            bound = max(bound, again, key=lambda bound: bound.value)._replace(boxes=boxes)
        return bound

    def _start(self, cells: Cells) -> np.ndarray:
        """Choose first r: the same gain for every cluster, and no ball that reaches half of the next."""
        distances = np.stack([((cells.means - centroid) ** 2).sum(axis=1) for centroid in self.centroids], axis=1)
        own = distances.argmin(axis=1)
        nearest = np.partition(distances, 1, axis=1)
        surplus = 1.5 * self.inertia / self.k / np.bincount(own, cells.weights)[own]
        return np.minimum(nearest[:, 0] + surplus, (nearest[:, 0] + nearest[:, 1]) / 2)

    def _gains(self, cells: Cells, radii: np.ndarray, places: np.ndarray, soft: float = 0.0) -> np.ndarray:
        m, sums = places.shape[1], np.empty(places.shape[1])
        room = {"near": np.empty(m, np.int32), "local": np.empty((4, m), np.float32)}
        call(
            _KERNELS,
            "gains",
            **cells.arrays,
            weights=cells.single,
            radii=radii,
            places=places,
            soft=soft or _EXACT * self.variance,
            sums=sums,
            **room,
        )
        return sums

    def _ascend(self, cells: Cells, r: np.ndarray, smoothing: float, evaluations: int) -> np.ndarray:
        """Improve r on the smoothed dual of the places, Σ wᵢ rᵢ − k max P over them; then renew the places.

        The unknowns are r times the roots of the weights. The largest gain gives way to a smooth maximum, and max(0, v)
        to a parabola near 0. Where r are capped, the sum has the caps in place of what is above them, but the gains do
        not: so the slope leads back to below.
        """
        soft = smoothing * self.variance
        heat = smoothing * self.inertia / self.k
        m = self.places.shape[1]
        covered, shares = np.empty(len(r), np.float32), np.empty(m)
        best, best_shares, least = r, np.zeros(m), math.inf
        left = evaluations * (_PATIENCE if len(self.points) <= _FEW else 1)

        def dual(u: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal best, best_shares, least, left
            left -= 1
            r = u / cells.roots
            single = r.astype(np.float32)
            gains = self._gains(cells, single, self.places, soft)
            smooth = call(_KERNELS, "soften", sums=gains, heat=heat, shares=shares)
            shares[:] *= self.k
            call(
                _KERNELS,
                "cover",
                **cells.arrays,
                radii=single,
                places=self.places,
                soft=soft,
                shares=shares,
                covered=covered,
            )
            if cells.caps is None:
                linear = smooth_linear = dot(cells.roots, u)
                part = 1.0
            else:
                below = np.maximum(cells.caps - r, 0)
                short = np.minimum(below, soft)
                part = short / soft
                linear = dot(cells.weights, cells.caps - below)
                smooth_linear = dot(cells.weights, cells.caps - part * (below - short / 2))
            if (value := self.k * float(gains.max()) - linear) < least:
                least, best, best_shares = value, r, shares.copy()
            return self.k * smooth - smooth_linear, cells.roots * (covered.astype(np.float64) - part)

        minimize(dual, r * cells.roots, lambda: left <= 0, -1.1 * self.inertia, 1e-7 * self.inertia)
        if cells.caps is not None:
            best = np.minimum(best, cells.caps)
        self._renew(cells, best, best_shares)
        return best

    def _renew(self, cells: Cells, r: np.ndarray, shares: np.ndarray) -> None:
        """Drop places that r does not need, and add those where the gain is largest."""
        places = _beside(self.places, self.grid)
        gains = self._gains(cells, r.astype(np.float32), places)
        self.most = float(gains.max())
        self.places = self.places[:, (shares > _SHARE) | (gains[: len(shares)] > _KEEP * self.most)]
        self._add(cells, r, places[:, gains >= 0.7 * self.most])

    def _add(self, cells: Cells, r: np.ndarray, places: np.ndarray) -> None:
        """Add the best of some places, (3, m) float32, after they have climbed, one in a neighbourhood."""
        single, places = r.astype(np.float32), np.ascontiguousarray(places)
        call(
            _KERNELS,
            "climb",
            **cells.arrays,
            weights=cells.single,
            radii=single,
            steps=_CLIMB,
            reaches=np.empty(len(cells.arrays["boxes"]), np.float32),
            places=places,
        )
        gains = self._gains(cells, single, places)
        self.most = max(self.most, float(gains.max()))
        places = places[:, np.argsort(-gains, kind="stable")]
        grain = np.round(places / np.float32(_GRAIN * self.rms))
        first = np.sort(np.unique(grain, axis=1, return_index=True)[1])[: _MORE * self.k]
        self.places = _beside(self.places, places[:, first])

    def _price(self, radii: np.ndarray, slacks: tuple[float, ...]) -> tuple[Bound, np.ndarray, float]:
        """Bound the largest gain for given r, (n,), rounded first, with the first slack that the limit allows.

        Returned are the bound of the inertia, places of larger gains than the ascent knew, (f, 3), and the bound of the
        largest gain.

        Every bound of a box is a sum of at most 2 n + O(1) terms, whose sizes add up to at most Σ w (|r| + 48 s²) with
        s the largest size of a coordinate; 2 (n + 100) roundings of that size are added. (The relative error of t in
        `largest` multiplies w (max f − min f) ≤ 12 w s².)
        """
        unit = 2.0 ** (math.frexp(self.variance)[1] - 11)
        radii = np.round(radii / unit) * unit
        if self.caps is not None:
            fine = unit * 2.0**-10
            radii = np.where(radii > self.caps, np.floor(self.caps / fine) * fine, radii)
        n, found, counts = len(radii), np.empty((_FOUND, 3)), np.empty(3, np.int64)
        room = {
            "rows": np.empty(_LISTS * n, np.int32),
            "ends": np.empty((_DEPTH, 2), np.int64),
            "boxes": np.empty((_DEPTH, 6)),
            "sums": np.empty((_DEPTH, 5)),
        }
        boxes = 0
        for share in slacks:
            top = call(
                _KERNELS,
                "largest",
                points=self.points,
                weights=self.weights,
                radii=radii,
                start=self.most * (1 - 1e-5),
                slack=share * self.inertia / self.k,
                limit=self.limit,
                found=found,
                counts=counts,
                **room,
            )
            boxes += int(counts[0])
            if top < math.inf:
                break
        sizes = np.abs(radii) + 48 * float(np.abs(self.points).max()) ** 2
        rounding = 2 * (n + 100) * _ROUNDING * float(np.cumsum(self.weights * sizes)[-1])
        value = math.fsum((self.weights * radii).tolist()) - self.k * (top + rounding) - rounding
        bound = Bound(value, "dual", radii, boxes, share == _SLACKS[0])
        return (bound if value > 0 else _nothing(boxes)), found[: counts[2]], top


def minimize(
    function: Callable[[np.ndarray], tuple[float, np.ndarray]],
    u: np.ndarray,
    stopped: Callable[[], bool],
    least: float,
    tolerance: float,
) -> None:
    """Minimize by L-BFGS (Liu and Nocedal 1989) with backtracking; the function has to remember the best it has seen.

    scipy's sums are matrix products, whose last digits differ between processors.

    Parameters
    ----------
    function
        Returns a value and its slope, (n,) float64.
    u : (n,) float64
        Where to start.
    stopped
        Tells whether the function has been called often enough.
    least
        Where the minimum is or above.
    tolerance
        A step that gains no more than this is the last.
    """
    value, slope = function(u)
    if not slope.any():
        return
    pairs: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=_PAIRS)
    while not stopped():
        direction, factors = -slope, []
        for step, change, product in reversed(pairs):
            factors.append(dot(step, direction) / product)
            direction -= factors[-1] * change
        if pairs:
            step, change, product = pairs[-1]
            direction *= product / dot(change, change)
        else:
            # As far as a linear function would have to go down to the least value there may be (Polyak 1969).
            direction *= (value - least) / max(dot(slope, slope), 1e-300)
        for step, change, product in pairs:
            direction += (factors.pop() - dot(change, direction) / product) * step
        descent, length = dot(slope, direction), 1.0
        if descent >= 0:
            return
        while True:
            trial = u + length * direction
            after, new = function(trial)
            if after <= value + 1e-4 * length * descent:
                break
            if stopped():
                return
            length *= min(max(-descent * length / (2 * (after - value - descent * length)), 0.1), 0.5)
        step, change = trial - u, new - slope
        if (product := dot(step, change)) > 1e-12 * dot(change, change):
            pairs.append((step, change, product))
        gained, u, value, slope = value - after, trial, after, new
        if gained <= tolerance:
            return


def dot(first: np.ndarray, second: np.ndarray) -> float:
    """Compute a scalar product in an order of its own; numpy's is a matrix product."""
    return call(_KERNELS, "dot", first=first, second=second)


def _beside(*places: np.ndarray) -> np.ndarray:
    """Join places, (3, m) each, in one array whose rows are contiguous."""
    return np.ascontiguousarray(np.hstack(places))

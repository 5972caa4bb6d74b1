"""Choose the best k of given colours for an image, and prove how good the choice is: K-means over a finite set.

This is the p-median problem. Choices are found by adding colours, taking them away and swapping them. The bound is that
of kmeans/bound.py: for any numbers rᵢ, a choice of k colours has an inertia of at least Σ wᵢ rᵢ less their gains, and a
colour can be chosen once only, so at least Σ wᵢ rᵢ less the k largest gains. A colour whose gain is too small to be in
a choice better than the best known is out of the question (Beasley 1993); where few colours are left, all their choices
are looked at, and the best is the optimum.
"""

import math
from typing import NamedTuple

import numpy as np

from photopalette.kernels.compiled import call
from photopalette.kmeans.bound import Cells, minimize
from photopalette.kmeans.lloyd import lloyd

_KERNELS, _BOUND = "photopalette.kernels.choice", "photopalette.kernels.bound"
# Cells that points are merged in, at most, and for them, in turn: smoothing, as a share of what is smoothed, of one
# ascent after the other, and most evaluations of each. None is all points; in the end, few colours are left to bound.
_PLAN = (
    (1 << 10, (0.05, 0.02, 0.005, 0.002), 40),
    (1 << 13, (0.005, 0.002), 30),
    (None, (0.002, 0.001), 15),
    (None, (0.001, 0.0005), 40),
)
_SEARCHED = 1 << 12  # cells of the points among which choices are searched
_SWAPS = 1000  # at most, until none helps
_WORK = 1 << 28  # distances that may be computed to look at all choices that are left
_ROUNDING = 2.0**-53  # relative error of an operation


class Choice(NamedTuple):
    """The best k colours found.

    Attributes
    ----------
    rows : (k,) int64
        Their rows in the stock, rising.
    inertia : float
        The weighted sum of the squared distances of all points to the nearest of them.
    lower_bound : float
        What no choice of k colours can be below; the inertia itself where it is proven to be the least.
    """

    rows: np.ndarray
    inertia: float
    lower_bound: float


def choose(points: np.ndarray, weights: np.ndarray, stock: np.ndarray, kept: np.ndarray, most: int) -> list[Choice]:
    """Choose the best k of given colours for every k up to a number.

    Parameters
    ----------
    points : (n, 3) float64
        Distinct.
    weights : (n,) float64
        Above 0.
    stock : (m, 3) float64
        The colours to choose from, in the same space, distinct.
    kept : (p,) int64
        Rows of those that every choice has.
    most
        The largest k, p ≤ most ≤ m.

    Returns
    -------
    list of Choice
        For k from the number of kept colours, but at least 1, to `most`.
    """
    search = _Search(points, weights, stock, kept)
    found = search.find(most)
    return [search.bounded(found[k]) for k in sorted(found)]


class _Level:
    """Points merged in cells, in single precision for an ascent and in double precision for everything that decides.

    Parameters
    ----------
    points, weights
        Those of :func:`choose`.
    most
        Cells at most; None keeps every point.
    """

    def __init__(self, points: np.ndarray, weights: np.ndarray, most: int | None):
        edge = 0.0
        if most is not None and len(points) > most:
            edge = float(np.ptp(points, axis=0).max()) / (4 * most ** (1 / 3))
        self.cells = Cells(points, weights, edge)
        while edge and len(self.cells.means) > most:
            edge *= 1.25
            self.cells = Cells(points, weights, edge)
        means = self.cells.means
        if not edge:  # without the rounding of a mean
            means = np.empty_like(points)
            means[self.cells.cell] = points
        starts = self.cells.arrays["starts"]
        lower, upper = (bound.reduceat(means, starts[:-1]) for bound in (np.minimum, np.maximum))
        self.weights, n = self.cells.weights, len(means)
        self.blocks = {"points": np.ascontiguousarray(means.T), "weights": self.weights, "starts": starts}
        self.blocks["boxes"] = np.hstack([lower, upper])
        self.nearest, self.labels = np.empty((2, n)), np.empty(n, np.int32)

    def gains(self, radii: np.ndarray, stock: np.ndarray) -> np.ndarray:
        """Compute the gain of every colour, (m,) float64, for given r, (n,)."""
        m, sums = len(stock), np.empty(len(stock))
        room = {"near": np.empty(m, np.int32), "local": np.empty((4, m))}
        call(_KERNELS, "gains", **self.blocks, radii=np.ascontiguousarray(radii), stock=stock, sums=sums, **room)
        return sums

    def swap(self, stock: np.ndarray, kept: int, chosen: np.ndarray, rounds: int = _SWAPS) -> tuple[np.ndarray, float]:
        """Improve a choice by swaps until none helps; return it and its inertia.

        `nearest` (2, n) and `labels` (n,) are then the squared distances of each point to the two nearest colours, and
        the place of the nearest.
        """
        chosen, k = chosen.copy(), len(chosen)
        inertia = call(
            _KERNELS,
            "swap",
            **self.blocks,
            stock=stock,
            kept=kept,
            chosen=chosen,
            nearest=self.nearest,
            labels=self.labels,
            losses=np.empty(k),
            changes=np.empty(k),
            rounds=rounds if k > max(kept, 1) else 0,
        )
        return chosen, inertia


class _Search:
    """The search for choices and their bounds; parameters are those of :func:`choose`."""

    def __init__(self, points: np.ndarray, weights: np.ndarray, stock: np.ndarray, kept: np.ndarray):
        self.points, self.weights = np.ascontiguousarray(points), weights
        others = np.setdiff1d(np.arange(len(stock)), kept)
        self.order, self.kept = np.append(kept, others).astype(np.int64), len(kept)  # those that are kept come first
        self.stock = np.ascontiguousarray(stock[self.order])
        self.levels = {most: _Level(points, weights, most) for most in {most for most, _, _ in _PLAN}}
        self.whole, self.sample = self.levels[None], _Level(points, weights, _SEARCHED)
        self.mass = float(np.cumsum(weights)[-1])
        _, self.floor = self.whole.swap(self.stock, self.kept, np.arange(len(stock)), rounds=0)  # of the whole stock

    def find(self, most: int) -> dict[int, np.ndarray]:
        """Search for choices of every size: each from the one before by one more colour, then from the one after."""
        level, chosen, found = self.sample, np.arange(self.kept), {}
        if self.kept:
            found[self.kept] = chosen, 0.0
        for k in range(self.kept + 1, most + 1):
            chosen = np.append(chosen, self._next(level, chosen))
            chosen, inertia = level.swap(self.stock, self.kept, chosen)
            found[k] = chosen, inertia
        for k in range(most - 1, max(self.kept, 1), -1):
            larger, _ = found[k + 1]
            level.swap(self.stock, self.kept, larger, rounds=0)
            losses = np.bincount(level.labels, level.weights * (level.nearest[1] - level.nearest[0]), k + 1)
            fewer = np.delete(larger, self.kept + int(losses[self.kept :].argmin()))
            found[k] = min(found[k], level.swap(self.stock, self.kept, fewer), key=lambda choice: choice[1])
        return {k: chosen for k, (chosen, _) in found.items()}

    def _next(self, level: _Level, chosen: np.ndarray) -> int:
        """Find the colour that lowers the inertia of a choice most."""
        if len(chosen):
            level.swap(self.stock, self.kept, chosen, rounds=0)
            radii = level.nearest[0]
        else:  # farther than any colour is from any point
            corners = np.concatenate([self.points, self.stock])
            radii = np.full(level.labels.shape, 1.0 + 3 * float(np.ptp(corners, axis=0).max()) ** 2)
        gains = level.gains(radii, self.stock)
        gains[chosen] = -1.0
        return int(gains.argmax())

    def bounded(self, chosen: np.ndarray) -> Choice:
        """Improve a choice on all points, and bound the inertia of any other of its size."""
        free = len(chosen) - self.kept
        if free <= 1:  # adding the best colour is optimal
            chosen = np.append(chosen[: self.kept], self._next(self.whole, chosen[: self.kept]))[: len(chosen)]
            return self._choice(chosen, math.inf)
        chosen, best = self.whole.swap(self.stock, self.kept, chosen)
        if best <= self.floor:
            return self._choice(chosen, math.inf)
        return self._choice(*_Proof(self, chosen, best).bound())

    def _choice(self, chosen: np.ndarray, bound: float) -> Choice:
        rows = np.sort(self.order[chosen])
        centroids = self.stock[np.argsort(self.order, kind="stable")[rows]]
        inertia = lloyd(self.points, self.weights, centroids, max_iter=0).inertia
        return Choice(rows, inertia, min(inertia, bound))


class _Proof:
    """The ascent, the elimination of colours and the enumeration of what is left, for one choice.

    Parameters
    ----------
    search
        What is chosen from.
    chosen : (k,) int64
        The best choice known, the kept colours first.
    best
        Its inertia.
    """

    def __init__(self, search: _Search, chosen: np.ndarray, best: float):
        self.search, self.chosen, self.best = search, chosen, best
        self.kept, self.k = search.kept, len(chosen)
        self.free = self.k - self.kept
        self.left = np.arange(len(search.stock))  # colours that a better choice may have
        self.value = 0.0  # the bound

    def bound(self) -> tuple[np.ndarray, float]:
        """Return the best choice found and what no other can be below; infinity where it is the best of all."""
        whole, radii = self.search.whole, None
        for most, smoothings, evaluations in _PLAN:
            level = self.search.levels[most]
            cells = level.cells
            if radii is None:
                r = self._start(level)
            else:
                r = np.bincount(cells.cell, self.search.weights * radii) / cells.weights - cells.variance
            for smoothing in smoothings:
                r = self._ascend(cells, r, smoothing, evaluations)
            radii = (r + cells.variance)[cells.cell]
            unit = 2.0 ** (math.frexp(self.best / self.search.mass)[1] - 11)
            ordered = np.empty(len(radii))
            ordered[whole.cells.cell] = np.round(radii / unit) * unit
            if self._eliminate(ordered):
                return self.chosen, math.inf
        proven = self._enumerate(ordered)  # may find a better one
        return self.chosen, math.inf if proven else min(self.value, self.best)

    def _start(self, level: _Level) -> np.ndarray:
        """Choose first r: the same gain for every colour chosen, and no ball that reaches half of the next."""
        level.swap(self.search.stock, self.kept, self.chosen, rounds=0)
        masses = np.bincount(level.labels, level.weights, self.k)
        surplus = self.best / self.k / masses[level.labels]
        return np.minimum(level.nearest[0] + surplus, (level.nearest[0] + level.nearest[1]) / 2)

    def _ascend(self, cells: Cells, r: np.ndarray, smoothing: float, evaluations: int) -> np.ndarray:
        """Improve r on the smoothed dual of the colours that are left."""
        soft, heat = smoothing * self.best / self.search.mass, smoothing * self.best / self.k
        places = np.ascontiguousarray(self.search.stock[self.left].T.astype(np.float32))
        m = places.shape[1]
        sums, shares, covered = np.empty(m), np.empty(m), np.empty(len(r), np.float32)
        room = {"near": np.empty(m, np.int32), "local": np.empty((4, m), np.float32)}
        best, least, left = r, math.inf, evaluations

        def dual(u: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal best, least, left
            left -= 1
            r = u / cells.roots
            common = {**cells.arrays, "radii": r.astype(np.float32), "places": places, "soft": soft}
            call(_BOUND, "gains", **common, weights=cells.single, sums=sums, **room)
            smooth = call(_KERNELS, "select", gains=sums, kept=self.kept, free=self.free, heat=heat, shares=shares)
            call(_BOUND, "cover", **common, shares=shares, covered=covered)
            linear = call(_BOUND, "dot", first=cells.roots, second=u)
            if (value := self._largest(sums) - linear) < least:
                least, best = value, r
            return smooth - linear, cells.roots * (covered.astype(np.float64) - 1)

        minimize(dual, r * cells.roots, lambda: left <= 0, -1.1 * self.best, 1e-7 * self.best)
        return best

    def _largest(self, gains: np.ndarray) -> float:
        """Add up the gains of what is kept and the largest of the others."""
        return math.fsum([*gains[: self.kept].tolist(), *np.sort(gains[self.kept :])[-self.free :].tolist()])

    def _eliminate(self, radii: np.ndarray) -> bool:
        """Bound the inertia for given r on all points, and drop colours that no better choice has.

        Every gain is a sum of n terms, which only count where a squared distance is less than r, so that the sizes of
        all that is added up are Σ w r at most; so many roundings are added for every gain and for the inertia.

        Returns
        -------
        bool
            Whether the best choice known is proven to be the best of all.
        """
        whole, stock = self.search.whole, self.search.stock[self.left]
        gains = whole.gains(radii, stock)
        # The colours of largest gain may be a better choice.
        others = np.argsort(-gains[self.kept :], kind="stable")
        candidate = self.left[np.append(np.arange(self.kept), self.kept + others[: self.free])]
        if set(candidate.tolist()) != set(self.chosen.tolist()):
            for rounds in (0, _SWAPS):  # as they are, and improved on fewer points
                candidate, _ = self.search.sample.swap(self.search.stock, self.kept, candidate, rounds)
                _, inertia = whole.swap(self.search.stock, self.kept, candidate, rounds=0)
                if inertia < self.best:
                    self.chosen, self.best = whole.swap(self.search.stock, self.kept, candidate)
        total = math.fsum((whole.weights * radii).tolist())
        size = math.fsum((whole.weights * np.abs(radii)).tolist())
        margin = 2 * (len(radii) + 100) * (self.k + 2) * _ROUNDING * (size + self.best)
        self.least = total - self.best - margin  # that a better choice gains
        top = self._largest(gains)
        self.value = max(self.value, total - top - margin)
        if top < self.least or len(others) <= self.free:
            return True
        last = gains[self.kept + others[self.free - 1]]
        possible = top - last + gains >= self.least
        possible |= gains >= last
        possible[: self.kept] = True
        self.left, self.gains = self.left[possible], gains[possible]
        return False

    def _enumerate(self, radii: np.ndarray) -> bool:
        """Look at every choice of the colours that are left; tell whether the best of all is known."""
        whole, stock = self.search.whole, self.search.stock
        order = self.kept + np.argsort(-self.gains[self.kept :], kind="stable")
        n, best, complete = len(radii), np.empty(self.free, np.int64), np.zeros(1, np.int64)
        distances, covered = np.empty((self.free + 1, n)), np.zeros(self.free + 1)
        distances[0] = np.inf
        if self.kept:
            whole.swap(stock, self.kept, np.arange(self.kept), rounds=0)
            distances[0] = whole.nearest[0]
            covered[0] = math.fsum((whole.weights * np.maximum(radii - distances[0], 0)).tolist())
        inertia = call(
            _KERNELS,
            "enumerate_choices",
            points=whole.blocks["points"],
            weights=whole.weights,
            radii=radii,
            stock=np.ascontiguousarray(stock[self.left[order]]),
            gains=np.ascontiguousarray(self.gains[order]),
            least=self.least,
            inertia=self.best,
            limit=_WORK,
            distances=distances,
            covered=covered,
            places=np.empty(self.free + 1, np.int64),
            best=best,
            complete=complete,
        )
        if inertia < self.best:
            self.chosen, self.best = np.append(np.arange(self.kept), self.left[order[best]]), inertia
        return bool(complete[0])

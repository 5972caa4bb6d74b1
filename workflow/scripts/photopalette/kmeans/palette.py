"""The 8-bit colours that serve an image best, from the centroids of a fit."""

import numpy as np

from photopalette.kernels.compiled import call
from photopalette.kmeans.lloyd import Solution, lloyd
from photopalette.kmeans.points import Points

_KERNELS = "photopalette.kernels.palette"
# Distances of points to colours up to which a palette is tried level by level: rounding matters for small pictures.
_NUDGED = 1 << 18
_NONE = np.empty((0, 3), np.uint8)


def fit_palette(points: Points, centroids: np.ndarray, kept: np.ndarray = _NONE) -> tuple[np.ndarray, np.ndarray]:
    """Turn centroids into the 8-bit colours that serve an image best: Lloyd's iterations among such colours.

    Rounded centroids are not their own optimum. So each colour of the table goes to the nearest of the palette, and
    each of the palette becomes the rounded mean of what went to it, as long as that lowers the error. A colour that
    nothing goes to, as when two centroids round to the same, gives way to the colour of the table that costs most.

    Parameters
    ----------
    points
        Those of the fit.
    centroids : (k, 3) float64
        In their space.
    kept : (f, 3) uint8
        Colours that stay what they are, needed or not: the first of the palette. The image has more than k − f others.

    Returns
    -------
    palette : (k, 3) uint8
        sRGB.
    labels : (U,) int32
        Place in the palette of what stands for each colour of the table.
    """
    fixed = len(kept)
    best, least, palette = None, np.inf, np.concatenate([kept, points.nearest_colors(centroids[fixed:])])
    while True:
        found, masses = _assign(points, palette)
        if (idle := np.flatnonzero(masses[fixed:] == 0) + fixed).size:
            costs = points.weights * ((points.places - found.centroids[found.labels]) ** 2).sum(axis=1)
            palette[idle] = points.table.colors[np.argsort(-costs, kind="stable")[: idle.size]]
            found, masses = _assign(points, palette)
        if found.inertia >= least:
            break
        best, least = (palette, found.labels), found.inertia
        sums = [np.bincount(found.labels, points.weights * channel, len(palette)) for channel in points.places.T]
        means = points.nearest_colors(np.column_stack(sums) / np.maximum(masses, 1)[:, None])
        palette = np.where((masses[:, None] > 0) & (np.arange(len(palette)) >= fixed)[:, None], means, palette)
    if len(points.places) * len(palette) > _NUDGED:
        return best
    palette = _nudge(points, best[0], fixed)
    return palette, _assign(points, palette)[0].labels


def _assign(points: Points, palette: np.ndarray) -> tuple[Solution, np.ndarray]:
    """Assign each point to the nearest colour of a palette, (k, 3) uint8; also return what each has to stand for."""
    found = lloyd(points.places, points.weights, points.place(palette), max_iter=0)
    return found, np.bincount(found.labels, points.weights, len(palette))


def _nudge(points: Points, palette: np.ndarray, fixed: int) -> np.ndarray:
    """Move colours of a palette, (k, 3) uint8, but those fixed, by one level as long as that lowers the error."""
    n, palette = len(points.places), palette.copy()
    ranks = {"points": np.ascontiguousarray(points.places), "gaps": np.empty((n, 2)), "labels": np.empty(n, np.int32)}

    def moved(color: int, to: np.ndarray) -> float:
        """Give the error with a colour of the palette changed to another, (3,) uint8."""
        centroid = points.place(to[None])
        return call(_KERNELS, "moved", **ranks, weights=points.weights, cluster=color, centroid=centroid)

    def settle() -> float:
        """Rank the palette as it is for every point, and give its error."""
        call(_KERNELS, "rank", **ranks, centroids=points.place(palette))
        return moved(0, palette[0])

    error, idle = settle(), 0
    moves = [(color, axis, step) for color in range(fixed, len(palette)) for axis in range(3) for step in (-1, 1)]
    while idle < len(moves):
        for color, axis, step in moves:
            idle += 1
            changed = palette[color].astype(int)
            changed[axis] += step
            if 0 <= changed[axis] <= 255 and moved(color, changed.astype(np.uint8)) < error * (1 - 1e-9):
                palette[color] = changed
                error, idle = settle(), 0
    return palette

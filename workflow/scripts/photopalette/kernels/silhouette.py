"""Sums of distances between points."""

import numpy as np

from photopalette.kernels.jit import jit


@jit
def distances(rows, points, weights, starts, part, sums):
    """Add up the weighted distances from each of `rows` to the points of each run, which begins where `starts` says.

    Single precision is exact for the squares of 8-bit colours, and only 64 distances are added up in it.
    """
    for run in range(len(sums)):
        sums[run] = 0
        for first in range(starts[run], starts[run + 1], 64):
            part[:] = 0
            for other in range(first, min(first + 64, starts[run + 1])):
                x, y, z, weight = points[0, other], points[1, other], points[2, other], weights[other]
                for row in range(len(part)):
                    dx, dy, dz = rows[0, row] - x, rows[1, row] - y, rows[2, row] - z
                    part[row] += weight * np.sqrt(dx * dx + dy * dy + dz * dz)
            for row in range(len(part)):
                sums[run, row] += part[row]

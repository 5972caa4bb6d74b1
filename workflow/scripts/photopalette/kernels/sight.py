"""Which points of a drawing can be seen."""

import math

from photopalette.kernels.jit import jit


@jit
def sight(places, inner, outer, covered, seen):
    """Mark which squares can be seen of those around `places`, the nearest first, on a ground of cells.

    A square covers all cells within `inner` of its place, and none beyond `outer`. One whose every possible cell is
    covered by nearer ones is hidden.
    """
    for row in range(len(places)):
        x, y = places[row, 0], places[row, 1]
        seen[row] = 0
        for v in range(math.floor(y - outer), math.ceil(y + outer)):
            for u in range(math.floor(x - outer), math.ceil(x + outer)):
                if covered[v, u] == 0:
                    seen[row] = 1
                    break
            if seen[row]:
                break
        if seen[row]:
            for v in range(math.ceil(y - inner), math.floor(y + inner)):
                for u in range(math.ceil(x - inner), math.floor(x + inner)):
                    covered[v, u] = 1

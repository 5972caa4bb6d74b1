"""Wu's quantizer as in his program (Graphics Gems II, 1991), but in double precision."""

import numpy as np

_BITS = 5  # of each channel that its histogram tells apart: 32 cells along an axis
_CELLS = 1 << _BITS


def quantize(colors: np.ndarray, counts: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut the histogram into k boxes, each time the box of the largest variance, where this reduces it most.

    Parameters
    ----------
    colors : (n, 3) uint8
        Distinct colours.
    counts : (n,) int64
        Pixels of each.
    k
        Maximum number of boxes.

    Returns
    -------
    palette : (k', 3) uint8
        Mean colours of the boxes, rounded down; k' < k if no box can be cut any more.
    labels : (n,) uint8
        Box of each colour.
    """
    cells = tuple((colors >> (8 - _BITS)).T.astype(np.intp))
    values = colors.astype(np.float64)
    # For each cell: pixels, the sum of each channel, and the sum of all squares; all are integers.
    moments = np.zeros((_CELLS + 1,) * 3 + (5,))
    for place, moment in enumerate((np.ones(len(values)), *values.T, (values**2).sum(axis=1))):
        np.add.at(moments[1:, 1:, 1:, place], cells, counts * moment)
    for axis in range(3):
        moments = moments.cumsum(axis=axis)
    boxes = [np.array([[0, 0, 0], [_CELLS] * 3])]
    variances = [np.inf]
    while len(boxes) < k and max(variances) > 0:
        widest = int(np.argmax(variances))
        axis, at = _best_cut(moments, boxes[widest])
        if at is None:
            variances[widest] = 0.0
            continue
        below, above = boxes[widest].copy(), boxes[widest].copy()
        below[1, axis] = above[0, axis] = at
        boxes[widest : widest + 1], variances[widest : widest + 1] = [below], [_variance(moments, below)]
        boxes.append(above)
        variances.append(_variance(moments, above))
    tags = np.zeros((_CELLS,) * 3, np.uint8)
    for label, (low, high) in enumerate(boxes):
        tags[tuple(map(slice, low, high))] = label
    sums = np.array([_planes(moments, box, 0)[-1] for box in boxes])
    return (sums[:, 1:4] // sums[:, :1]).astype(np.uint8), tags[cells]


def _planes(moments: np.ndarray, box: np.ndarray, axis: int) -> np.ndarray:
    """Sum the moments of a box from its lower end to each plane perpendicular to an axis, (length + 1, 5)."""
    (low, high), others = box, [other for other in range(3) if other != axis]
    lines = np.moveaxis(moments, axis, 0)[low[axis] : high[axis] + 1]
    (a, b), (c, d) = low[others], high[others]
    sums = lines[:, c, d] - lines[:, a, d] - lines[:, c, b] + lines[:, a, b]
    return sums - sums[0]


def _variance(moments: np.ndarray, box: np.ndarray) -> float:
    """Compute the squared error of a box around its mean; 0 for a single cell, which can't be cut."""
    if (box[1] - box[0]).prod() == 1:
        return 0.0
    pixels, *sums, squares = _planes(moments, box, 0)[-1]
    return float(squares - np.square(sums).sum() / pixels)


def _best_cut(moments: np.ndarray, box: np.ndarray) -> tuple[int, int | None]:
    """Find the axis and the place of the best cut of a box; the place is None if one side would always be empty."""
    best, axis, at = 0.0, 0, None
    for across in range(3):
        planes = _planes(moments, box, across)
        below, above = planes[1:-1], planes[-1] - planes[1:-1]
        filled = np.flatnonzero((below[:, 0] > 0) & (above[:, 0] > 0))
        if filled.size:
            means = [np.square(side[filled, 1:4]).sum(axis=1) / side[filled, 0] for side in (below, above)]
            explained = means[0] + means[1]
            place = int(explained.argmax())
            if explained[place] > best:
                best, axis, at = explained[place], across, int(box[0, across] + 1 + filled[place])
    return axis, at

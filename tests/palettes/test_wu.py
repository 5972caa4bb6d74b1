"""Wu's quantizer, against his algorithm done by brute force: no cumulative moments, every box a list of cells."""

import numpy as np
import pytest

from flatten import flatten
from photopalette.palettes.wu import quantize


def brute_force(pixels, k):
    """Quantize (n, 3) pixels: palette, and the box of each pixel."""
    cells, values = pixels // 8, pixels.astype(float)

    def error(rows):
        return ((values[rows] - values[rows].mean(axis=0)) ** 2).sum()

    # A box is its pixels, and its bounds: they decide whether it is a single cell.
    boxes, errors = [(np.arange(len(pixels)), np.array([0, 0, 0]), np.array([32, 32, 32]))], [np.inf]
    while len(boxes) < k and max(errors) > 1e-9:
        widest = errors.index(max(errors))
        rows, low, high = boxes[widest]
        cuts = []
        for axis in range(3):
            for at in range(low[axis] + 1, high[axis]):
                below = cells[rows, axis] < at
                if 0 < below.sum() < len(rows):
                    cuts.append((round(error(rows[below]) + error(rows[~below]), 6), axis, at))
        if not cuts:
            errors[widest] = 0
            continue
        _, axis, at = min(cuts)
        below = cells[rows, axis] < at
        parts = [(rows[below], low, np.where(np.arange(3) == axis, at, high))]
        parts.append((rows[~below], np.where(np.arange(3) == axis, at, low), high))
        boxes[widest], errors[widest] = parts[0], 0
        boxes.append(parts[1])
        for place in (widest, len(boxes) - 1):
            rows, low, high = boxes[place]
            errors[place : place + 1] = [error(rows) if (high - low).prod() > 1 else 0]
    labels = np.empty(len(pixels), int)
    for label, (rows, *_) in enumerate(boxes):
        labels[rows] = label
    return [(pixels[rows].astype(int).sum(axis=0) // len(rows)).tolist() for rows, *_ in boxes], labels


@pytest.mark.parametrize("k", [1, 2, 3, 5, 8, 13])
def test_equal_to_brute_force(coffee, k):
    photo = coffee[::2, ::2].reshape(-1, 3)
    noise = np.random.default_rng(3).integers(0, 256, (400, 3), np.uint8)
    for pixels in (photo, noise):
        table = flatten(pixels[None])
        palette, labels = quantize(table.colors, table.counts, k)
        expected, boxes = brute_force(pixels, k)
        assert palette.tolist() == expected
        assert labels[table.index].tolist() == boxes.tolist()


def test_colours_in_the_same_cell_are_never_parted():
    colors = np.array([[8, 8, 8], [15, 15, 15], [200, 0, 0]], np.uint8)
    palette, labels = quantize(colors, np.array([1, 2, 1]), 3)
    assert palette.tolist() == [[12, 12, 12], [200, 0, 0]], "38 / 3, rounded down"
    assert labels.tolist() == [0, 0, 1]

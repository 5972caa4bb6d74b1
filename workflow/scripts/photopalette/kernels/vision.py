"""What the eye's optics and nerves make of a picture: sums of neighbours, and CIELAB of what they see."""

import numpy as np

from photopalette.kernels.jit import jit
from photopalette.kernels.metrics import ciede2000

_PIXELS = 1024  # converted at a time, so that what they take stays in the processor's cache
_COLUMNS = 1024  # at a time, so that all rows that a filter reaches stay in the processor's cache


@jit
def _add(before1, after1, before2, after2, before3, after3, before4, after4, taps, sums):
    """Add four pairs of neighbours, each times its tap, to sums: faster than one pair after the other."""
    tap1, tap2, tap3, tap4 = taps[0], taps[1], taps[2], taps[3]
    for x in range(len(sums)):
        near = tap1 * (before1[x] + after1[x]) + tap2 * (before2[x] + after2[x])
        sums[x] += near + tap3 * (before3[x] + after3[x]) + tap4 * (before4[x] + after4[x])


@jit
def _part(across, row, left, right):
    """Return a part of a row; of the last one, which has zeros, for rows above the first and below the others."""
    last = len(across) - 1
    return across[row if 0 <= row < last else last, left:right]


@jit
def blur(plane, taps, first, factors, padded, across, blurred):
    """Convolve a plane with a symmetric kernel along its rows and its columns; there is nothing beyond its edges.

    `taps` are the kernel's values from its centre outwards; after the first there are four, or a multiple of four. The
    rows of `blurred` are those of the plane from `first` on; what is convolved, times the factors, is added to them.
    """
    rows, width = plane.shape
    reach = len(taps) - 1
    padded[:] = 0
    for y in range(rows):
        row = across[y]
        for x in range(width):
            padded[reach + x] = plane[y, x]
            row[x] = taps[0] * plane[y, x]
        for tap in range(1, len(taps), 4):
            left, right, some = padded[reach - tap - 3 :], padded[reach + tap :], taps[tap : tap + 4]
            _add(left[3:], right, left[2:], right[1:], left[1:], right[2:], left, right[3:], some, row)
    across[rows] = 0
    for left in range(0, width, _COLUMNS):
        right = min(left + _COLUMNS, width)
        sums = padded[: right - left]
        for y in range(len(blurred)):
            middle = first + y
            for x in range(len(sums)):
                sums[x] = taps[0] * across[middle, left + x]
            for tap in range(1, len(taps), 4):
                above, below = middle - tap, middle + tap
                _add(
                    _part(across, above, left, right),
                    _part(across, below, left, right),
                    _part(across, above - 1, left, right),
                    _part(across, below + 1, left, right),
                    _part(across, above - 2, left, right),
                    _part(across, below + 2, left, right),
                    _part(across, above - 3, left, right),
                    _part(across, below + 3, left, right),
                    taps[tap : tap + 4],
                    sums,
                )
            for x in range(len(sums)):
                blurred[y, left + x] += sums[x] * factors[y, left + x]


@jit
def _lightness(relative):
    """CIELAB's function of X, Y or Z relative to white: a cube root, and a line near black."""
    # A parabola through the square root is a few per cent off; Halley's method cubes that error twice.
    half = np.sqrt(relative)
    root = 0.1 + (1.2 - 0.3 * half) * half
    for _ in range(3):
        cube = root * root * root
        root *= (cube + 2 * relative) / (2 * cube + relative)
    # Both are computed, also where only the line is a number, so that the compiler can take several values at once.
    return root if relative > 0.008856 else 7.787 * relative + 16 / 116


@jit
def _convert(channels, matrix, start, relative, lab):
    """Convert pixels from `start` on to CIELAB, as many as there is room for."""
    first, second, third = channels[0, start:], channels[1, start:], channels[2, start:]
    for axis in range(3):
        one, two, three, values = matrix[axis, 0], matrix[axis, 1], matrix[axis, 2], relative[axis]
        for pixel in range(len(lab)):
            values[pixel] = _lightness(one * first[pixel] + two * second[pixel] + three * third[pixel])
    for pixel in range(len(lab)):
        x, y, z = relative[0, pixel], relative[1, pixel], relative[2, pixel]
        lab[pixel, 0], lab[pixel, 1], lab[pixel, 2] = 116 * y - 16, 500 * (x - y), 200 * (y - z)


@jit
def to_lab(channels, matrix, relative, lab):
    """Convert channels to CIELAB; `matrix` leads from them to XYZ relative to white, for some pixels at a time."""
    for start in range(0, len(lab), _PIXELS):
        _convert(channels, matrix, start, relative, lab[start : start + _PIXELS])


@jit
def compare(original, channels, matrix, relative, lab, differences):
    """Compute the colour difference (CIEDE2000) of the original, in CIELAB, to channels, for some pixels at a time."""
    for start in range(0, len(original), _PIXELS):
        some = lab[: min(_PIXELS, len(original) - start)]
        _convert(channels, matrix, start, relative, some)
        for pixel in range(len(some)):
            differences[start + pixel] = ciede2000(original, start + pixel, some, pixel)

"""What the eye's optics and nerves make of a picture: sums of neighbours, and CIELAB of what they see."""

import numpy as np

from photopalette.kernels.jit import jit


@jit
def blur(plane, taps, first, across, blurred):
    """Convolve a plane with a symmetric kernel along its rows and its columns; there is nothing beyond its edges.

    `taps` are the kernel's values from its centre outwards. The rows of `blurred` are those of the plane from `first`
    on.
    """
    rows, width = plane.shape
    for y in range(rows):
        for x in range(width):
            across[y, x] = taps[0] * plane[y, x]
        for distance in range(1, min(len(taps), width)):
            tap = taps[distance]
            for x in range(width - distance):
                across[y, x] += tap * plane[y, x + distance]
            for x in range(width - distance):
                across[y, x + distance] += tap * plane[y, x]
    for y in range(len(blurred)):
        for x in range(width):
            blurred[y, x] = taps[0] * across[first + y, x]
        for distance in range(1, len(taps)):
            tap, above, below = taps[distance], first + y - distance, first + y + distance
            if above >= 0 and below < rows:
                for x in range(width):
                    blurred[y, x] += tap * (across[above, x] + across[below, x])
            elif above >= 0:
                for x in range(width):
                    blurred[y, x] += tap * across[above, x]
            elif below < rows:
                for x in range(width):
                    blurred[y, x] += tap * across[below, x]


@jit
def _lightness(relative):
    """CIELAB's function of X, Y or Z relative to white: a cube root, and a line near black."""
    if relative <= 0.008856:
        return 7.787 * relative + 16 / 116
    # A parabola through the square root is a few per cent off; Halley's method cubes that error twice.
    half = np.sqrt(relative)
    root = 0.1 + (1.2 - 0.3 * half) * half
    for _ in range(3):
        cube = root * root * root
        root *= (cube + 2 * relative) / (2 * cube + relative)
    return root


@jit
def to_lab(channels, matrix, lab):
    """Convert channels to CIELAB; `matrix` leads from them to XYZ relative to white."""
    for pixel in range(len(lab)):
        a, b, c = channels[0, pixel], channels[1, pixel], channels[2, pixel]
        x = _lightness(matrix[0, 0] * a + matrix[0, 1] * b + matrix[0, 2] * c)
        y = _lightness(matrix[1, 0] * a + matrix[1, 1] * b + matrix[1, 2] * c)
        z = _lightness(matrix[2, 0] * a + matrix[2, 1] * b + matrix[2, 2] * c)
        lab[pixel, 0], lab[pixel, 1], lab[pixel, 2] = 116 * y - 16, 500 * (x - y), 200 * (y - z)

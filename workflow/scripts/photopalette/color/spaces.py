"""Conversions between sRGB and the colour spaces of a fit: sRGB as it is, CIELAB, Oklab.

Libraries have them too, but with matrix products and powers, whose last digits differ between processors. Here are only
additions, products, quotients and square roots in a fixed order, which are the same everywhere.
"""

import numpy as np

_STRIP = 1 << 16  # colours at a time, as intermediate results are ten times as large
# Linear sRGB to XYZ, and XYZ of white, as in scikit-image.
_LAB_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
_WHITE = np.array([[0.95047], [1.0], [1.08883]])
# Linear sRGB to the cones' responses (LMS), and their cube roots to Oklab: Ottosson's matrices in the edition of 2021.
_SRGB_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
# XYZ to the channels of S-CIELAB: light and dark, red and green, blue and yellow. From the program of its authors,
# Zhang and Wandell; their paper (1997) rounds it, and prints −0.077 for 0.077, with which white would not be neutral.
_XYZ_OPPONENT = np.array(
    [[0.2787336, 0.7218031, -0.1065520], [-0.4487736, 0.2898056, 0.0771569], [0.0859513, -0.5899859, 0.5011089]]
)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # shares of linear red, green and blue (Rec. 709)


def to_space(colors: np.ndarray, space: str) -> np.ndarray:
    """Convert sRGB colours to the space of a fit.

    Parameters
    ----------
    colors : (n, 3) uint8
        sRGB.
    space
        ``rgb``: the 0–255 scale as it is; ``lab``: CIELAB, D65, L* from 0 to 100; ``oklab``: Oklab (Ottosson 2020) as
        CSS Color 4 defines it, L from 0 to 1.

    Returns
    -------
    (n, 3) float64
    """
    if space == "rgb":
        return colors.astype(np.float64)
    points = np.empty(colors.shape)
    for start in range(0, len(colors), _STRIP):
        points[start : start + _STRIP] = _convert(colors[start : start + _STRIP], space)
    return points


def _convert(colors: np.ndarray, space: str) -> np.ndarray:
    linear = _linear(colors)
    if space == "oklab":
        return _product(_LMS_OKLAB, _root(_product(_SRGB_LMS, linear), 3)).T
    relative = _product(_LAB_XYZ, linear) / _WHITE
    x, y, z = np.where(relative > 0.008856, _root(relative, 3), 7.787 * relative + 16 / 116)
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def to_srgb(points: np.ndarray, space: str) -> np.ndarray:
    """Convert points of a space, (n, 3), to the nearest 8-bit sRGB colours, (n, 3) uint8; the gamut clips them."""
    if space != "rgb":
        if space == "lab":
            y = (points[:, 0] + 16) / 116
            roots = np.stack([y + points[:, 1] / 500, y, y - points[:, 2] / 200])
            relative = np.where(roots > 0.2068966, roots * roots * roots, (roots - 16 / 116) / 7.787)
            linear = _product(_inverse(_LAB_XYZ), relative * _WHITE)
        else:
            roots = _product(_inverse(_LMS_OKLAB), points.T)
            linear = _product(_inverse(_SRGB_LMS), roots * roots * roots)
        linear = linear.clip(0, 1)
        # The exponent 1 / 2.4 is a third of one and a quarter.
        encoded = 1.055 * _root(linear * np.sqrt(np.sqrt(linear)), 3) - 0.055
        points = 255 * np.where(linear > 0.0031308, encoded, 12.92 * linear).T
    return np.rint(points.clip(0, 255)).astype(np.uint8)


def to_opponent(colors: np.ndarray) -> np.ndarray:
    """Convert sRGB colours, (n, 3) uint8, to the opponent channels of S-CIELAB, (3, n) float64, linear in light."""
    return _product(_XYZ_OPPONENT, _product(_LAB_XYZ, _linear(colors)))


def opponent_to_xyz() -> np.ndarray:
    """Return the matrix, (3, 3) float64, that leads from opponent channels to X, Y and Z, each relative to white's."""
    return _inverse(_XYZ_OPPONENT) / _WHITE


def oklch(colors: np.ndarray) -> np.ndarray:
    """Convert sRGB colours, (n, 3) uint8, to OKLCH as CSS Color 4 defines it.

    Returns
    -------
    (n, 3) float64
        Lightness from 0 to 1, chroma, hue in degrees; a grey has neither chroma nor hue.
    """
    lightness, a, b = to_space(colors, "oklab").T
    colored = (colors != colors[:, :1]).any(axis=1)
    chroma, hue = np.sqrt(a * a + b * b), np.degrees(np.arctan2(b, a)) % 360
    return np.column_stack([lightness, chroma * colored, hue * colored])


def luminance(colors: np.ndarray) -> np.ndarray:
    """Return the relative luminance (WCAG 2) of sRGB colours, (n, 3) uint8, from 0 for black to 1 for white.

    The contrast of two of them is ``(lighter + 0.05) / (darker + 0.05)``.
    """
    red, green, blue = _linear(colors)
    return LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue


def linear_light(colors: np.ndarray) -> np.ndarray:
    """Convert sRGB colours, (n, 3) uint8, to linear light, (n, 3) float64 from 0 to 1."""
    return np.ascontiguousarray(_linear(colors).T)


def _linear(colors: np.ndarray) -> np.ndarray:
    """Convert sRGB colours, (n, 3) uint8, to linear light, (3, n) float64."""
    encoded = np.arange(256) / 255
    root = _root((encoded + 0.055) / 1.055, 5)
    return np.where(encoded > 0.04045, ((encoded + 0.055) / 1.055) ** 2 * (root * root), encoded / 12.92)[colors.T]


def _product(matrix: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Multiply a (3, 3) matrix with (3, n) vectors, adding from the left."""
    return np.stack([row[0] * vectors[0] + row[1] * vectors[1] + row[2] * vectors[2] for row in matrix])


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """Invert a (3, 3) matrix by the cross products of its rows."""
    a, b, c = matrix
    return np.column_stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)]) / (a * np.cross(b, c)).sum()


def _root(values: np.ndarray, degree: int) -> np.ndarray:
    """Take roots of numbers ≥ 0 by Newton's method, which approaches from above until it no longer gets lower."""
    powers = np.where(values > 0, values, 1.0)
    root = np.maximum(powers, 1.0)
    while True:
        slope = root
        for _ in range(degree - 2):
            slope = slope * root
        lower = np.minimum(((degree - 1) * root + powers / slope) / degree, root)
        if np.array_equal(lower, root):
            return np.where(values > 0, root, 0.0)
        root = lower


def nearest(colors: np.ndarray, palette: np.ndarray, space: str) -> np.ndarray:
    """Find the palette colour nearest to each colour, both (n, 3) uint8, in a space; of equally near ones the first.

    Returns
    -------
    (n,) uint8
        Its place in the palette.
    """
    points, centres = to_space(colors, space), to_space(palette, space)
    least, labels = np.full(len(points), np.inf), np.zeros(len(points), np.uint8)
    for label, centre in enumerate(centres):
        distance = sum((points[:, axis] - centre[axis]) ** 2 for axis in range(3))
        closer = distance < least
        least[closer], labels[closer] = distance[closer], label
    return labels

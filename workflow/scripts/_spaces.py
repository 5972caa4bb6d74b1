"""Colour spaces to fit in: sRGB as it is, CIELAB, Oklab."""

import numpy as np


def to_space(colors: np.ndarray, space: str) -> np.ndarray:
    """Take sRGB colours to the space of a fit.

    Parameters
    ----------
    colors : (n, 3) uint8
        sRGB.
    space
        ``rgb``: the 0–255 scale as it is; ``lab``: CIELAB, D65, L* from 0 to 100; ``oklab``: Oklab
        (Ottosson 2020), L from 0 to 1.

    Returns
    -------
    (n, 3) float64
    """
    if space == "lab":
        from skimage.color import rgb2lab

        return rgb2lab(colors)
    if space == "oklab":
        from colour import XYZ_to_Oklab, sRGB_to_XYZ

        return XYZ_to_Oklab(sRGB_to_XYZ(colors / 255))
    return colors.astype(np.float64)


def to_srgb(points: np.ndarray, space: str) -> np.ndarray:
    """Bring points (n, 3) of a space back to the nearest 8-bit sRGB colours, clipped into the gamut, (n, 3) uint8."""
    if space == "lab":
        from skimage.color import lab2rgb

        points = 255 * lab2rgb(points)
    elif space == "oklab":
        from colour import Oklab_to_XYZ, XYZ_to_sRGB

        points = 255 * XYZ_to_sRGB(Oklab_to_XYZ(points))
    return np.rint(points.clip(0, 255)).astype(np.uint8)

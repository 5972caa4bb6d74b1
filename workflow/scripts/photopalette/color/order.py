"""The order of the colours of a palette."""

import numpy as np

from photopalette.color.spaces import oklch, to_space

_GREY = 0.02  # OKLCH chroma below which a hue can't be seen


def color_order(colors: np.ndarray, pixels: np.ndarray, ties: np.ndarray, order: str = "share") -> np.ndarray:
    """Put colours in order.

    They are compared as palette.csv has them, rounded, so that the last digit of an arctangent, which is not the same
    on every processor, decides over nothing.

    Parameters
    ----------
    colors : (k, 3) uint8
        sRGB.
    pixels : (k,) int64
        Pixels of each.
    ties : (k, n)
        What decides between colours that are otherwise equal, the lowest first, column by column.
    order
        ``share``: most pixels first; ``lightness``: highest CIELAB L* first; ``hue``: by the OKLCH hue, rising from 0°,
        then the greys; of one hue, and of greys, lightest first. What is equal in that has most pixels first.

    Returns
    -------
    (k,) int64
        Place of each colour of the sorted palette in `colors`.
    """
    keys: tuple[np.ndarray, ...] = ()
    if order != "share":
        keys = (-np.round(to_space(colors, "lab")[:, 0], 2),)
    if order == "hue":
        _, chroma, hue = oklch(colors).T
        is_grey = np.round(chroma, 5) < _GREY
        keys = (*keys, np.where(is_grey, 0, np.round(hue, 2) % 360), is_grey)
    return np.lexsort((*ties.T[::-1], -pixels, *keys))

"""A colour table as K-means sees it: weighted points in a space."""

import numpy as np

from photopalette.color.spaces import to_space, to_srgb
from photopalette.color.table import ColorTable


class Points:
    """The colours of an image in a space, each with a weight.

    Parameters
    ----------
    table
        The image's colour table.
    space
        Where distances and means are taken: ``rgb``, ``lab`` or ``oklab``.
    weight_exponent
        Power of its pixels that a colour weighs: 1 counts pixels, 0 every colour once.

    Attributes
    ----------
    places : (U, 3) float64
        Of the colours in the space; sRGB is on the 0–255 scale.
    weights : (U,) float64
        Rounded to single precision where they are powers, because the last digits of those differ between processors.
    """

    def __init__(self, table: ColorTable, space: str = "rgb", weight_exponent: float = 1.0):
        self.table, self.space, self.weight_exponent = table, space, weight_exponent
        self.places, self.weights = self.place(table.colors), table.counts.astype(np.float64)
        if weight_exponent != 1:
            self.weights = (self.weights**weight_exponent).astype(np.float32).astype(np.float64)

    def place(self, colors: np.ndarray) -> np.ndarray:
        """Place sRGB colours, (n, 3) uint8, in the space; (n, 3) float64."""
        return to_space(colors, self.space)

    def nearest_colors(self, places: np.ndarray) -> np.ndarray:
        """Find the 8-bit sRGB colours, (n, 3) uint8, that are nearest to places in the space, (n, 3) float64."""
        return to_srgb(places, self.space)

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
        Power of its pixels that a colour weighs: 1 counts pixels, 0 every colour once. With a grey mask, it is that of
        what its pixels weigh together, 255 for a full one.

    Attributes
    ----------
    places : (U, 3) float64
        Of the colours in the space; sRGB is on the 0–255 scale.
    weights : (U,) float64
        Rounded to single precision where they are powers, because the last digits of those differ between processors.
    counts_pixels : bool
        Whether the weights are the numbers of pixels, so that what a fit minimizes is the picture's inertia.
    """

    def __init__(self, table: ColorTable, space: str = "rgb", weight_exponent: float = 1.0):
        self.table, self.space, self.weight_exponent = table, space, weight_exponent
        self.places = self.place(table.colors)
        self.counts_pixels = table.weights is None and weight_exponent == 1
        self.weights = (table.counts if table.weights is None else table.weights).astype(np.float64)
        if weight_exponent != 1:
            self.weights = (self.weights**weight_exponent).astype(np.float32).astype(np.float64)

    def place(self, colors: np.ndarray) -> np.ndarray:
        """Place sRGB colours, (n, 3) uint8, in the space; (n, 3) float64."""
        return to_space(colors, self.space)

    def nearest_colors(self, places: np.ndarray) -> np.ndarray:
        """Find the 8-bit sRGB colours, (n, 3) uint8, that are nearest to places in the space, (n, 3) float64."""
        return to_srgb(places, self.space)

"""Figures without axes: pictures and lines of text on white.

Only matplotlib's fonts are used: importing its figures takes longer than drawing one of these.
"""

from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font, LoadFlags
from PIL import Image

DPI = 200
GREY, INK = "#8A8A8A", "#222222"
_HAIRLINE, _FRAME = 2, (208, 208, 208)  # pixels, RGB
_INCH = 72  # points

# The share of a line that is to the left of the place where it is written.
_BEFORE = {"left": 0, "center": 0.5, "right": 1}


class Line(NamedTuple):
    """A line of text, its size in points, and the pixels that it takes up: left, top, right and bottom."""

    text: str
    points: float
    box: tuple[int, int, int, int]


class Canvas:
    """A white picture to draw on, in pixels from its upper left corner.

    Parameters
    ----------
    width, height
        Size in pixels.
    """

    def __init__(self, width: int, height: int):
        self.image = Image.new("RGB", (width, height), "white")
        self.lines: list[Line] = []  # what has been written

    def fill(self, left: int, top: int, width: int, height: int, color: str | tuple[int, int, int]) -> None:
        """Fill a rectangle."""
        self.image.paste(color, (left, top, left + width, top + height))

    def place(self, pixels: np.ndarray, left: int, top: int) -> None:
        """Place a picture, (h, w, 3) uint8, pixel by pixel."""
        self.image.paste(Image.fromarray(pixels), (left, top))

    def place_framed(self, pixels: np.ndarray, left: int, top: int) -> None:
        """Place a picture with a hairline around it that shows where it ends, as a white one would vanish on white."""
        height, width = pixels.shape[:2]
        self.fill(left - _HAIRLINE, top - _HAIRLINE, width + 2 * _HAIRLINE, height + 2 * _HAIRLINE, _FRAME)
        self.place(pixels, left, top)

    def write(
        self,
        text: str,
        x: int,
        baseline: int,
        points: float,
        *,
        bold: bool = False,
        color: str = INK,
        align: str = "left",
    ) -> Line:
        """Write a line of text, and return it with its place.

        Parameters
        ----------
        text
            The line, in letters of DejaVu Sans.
        x, baseline
            Place of its left end, its center or its right end, whichever `align` names, and of the feet of its letters.
        points
            Font size.
        bold, color
            Look of the letters.
        align
            ``left``, ``center`` or ``right``.
        """
        font = _font(bold)
        font.set_size(points, DPI)
        font.set_text(text, flags=LoadFlags.DEFAULT)
        font.draw_glyphs_to_bitmap()
        # As matplotlib places it, in 64ths of a pixel: the picture of a line ends a pixel below its lowest letters.
        letters = np.asarray(font.get_image())
        height, width = letters.shape
        left = x + round((font.get_bitmap_offset()[0] - _BEFORE[align] * font.get_width_height()[0]) / 64)
        top = baseline + round(font.get_descent() / 64) + 1 - height
        if text:
            self.image.paste(color, (left, top), Image.fromarray(letters))
        self.lines.append(Line(text, points, (left, top, left + width, top + height)))
        return self.lines[-1]

    def save(self, file: str | Path | BinaryIO, runs: bool = False) -> None:
        """Save the picture as a PNG.

        Parameters
        ----------
        file
            Its path, or a file that is open.
        runs
            Whether it is mostly runs of equal pixels, which zlib's strategy for them encodes faster and in fewer bytes.
        """
        self.image.save(file, "png", dpi=(DPI, DPI), **({"compress_type": Image.RLE} if runs else {}))


def to_pixels(points: float) -> int:
    """Convert points to pixels."""
    return round(points * DPI / _INCH)


@cache
def _font(bold: bool) -> FT2Font:
    """Load the font of all figures, which comes with matplotlib."""
    return FT2Font(Path(get_data_path(), "fonts/ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))

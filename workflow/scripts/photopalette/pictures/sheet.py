"""Grids of pictures, and the sheet on which photos that are studied together are laid out."""

import json
import math
from collections.abc import Mapping
from typing import NamedTuple

from PIL import Image
from PIL.PngImagePlugin import PngInfo

_SLIDE_ASPECT = 16 / 10
_GAP = 8  # pixels between photos
_KEY = "photos"  # of the text in the sheet's PNG that says where they are


class Place(NamedTuple):
    """Place of a photo on its sheet, in pixels."""

    left: int
    top: int
    width: int
    height: int

    def box(self) -> tuple[int, int, int, int]:
        """Return the left, upper, right and lower edge."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def grid(panels: int, aspect: float, columns: int | None = None) -> tuple[int, int]:
    """Choose the rows and columns of a grid.

    Parameters
    ----------
    panels
        Number of panels.
    aspect
        Width over height of a panel.
    columns
        Panels in a row; None to choose a grid that is shaped like a slide and has few empty places.

    Returns
    -------
    tuple of int
        Rows, columns.
    """
    if columns:
        return math.ceil(panels / columns), min(columns, panels)

    def cost(columns: int) -> float:
        rows = math.ceil(panels / columns)
        empty = rows * columns / panels - 1
        alone = rows > 1 and columns > 1 and panels % columns == 1  # a single panel in the last row
        return abs(math.log(columns * aspect / (rows * _SLIDE_ASPECT))) + 2 * empty + 0.5 * alone

    best = min(range(1, panels + 1), key=cost)
    return math.ceil(panels / best), best


def lay_out(photos: Mapping[str, Image.Image]) -> tuple[Image.Image, dict[str, Place]]:
    """Lay photos out on a sheet.

    Parameters
    ----------
    photos
        Images of mode RGB, or of RGBA with alpha of 0 and 255, by name.

    Returns
    -------
    sheet : Image
        Of mode RGBA, transparent between the photos; a single photo is its own sheet.
    places
        Where each photo is.
    """
    width, height = (max(size) for size in zip(*(photo.size for photo in photos.values()), strict=True))
    rows, columns = grid(len(photos), width / height)
    across, down = width + _GAP, height + _GAP
    places = {}
    for number, (name, photo) in enumerate(photos.items()):
        row, column = divmod(number, columns)
        left, top = column * across + (width - photo.width) // 2, row * down + (height - photo.height) // 2
        places[name] = Place(left, top, *photo.size)
    if len(photos) == 1:
        return next(iter(photos.values())), places
    sheet = Image.new("RGBA", (columns * across - _GAP, rows * down - _GAP))
    for name, photo in photos.items():
        sheet.paste(photo, places[name][:2])
    return sheet, places


def note(places: Mapping[str, Place]) -> PngInfo:
    """Write the places of the photos as a text chunk for the sheet's PNG."""
    info = PngInfo()
    info.add_text(_KEY, json.dumps(places))
    return info


def read_places(sheet: Image.Image) -> dict[str, Place]:
    """Read the places of the photos from a sheet; a picture that is not one has none."""
    return {name: Place(*place) for name, place in json.loads(sheet.info.get(_KEY, "{}")).items()}

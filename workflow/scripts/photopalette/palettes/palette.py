"""Tables, files and pictures of palettes."""

import colorsys
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photopalette.color.names import name_colors
from photopalette.color.spaces import luminance, oklch, to_space
from photopalette.color.table import hex_codes
from photopalette.files.pictures import lift_limit
from photopalette.files.tables import to_shares
from photopalette.palettes.formats import palette_files

_SWATCH = (1600, 320)  # pixels
_FONT_SIZE = 34
_HAIRLINE = 2  # pixels
_FEW = 12  # colours, at most, whose codes fit in the strip
_COLUMNS = 16  # of the grid, at most


def palette_rows(
    palette: np.ndarray, pixels: np.ndarray, names: Sequence[str] | None = None, kept: np.ndarray | None = None
) -> list[dict[str, Any]]:
    """Tabulate a palette, one row per colour, with the columns that results/README.md describes for ``palette.csv``.

    Parameters
    ----------
    palette : (k, 3) uint8
        Colours, in their order.
    pixels : (k,) int64
        Pixels of each.
    names
        Of each; by default, of the survey's nearest colour.
    kept : (k,) bool
        Which the config asks to keep; None if it asks for none.
    """
    columns = {
        "cluster": range(len(palette)),
        "hex": hex_codes(palette),
        "name": name_colors(palette) if names is None else names,
        **dict(zip("rgb", palette.T.tolist(), strict=True)),
        "hsl": [_hsl(*color) for color in palette.tolist()],
        "lab": _round(to_space(palette, "lab"), 2, 2, 2).tolist(),
        "oklch": (_round(oklch(palette), 5, 5, 2) % [np.inf, np.inf, 360]).tolist(),
        "luminance": np.round(luminance(palette), 5).tolist(),
        "pixels": pixels.tolist(),
        "share": to_shares(pixels.tolist(), 6),
        **({} if kept is None else {"kept": kept.tolist()}),
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def tabulate_palette(clusters: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Tabulate the palette of a fit, from the arrays of clusters.npz, as :func:`palette_rows` does."""
    return palette_rows(clusters["palette"], clusters["pixels"], kept=clusters.get("kept"))


def _round(numbers: np.ndarray, *digits: int) -> np.ndarray:
    """Round each column to a number of digits, without negative zeros."""
    return np.column_stack([np.round(column, n) for column, n in zip(numbers.T, digits, strict=True)]) + 0.0


def _hsl(*color: int) -> list[float]:
    """Convert sRGB to hue in degrees, and saturation and lightness in percent."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in color))
    return [round(360 * hue, 1) % 360, round(100 * saturation, 1), round(100 * lightness, 1)]


def write_palette(folder: str | Path, rows: list[dict[str, Any]], image: str) -> None:
    """Write a palette in every format, ``palette.csv`` and so on, and as a picture, ``palette.png``.

    Parameters
    ----------
    folder
        Folder to write to.
    rows
        The palette, see :func:`palette_rows`.
    image
        The image's name.
    """
    for suffix, content in palette_files(rows, image).items():
        Path(folder, f"palette.{suffix}").write_bytes(content)
    draw_swatches(rows).save(Path(folder, "palette.png"))


def draw_swatches(rows: list[dict[str, Any]]) -> Image.Image:
    """Draw a palette as a strip in which widths show shares, with hex codes, turned upright if they fit only so.

    With more than a dozen colours, for some of which no code fits, a grid of equal swatches below has all the codes.
    """
    lift_limit()
    width, height = _SWATCH
    edges = np.rint(np.cumsum([0, *(row["pixels"] for row in rows)]) / sum(row["pixels"] for row in rows) * width)
    columns = min(math.ceil(math.sqrt(2 * len(rows))), _COLUMNS) if len(rows) > _FEW else 0
    side = width // columns if columns else 0
    cell = side, max(side // 2, 60)
    strip = height // 2 if columns else height
    image = Image.new("RGB", (width, strip + (math.ceil(len(rows) / columns) * cell[1] if columns else 0)), "white")
    for row, left, right in zip(rows, edges[:-1].astype(int), edges[1:].astype(int), strict=True):
        if left < right:
            _draw_swatch(image, row, (left, 0, right, strip), _FONT_SIZE, written=not columns)
    for place, row in enumerate(rows if columns else ()):
        left, top = place % columns * cell[0], strip + place // columns * cell[1]
        box = (left, top, left + cell[0], top + cell[1])
        _draw_swatch(image, row, box, min(_FONT_SIZE, side // 5), written=True)
        _outline(image, box)
    _outline(image, (0, 0, width, strip))
    return image


def _outline(image: Image.Image, box: tuple[int, int, int, int]) -> None:
    """Draw a hairline along the edge of a box, a quarter of it grey: one around white shows on white."""
    left, top, right, bottom = box
    for edge in (
        *((left, top, right, top + _HAIRLINE), (left, bottom - _HAIRLINE, right, bottom)),
        *((left, top, left + _HAIRLINE, bottom), (right - _HAIRLINE, top, right, bottom)),
    ):
        part = image.crop(edge)
        image.paste(Image.blend(part, Image.new("RGB", part.size, "#808080"), 0.25), edge)


def _draw_swatch(
    image: Image.Image, row: dict[str, Any], box: tuple[int, int, int, int], size: int, written: bool
) -> None:
    left, top, right, bottom = box
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=row["hex"])
    if not written:
        return
    # Rec. 709 luma decides between black and white text.
    light = 0.2126 * row["r"] + 0.7152 * row["g"] + 0.0722 * row["b"] > 140
    long, short = int(draw.textlength(row["hex"], font)) + 16, size + 12
    label = Image.new("L", (long, short))
    ImageDraw.Draw(label).text((long / 2, short / 2), row["hex"], 255, font, anchor="mm")
    if right - left < long:
        label = label.rotate(90, expand=True)
    if right - left >= label.width:
        at = ((left + right - label.width) // 2, (top + bottom - label.height) // 2)
        image.paste("black" if light else "white", at, label)

"""Show the original and its reconstruction for every k side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photopalette.color.table import count_colors, load_table
from photopalette.figures.canvas import Canvas, to_pixels
from photopalette.files.pictures import open_picture
from photopalette.pictures.indexed import panel
from photopalette.pictures.sheet import grid
from photopalette.run.job import run

_PANEL = 640  # pixels of a panel's longer side, at most
_FIGURE = 12_000  # pixels of the montage's longer side, at most
_MARGIN, _TITLE, _STRIP, _GAP = 36, 64, 26, 10  # pixels
_LIFT = 14  # pixels of a title's letters above their panel
_WORDS = 150  # pixels in width that the words at a panel need, however narrow the picture is


def palette_strip(image: Image.Image, width: int) -> np.ndarray:
    """Draw the palette of an indexed image, (strip height, width, 3) uint8, in widths by share of pixels."""
    # Without the transparent entry of a cut-out, which is the last.
    counts = np.asarray(image.histogram()[: image.info.get("transparency", 256)])
    edges = np.rint(np.cumsum(counts) / counts.sum() * width).astype(int)
    indices = np.searchsorted(edges, np.arange(width), side="right")
    palette = np.frombuffer(image.palette.tobytes(), np.uint8).reshape(-1, 3)
    return np.broadcast_to(palette[indices], (_STRIP, width, 3))


def montage(
    original: Image.Image, colors: int, reconstructions: Mapping[int, str | Path], columns: int | None = None
) -> Canvas:
    """Draw the figure: a panel for the original and one for each k, above its palette.

    Parameters
    ----------
    original
        Mode RGB, or RGBA for a cut-out.
    colors
        Distinct colours of the original.
    reconstructions
        Indexed PNG for each k; they are opened one after the other to save memory.
    columns
        See :func:`grid`.
    """
    aspect = max(original.width / original.height, _WORDS / _PANEL)
    rows, columns = grid(len(reconstructions) + 1, aspect, columns)
    limit = min(_PANEL, _FIGURE // max(rows, columns) - _MARGIN)
    first = panel(original, limit)
    height, width = first.shape[:2]
    step_x, step_y = max(width, _WORDS) + _MARGIN, _TITLE + height + _GAP + _STRIP + _MARGIN
    canvas = Canvas(columns * step_x + _MARGIN, rows * step_y + _MARGIN // 2)
    size = max(7, min(13, width / 30))
    for number, (k, path) in enumerate([(None, None), *reconstructions.items()]):
        row, column = divmod(number, columns)
        left, top = _MARGIN + column * step_x, row * step_y + _TITLE
        title, foot = top - _LIFT, top + height + _GAP
        if path is None:
            canvas.place_framed(first, left, top)
            canvas.write("original", left, title, size, bold=True)
            canvas.write(count_colors(colors), left, foot + to_pixels(0.6 * size), 0.75 * size)
            continue
        canvas.write(f"k = {k}", left, title, size, bold=True)
        # Narrower panels have no room beside the title.
        if k > colors and width >= 26 * size:
            note = f"all {count_colors(colors)}" if colors > 1 else "1 colour"
            canvas.write(note, left + width, title, 0.75 * size, align="right")
        with open_picture(path) as image:
            canvas.place_framed(panel(image, limit), left, top)
            canvas.place_framed(palette_strip(image, width), left, foot)
    return canvas


def main(snakemake: Any) -> None:
    reconstructions = dict(zip(snakemake.params.n_clusters, snakemake.input.reconstructed, strict=True))
    colors = len(load_table(snakemake.input.pixels, index=False).colors)
    columns = snakemake.params.montage["columns"]
    montage(open_picture(snakemake.input.resized), colors, reconstructions, columns).save(snakemake.output[0])


if __name__ == "__main__":
    run(main, snakemake)

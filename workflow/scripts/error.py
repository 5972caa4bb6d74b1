"""Draw a map of the colour difference of every pixel for each k, on one scale for all."""

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from photopalette.color.inferno import INFERNO
from photopalette.color.table import count_colors, load_table
from photopalette.figures.canvas import DPI, INK, Canvas
from photopalette.figures.titles import fit, name_in_figures
from photopalette.files.checksum import sha256_of
from photopalette.pictures.indexed import on_checkerboard, panel, read_indexed, resize_map
from photopalette.quality.metrics import DELTA_E_MAX, DELTA_E_TICKS, Reference, delta_e, pair_colors, weighted_quantile
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import run
from photopalette.run.packages import KERNELS

_PACKAGES = ("matplotlib", "numpy", "pillow", *KERNELS)
_PANEL = 1280  # pixels of the map's longer side, at most
_MARGIN, _TITLE, _BAR, _TICKS, _FOOT = 40, 170, 36, 230, 155  # pixels
_NARROW = 780  # pixels in width that the text needs
_LOW = 560  # pixels in height below which the ticks of a colour bar beside the map would collide
_TICK, _LINE = 10, 2  # pixels: length of a tick, and of the space between it and its label; its thickness


def shades(difference: np.ndarray) -> np.ndarray:
    """Colour differences, (h, w), in the colours of the scale, (h, w, 3) uint8; NaN shows a checkerboard."""
    places = np.nan_to_num(difference) * (len(INFERNO) / DELTA_E_MAX)
    shown = INFERNO[np.minimum(places, len(INFERNO) - 1).astype(np.uint8)]
    missing = np.isnan(difference)
    if not missing.any():
        return shown
    return on_checkerboard(np.dstack([shown, np.where(missing, 0, 255).astype(np.uint8)]))


def error_map(difference: np.ndarray, title: str, note: str = "") -> Canvas:
    """Draw a map of colour differences with a colour bar beside it, or below if the map is low.

    Parameters
    ----------
    difference : (h, w) float32
        CIEDE2000 of each pixel, NaN for pixels that do not count. A map larger than the figure shows the means of
        blocks.
    title, note
        Title of the figure, and a line below it.
    """
    shown = shades(resize_map(difference, lambda image: panel(image, _PANEL)))
    height, width = shown.shape[:2]
    low = height < _LOW
    total = max(_NARROW, 2 * _MARGIN + width + (0 if low else _BAR + _TICKS))
    canvas = Canvas(total, _TITLE + height + (_FOOT if low else _MARGIN))
    canvas.place_framed(shown, _MARGIN, _TITLE)
    (_draw_bar_below if low else _draw_bar_beside)(canvas, width, height)
    room = (total - 2 * _MARGIN) / DPI
    for text, largest, baseline, bold in ((title, 11, 60, True), (note, 9, 107, False)):
        text, size = fit(text, room, largest)
        canvas.write(text, _MARGIN, baseline, size, bold=bold)
    return canvas


def _scale(length: int) -> np.ndarray:
    """Draw the scale from left to right, (1, length, 3) uint8."""
    return shades((np.arange(length) + 0.5)[None] * (DELTA_E_MAX / length))


def _draw_bar_beside(canvas: Canvas, width: int, height: int) -> None:
    """Draw the colour bar to the right of a map, with its labels."""
    left = _MARGIN + width + _MARGIN // 2
    canvas.place(_scale(height)[:, ::-1].swapaxes(0, 1).repeat(_BAR, axis=1), left, _TITLE)
    canvas.write("ΔE2000", left, _TITLE - 17, 9)
    right = left + _BAR
    for at, label in DELTA_E_TICKS.items():
        place = _TITLE + round(height * (1 - at / DELTA_E_MAX))
        canvas.fill(right, place - _LINE // 2, _TICK, _LINE, INK)
        canvas.write(label, right + 2 * _TICK, place + 8, 8)


def _draw_bar_below(canvas: Canvas, width: int, height: int) -> None:
    """Draw the colour bar below a map, with its labels."""
    top = _TITLE + height + _MARGIN // 2
    canvas.place(_scale(width).repeat(_BAR, axis=0), _MARGIN, top)
    foot = top + _BAR
    ends = {0: "left", DELTA_E_MAX: "right"}
    for at in DELTA_E_TICKS:
        place = _MARGIN + round(width * at / DELTA_E_MAX)
        canvas.fill(place - _LINE // 2, foot, _LINE, _TICK, INK)
        label = f"{at:g}+" if at == DELTA_E_MAX else f"{at:g}"
        canvas.write(label, place, foot + 36, 8, align=ends.get(at, "center"))
    canvas.write("ΔE2000 (1 is just noticeable)", _MARGIN + width // 2, foot + 73, 9, align="center")


def draw(reference: Reference, image: str, k: int, reconstructed: str) -> bytes:
    """Draw the map of an image's reconstruction in k colours, an indexed PNG, and encode the figure as a PNG."""
    table = reference.table
    pairs = pair_colors(table, *read_indexed(reconstructed))
    difference = delta_e(reference, pairs)
    mean, high = np.average(difference, weights=pairs.counts), weighted_quantile(difference, pairs.counts, 0.95)
    note = f"mean ΔE {mean:.1f}; 95 % of the pixels are below {high:.1f}"
    if k >= len(table.colors) and not difference.any():  # colours that are kept may leave no room for all
        note = f"an exact copy in {count_colors(len(table.colors))}"
    file = io.BytesIO()
    shown = table.spread(difference.astype(np.float32)[pairs.index], np.nan)
    is_enlarged = max(shown.shape) <= _PANEL // 2
    error_map(shown, f"{image}: colour difference at k = {k}", note).save(file, runs=is_enlarged)
    return file.getvalue()


def main(snakemake: Any) -> None:
    reference = Reference(load_table(snakemake.input.pixels))
    image, pixels = snakemake.wildcards.image, sha256_of(snakemake.input.pixels)
    name = name_in_figures(snakemake.params.title, image)
    k_list, pictures = snakemake.params.n_clusters, snakemake.input.reconstructed
    cache = Cache(FOLDER / "error" / image, snakemake.params.code, name, pixels, packages=_PACKAGES)
    for k, picture, output in zip(k_list, pictures, snakemake.output, strict=True):
        content = cache.get(partial(draw, reference, name, k, picture), k, Path(picture).read_bytes())
        Path(output).write_bytes(content)
    cache.delete_unused()


if __name__ == "__main__":
    run(main, snakemake)

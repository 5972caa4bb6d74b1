"""Draw a map of the colour difference of every pixel for each k, on one scale for all."""

import io
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from photopalette.color.table import count_colors, load_table
from photopalette.figures.style import DPI, fit, place
from photopalette.figures.titles import name_in_figures
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


def error_map(difference: np.ndarray, title: str, note: str = "") -> Figure:
    """Draw a map of colour differences with a colour bar beside it, or below if the map is low.

    Parameters
    ----------
    difference : (h, w) float32
        CIEDE2000 of each pixel, NaN for pixels that do not count. A map larger than the figure shows the means of
        blocks.
    title, note
        Title of the figure, and a line below it.
    """
    scale = ScalarMappable(Normalize(0, DELTA_E_MAX), colormaps["inferno"])
    shown = scale.to_rgba(resize_map(difference, lambda image: panel(image, _PANEL)), bytes=True)
    height, width = shown.shape[:2]
    low = height < _LOW
    foot = _FOOT if low else _MARGIN
    total = (max(_NARROW, 2 * _MARGIN + width + (0 if low else _BAR + _TICKS)), foot + height + _TITLE)
    figure = Figure(figsize=(total[0] / DPI, total[1] / DPI), dpi=DPI)
    place(figure, shown if shown[..., 3].all() else on_checkerboard(shown), _MARGIN, foot)
    if low:
        box = (_MARGIN, foot - _MARGIN // 2 - _BAR, width, _BAR)
    else:
        box = (_MARGIN + width + _MARGIN // 2, foot, _BAR, height)
    axes = figure.add_axes([length / total[side % 2] for side, length in enumerate(box)])
    bar = figure.colorbar(scale, cax=axes, ticks=list(DELTA_E_TICKS), orientation="horizontal" if low else "vertical")
    bar.outline.set_visible(False)
    axes.grid(visible=False)
    if low:
        ends = {0: "left", DELTA_E_MAX: "right"}
        labels = [f"{at:g}" for at in DELTA_E_TICKS]
        bar.ax.set_xticklabels([*labels[:-1], f"{labels[-1]}+"], fontsize=8)
        for at, label in zip(DELTA_E_TICKS, bar.ax.get_xticklabels(), strict=True):
            label.set_horizontalalignment(ends.get(at, "center"))
        axes.set_xlabel("ΔE2000 (1 is just noticeable)", fontsize=9)
    else:
        bar.ax.set_yticklabels(DELTA_E_TICKS.values(), fontsize=8)
        axes.set_title("ΔE2000", fontsize=9, pad=6, loc="left")
    room = (total[0] - 2 * _MARGIN) / DPI
    for text, size, drop, weight in ((title, 11, 36, "bold"), (note, 9, 88, "normal")):
        text, size = fit(text, room, size)
        corner = (_MARGIN / total[0], (total[1] - drop) / total[1])
        figure.text(*corner, text, fontsize=size, fontweight=weight, va="top")
    return figure


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
    error_map(shown, f"{image}: colour difference at k = {k}", note).savefig(file)
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

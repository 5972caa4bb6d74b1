"""Show where each reconstruction hurts: the colour difference of every pixel, on one scale for all k."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from _colors import count_colors, load_table
from _images import on_checkerboard, over_counted, panel, read_indexed
from _job import run
from _kept import FOLDER, Kept
from _metrics import DELTA_E_MAX, DELTA_E_TICKS, Reference, delta_e, pair_colors, weighted_quantile
from _style import DPI

_PACKAGES = ("matplotlib", "numpy", "pillow")
_PANEL = 1280  # pixels of the map's longer side, at most
_MARGIN, _TITLE, _BAR, _TICKS = 40, 100, 36, 230  # pixels


def error_map(difference: np.ndarray, title: str) -> Figure:
    """Draw a map of colour differences with the colour bar that all maps share.

    Parameters
    ----------
    difference : (h, w) float32
        CIEDE2000 of each pixel, NaN where it does not count. A map larger than the figure shows the means of its
        blocks.
    title
        Text above.
    """
    scale = ScalarMappable(Normalize(0, DELTA_E_MAX), colormaps["inferno"])
    shown = scale.to_rgba(over_counted(difference, lambda image: panel(image, _PANEL)), bytes=True)
    height, width = shown.shape[:2]
    total = (2 * _MARGIN + width + _BAR + _TICKS, _MARGIN + height + _TITLE)
    figure = Figure(figsize=(total[0] / DPI, total[1] / DPI), dpi=DPI)
    figure.figimage(shown if shown[..., 3].all() else on_checkerboard(shown), _MARGIN, _MARGIN)
    left = _MARGIN + width + _MARGIN // 2
    axes = figure.add_axes((left / total[0], _MARGIN / total[1], _BAR / total[0], height / total[1]))
    bar = figure.colorbar(scale, cax=axes, ticks=list(DELTA_E_TICKS))
    bar.ax.set_yticklabels(DELTA_E_TICKS.values(), fontsize=8)
    bar.outline.set_visible(False)
    axes.grid(visible=False)
    axes.set_title("ΔE2000", fontsize=9, pad=8, loc="left")
    figure.text(_MARGIN / total[0], (total[1] - 0.6 * _TITLE) / total[1], title, fontsize=11, fontweight="bold")
    return figure


def draw(reference: Reference, k: int, reconstructed: str) -> bytes:
    """Draw the map of a reconstruction, an indexed PNG that was asked for with k colours; a PNG."""
    table = reference.table
    pairs = pair_colors(table, *read_indexed(reconstructed))
    difference = delta_e(reference, pairs)
    mean, high = np.average(difference, weights=pairs.counts), weighted_quantile(difference, pairs.counts, 0.95)
    title = f"k = {k}: mean ΔE {mean:.1f}, 95 % of the pixels below {high:.1f}"
    if k >= len(table.colors):
        title = f"k = {k}: an exact copy in {count_colors(len(table.colors))}"
    file = io.BytesIO()
    error_map(table.spread(difference.astype(np.float32)[pairs.index], np.nan), title).savefig(file)
    return file.getvalue()


def main(snakemake: Any) -> None:
    reference = Reference(load_table(snakemake.input.pixels))
    with open(snakemake.input.pixels, "rb") as file:
        pixels = hashlib.file_digest(file, "sha256").hexdigest()
    kept = Kept(FOLDER / "error" / snakemake.wildcards.image, snakemake.params.code, pixels, packages=_PACKAGES)
    for k, reconstructed, output in zip(
        snakemake.params.n_clusters, snakemake.input.reconstructed, snakemake.output, strict=True
    ):
        key = kept.key(k, Path(reconstructed).read_bytes())
        if (content := kept.read(key)) is None:
            kept.write(key, content := draw(reference, k, reconstructed))
        Path(output).write_bytes(content)
    kept.forget_the_rest()


if __name__ == "__main__":
    run(main, snakemake)

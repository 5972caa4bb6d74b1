"""Draw the silhouette plot of every k: the sorted silhouettes of each cluster, in its colour."""

import hashlib
import io
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from photopalette.color.table import count_colors, hex_codes
from photopalette.figures.style import GREY, INK, SLIDE, save
from photopalette.figures.titles import fit, name_in_figures
from photopalette.files.tables import read_rows
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import run

_PACKAGES = ("matplotlib", "numpy", "pillow")
_GAP = 0.012  # gap between two clusters, at most, as a share of the height
_OUTLINED = 64  # clusters that have outlines, at most
_LABEL = 0.045  # distance between labels, at least, as a share of the height
_PLACE = (0.175, 0.14, 0.8, 0.7)  # place of the axes in the figure: left, bottom, width, height


def plot_silhouettes(title: str, palette: np.ndarray, quantiles: np.ndarray, pixels: np.ndarray, mean: float) -> Figure:
    """Draw the silhouette plot of one clustering (Rousseeuw 1987); heights show the pixels of each cluster.

    Parameters
    ----------
    title
        Title of the figure.
    palette : (k, 3) uint8
        Colour of each cluster.
    quantiles : (k, q) float
        Silhouette coefficients of each cluster's pixels, at even steps, ascending; NaN for a cluster without pixels.
    pixels : (k,) int
        Pixels of each cluster.
    mean
        Mean silhouette coefficient of all pixels.
    """
    figure, axes = _frame(title)
    shares = pixels / pixels.sum()
    gap, line = (min(_GAP, 0.2 / len(palette)), 0.6) if len(palette) <= _OUTLINED else (0, 0)
    tops = 1 - np.cumsum(shares) + shares - gap * np.arange(len(palette))
    drawn = [cluster for cluster in range(len(palette)) if pixels[cluster]]
    outlines = []
    for cluster in drawn:
        heights = tops[cluster] - shares[cluster] * np.linspace(1, 0, quantiles.shape[1])
        edge = np.column_stack([quantiles[cluster], heights])
        outlines.append(np.vstack([(0, heights[0]), edge, (0, heights[-1])]))
    colors = hex_codes(palette[drawn])
    # Pale clusters need an outline on white; with very many clusters, only outlines would be left.
    axes.add_collection(PolyCollection(outlines, facecolors=colors, edgecolors=INK, linewidths=line, zorder=2))
    low = min(-0.2, math.floor(5 * np.nanmin(quantiles)) / 5)
    axes.set(xlim=(low, 1.004), ylim=(min(tops[-1] - shares[-1], 0) - 0.01, 1.01))
    axes.axvline(0, color=INK, linewidth=0.8, zorder=3)
    # Visible on clusters of any colour.
    axes.axvline(mean, color="white", linewidth=3.5, zorder=4)
    axes.axvline(mean, color=INK, linewidth=1.8, linestyle=(0, (4, 3)), zorder=5)
    place = "right" if mean > 0.85 else "center"
    axes.text(mean, 1.015, f"mean {mean:.3f}", transform=axes.get_xaxis_transform(), ha=place, fontweight="bold")
    middles, labels, room, step = [], [], 1.0, _LABEL * np.ptp(axes.get_ylim())
    for cluster in drawn:
        middle = tops[cluster] - shares[cluster] / 2
        if shares[cluster] >= 0.5 * step and middle <= room:
            middles.append(middle)
            labels.append(f"{hex_codes(palette[[cluster]])[0]} {100 * shares[cluster]:3.0f} %")
            room = middle - step
    axes.set_yticks(middles, labels, fontsize=10, fontfamily="monospace")
    return figure


def no_silhouette(title: str, why: str) -> Figure:
    """Draw a figure that says why there is no plot."""
    figure, axes = _frame(title)
    axes.set_axis_off()
    axes.text(0.5, 0.5, why, transform=axes.transAxes, ha="center", va="center", color=GREY)
    return figure


def _frame(title: str) -> tuple[Figure, Any]:
    # No layout engine, which would take as long as everything else: the labels have a fixed width.
    figure = Figure(figsize=SLIDE)
    axes = figure.add_axes(_PLACE)
    title, size = fit(title, _PLACE[2] * SLIDE[0], 15)
    axes.set_title(title, pad=26, fontsize=size)
    axes.set(xlabel="silhouette coefficient", ylabel="pixels of each cluster")
    axes.yaxis.set_label_coords(-0.185, 0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    return figure, axes


def draw(image: str, k: int, palette: np.ndarray, row: dict[str, str], found: Sequence[np.ndarray]) -> bytes:
    """Draw the figure of one k, a PNG, from its palette, row of silhouette.csv and arrays of silhouettes.npz."""
    count = len(palette)
    title = f"{image}: silhouettes at k = {k}"
    if 1 < count < k:
        title = f"{title}, {count_colors(count)}"
    if not found:
        why = "One cluster has no silhouette:\nit compares each pixel's own cluster with the nearest other one."
        figure = no_silhouette(title, why)
    else:
        if row["silhouette_exact"] != "True":
            title += " (estimated on a sample)"
        figure = plot_silhouettes(title, palette, *found, float(row["silhouette"]))
    file = io.BytesIO()
    save(figure, file)
    return file.getvalue()


def main(snakemake: Any) -> None:
    image = snakemake.wildcards.image
    name = name_in_figures(snakemake.params.title, image)
    rows = {int(row["k"]): row for row in read_rows(snakemake.input.csv)}
    with np.load(snakemake.input.npz, allow_pickle=False) as archive:
        arrays = dict(archive)
    k_list, fits = snakemake.params.n_clusters, snakemake.input.clusters
    cache = Cache(FOLDER / "silhouette_plot" / image, snakemake.params.code, name, packages=_PACKAGES)
    for k, path, output in zip(k_list, fits, snakemake.output, strict=True):
        with np.load(path, allow_pickle=False) as clusters:
            palette = clusters["palette"]
        found = [arrays[name] for name in (f"k{k}", f"k{k}_pixels") if name in arrays]
        digest = hashlib.sha256(b"".join(array.tobytes() for array in (palette, *found))).hexdigest()
        content = cache.get(partial(draw, name, k, palette, rows[k], found), k, digest, *rows[k].values())
        Path(output).write_bytes(content)
    cache.delete_unused()


if __name__ == "__main__":
    run(main, snakemake)

"""One style for all matplotlib figures: readable on a slide, safe for colour-blind eyes."""

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator
from PIL import Image

from photopalette.figures.canvas import DPI, GREY, INK

# Okabe and Ito's palette (2008), distinguishable with every common colour-vision deficiency.
BLUE, ORANGE = "#0072B2", "#D55E00"

CYCLE = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

SLIDE = (8.0, 4.5)  # inches, 16:9
_TICKS = 16  # of k, at most

matplotlib.use("agg")
matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": 12,
        "text.color": INK,
        "text.parse_math": False,  # a file may be called $x$
        "axes.titlesize": 15,
        "axes.titlelocation": "left",
        "axes.titlepad": 14,
        "axes.labelsize": 13,
        "axes.labelcolor": INK,
        "axes.edgecolor": GREY,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#E4E4E4",
        "xtick.color": INK,
        "ytick.color": INK,
        "lines.linewidth": 2.4,
        "lines.markersize": 7,
        "figure.dpi": DPI,
        "savefig.dpi": DPI,
        "savefig.facecolor": "white",
    }
)


def save(figure: Figure, file: str | Path | BinaryIO) -> None:
    """Save a plot as a PNG, in fewer bytes than ``savefig`` and in less time.

    Without the fourth channel, as nothing in it is transparent, and without matplotlib's version.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    image.save(file, "png", dpi=(DPI, DPI), compress_type=Image.DEFAULT_STRATEGY)


def scale_k(axes: Axes, n_clusters: Sequence[int]) -> None:
    """Set up the axis of k, logarithmic if its steps are uneven, as in 4, 16, 64, with ticks at given k.

    Parameters
    ----------
    axes
        Axes that contain the data.
    n_clusters
        Ascending.
    """
    steps = {second - first for first, second in pairwise(n_clusters)}
    axes.set_xlabel("number of colours k")
    if len(n_clusters) == 1:
        axes.set(xlim=(n_clusters[0] - 1, n_clusters[0] + 1), xticks=n_clusters)
        return
    if len(steps) == 1:
        chosen = n_clusters if steps - {1} else []
        many = len(chosen) > _TICKS or not chosen
        axes.xaxis.set_major_locator(
            MaxNLocator(integer=True, nbins=12, min_n_ticks=1) if many else FixedLocator(chosen)
        )
        return
    axes.set_xscale("log", base=2)
    # The last k has a tick, and every other one that is far enough from the next tick.
    room, ticks = (math.log(n_clusters[-1] / n_clusters[0])) / _TICKS, [n_clusters[-1]]
    for k in reversed(n_clusters[:-1]):
        if math.log(ticks[-1] / k) >= room:
            ticks.append(k)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_locator(NullLocator())


def note_exact_copies(axes: Axes, drawn: bool) -> None:
    """Note that exact copies, whose PSNR is infinite, are missing among the points, or that there are no others."""
    if drawn:
        axes.text(1, 1.01, "without exact copies", transform=axes.transAxes, ha="right", color=GREY, fontsize=9)
    else:
        axes.text(0.5, 0.5, "exact copies only", transform=axes.transAxes, ha="center", color=GREY)
        axes.set(xticks=[], yticks=[])

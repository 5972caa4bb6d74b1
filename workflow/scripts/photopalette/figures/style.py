"""One style for all matplotlib figures: readable on a slide, safe for colour-blind eyes."""

import math
from collections.abc import Sequence
from itertools import pairwise

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from photopalette.figures.titles import fit_title

# Okabe and Ito's palette (2008), distinguishable with every common colour-vision deficiency.
BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#8A8A8A", "#222222"

CYCLE = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

DPI = 200
SLIDE = (8.0, 4.5)  # inches, 16:9
_HAIRLINE, _FRAME = 2, (208, 208, 208, 255)  # pixels, RGBA
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


class _Pixels(Artist):
    """A picture drawn pixel by pixel; ``figimage`` gives the same bytes, but resamples it first."""

    def __init__(self, pixels: np.ndarray, left: int, foot: int):
        super().__init__()
        self._pixels, self._left, self._foot = pixels, left, foot

    def draw(self, renderer: RendererBase) -> None:
        context = renderer.new_gc()
        renderer.draw_image(context, self._left, self._foot, self._pixels[::-1])
        context.restore()


def place(figure: Figure, pixels: np.ndarray, left: int, foot: int) -> None:
    """Draw a picture, (h, w, 3 or 4) uint8, in a figure, with its lower left corner at a place in pixels.

    A hairline around it shows where it ends, as a white one would vanish on white.
    """
    if pixels.shape[2] == 3:
        pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])
    framed = np.full((pixels.shape[0] + 2 * _HAIRLINE, pixels.shape[1] + 2 * _HAIRLINE, 4), _FRAME, np.uint8)
    framed[_HAIRLINE:-_HAIRLINE, _HAIRLINE:-_HAIRLINE] = pixels
    figure.add_artist(_Pixels(framed, left - _HAIRLINE, foot - _HAIRLINE))


def fit(text: str, inches: float, largest: float) -> tuple[str, float]:
    """Make a line of text fit a width, as :func:`fit_title` does, in 7 to `largest` points.

    Hardly any line of DejaVu Sans is wider than 0.72 of its size per character, even in bold capitals.
    """
    return fit_title(text, 72 * inches, largest, 7, 0.72)


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

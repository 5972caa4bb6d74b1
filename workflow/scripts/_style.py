"""One look for all matplotlib figures: readable on a slide, safe for colour-blind eyes."""

import matplotlib
from matplotlib.axes import Axes

# Okabe and Ito's palette (2008), distinguishable with every common colour-vision deficiency.
BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#8A8A8A", "#222222"

CYCLE = (BLUE, ORANGE, "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

DPI = 200
SLIDE = (8.0, 4.5)  # inches, 16:9

matplotlib.use("agg")
matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": 12,
        "text.color": INK,
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


def font_size(text: str, inches: float, largest: float) -> float:
    """Choose the size, in points, at which a line of text surely fits a width: names may be 100 characters long.

    A character of DejaVu Sans is 0.6 of its size wide on average, a bold one 0.7; few lines reach either.
    """
    return min(largest, inches * 72 / (0.62 * max(len(text), 1)))


def say_exact(axes: Axes, drawn: bool) -> None:
    """Say that exact copies are not among the points, as their PSNR is infinite; without any point, that all are."""
    if drawn:
        axes.text(1, 1.01, "without exact copies", transform=axes.transAxes, ha="right", color=GREY, fontsize=9)
    else:
        axes.text(0.5, 0.5, "exact copies only", transform=axes.transAxes, ha="center", color=GREY)
        axes.set(xticks=[], yticks=[])

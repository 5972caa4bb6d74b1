"""Draw inertia and silhouette against k, with the elbow and the maximum marked."""

import warnings
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from _job import run
from _style import BLUE, GREY, INK, ORANGE, SLIDE


def find_elbow(k: list[int], inertia: list[float]) -> int | None:
    """Find the elbow of a falling convex curve: Kneedle (Satopää et al. 2011) by kneed.

    Returns
    -------
    int or None
        The elbow's k; None where the curve has none, or fewer than three points.
    """
    from kneed import KneeLocator

    if len(k) < 3:
        return None
    with warnings.catch_warnings():
        # kneed warns when there is no elbow; the figure says so instead.
        warnings.simplefilter("ignore")
        elbow = KneeLocator(k, inertia, curve="convex", direction="decreasing").elbow
    return None if elbow is None else int(elbow)


def draw_curve(k: list[int], values: list[float], marked: int | None, mark: str, title: str, label: str) -> Figure:
    """Draw values against k.

    Parameters
    ----------
    k, values
        The curve.
    marked
        The k to ring, or None.
    mark
        What the ring means; without `marked`, the note that stands in the corner instead.
    title
        Text above.
    label
        Of the vertical axis.
    """
    figure = Figure(figsize=SLIDE, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    axes = figure.subplots()
    axes.plot(k, values, "-o", color=BLUE, zorder=3)
    axes.set(title=title, xlabel="number of colours k", ylabel=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=12, min_n_ticks=1))
    axes.margins(x=0.04, y=0.12)
    if marked is None:
        axes.text(0.98, 0.94, mark, transform=axes.transAxes, ha="right", va="top", color=GREY)
    else:
        _ring(axes, marked, values[k.index(marked)], f"{mark}: k = {marked}")
    return figure


def _ring(axes: Axes, x: float, y: float, text: str) -> None:
    axes.axvline(x, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 4)), zorder=1)
    axes.plot(x, y, "o", markersize=15, markerfacecolor="none", markeredgecolor=ORANGE, markeredgewidth=2.4, zorder=4)
    low, high = axes.get_xlim()
    right = x < (low + high) / 2
    axes.annotate(
        text,
        (x, y),
        xytext=(16 if right else -16, 16),
        textcoords="offset points",
        ha="left" if right else "right",
        color=INK,
        fontweight="bold",
        bbox={"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        zorder=5,
    )


def main(snakemake: Any) -> None:
    image, scores = snakemake.wildcards.image, pd.read_csv(snakemake.input.scores)
    k, inertia = scores["k"].tolist(), scores["inertia"].tolist()
    elbow = find_elbow(k, inertia)
    mark = "elbow" if elbow else "no elbow in this range of k"
    figure = draw_curve(k, inertia, elbow, mark, f"{image}: inertia", "inertia (sum of squared distances)")
    figure.axes[0].yaxis.set_major_formatter(EngFormatter(sep=""))
    figure.axes[0].set_ylim(bottom=0)
    figure.savefig(snakemake.output.inertia)

    scored = scores.dropna(subset="silhouette")
    k, silhouette = scored["k"].tolist(), scored["silhouette"].tolist()
    best = k[silhouette.index(max(silhouette))] if k else None
    mark = "maximum" if k else "no silhouette: it needs two clusters"
    title = f"{image}: silhouette"
    if not scored["silhouette_exact"].all():
        title += " (estimated on a sample)"
    draw_curve(k, silhouette, best, mark, title, "mean silhouette coefficient").savefig(snakemake.output.silhouette)


if __name__ == "__main__":
    run(main, snakemake)

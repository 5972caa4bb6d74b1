"""Draw inertia, silhouette and colour difference against k, with the elbow, the maximum and the answer marked."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from photopalette.color.table import bytes_text, count_colors
from photopalette.figures.style import BLUE, GREY, INK, ORANGE, SLIDE, save, scale_k
from photopalette.figures.titles import fit, name_in_figures
from photopalette.files.tables import read_rows, to_number
from photopalette.quality.targets import LEVELS, judged_by
from photopalette.run.job import run


def draw_curve(k: list[int], values: list[float], marked: int | None, mark: str, title: str, label: str) -> Figure:
    """Draw values against k.

    Parameters
    ----------
    k, values
        The curve.
    marked
        The k to mark with a ring, or None.
    mark
        Meaning of the ring; without `marked`, a note below the title.
    title
        Title of the figure.
    label
        Label of the vertical axis.
    """
    figure = Figure(figsize=SLIDE, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    axes = figure.subplots()
    title, size = fit(title, SLIDE[0] - 1.5, 15)
    axes.set_title(title, fontsize=size, pad=14 if marked else 28)
    label, size = fit(label, SLIDE[1] - 1.2, 13)
    axes.set_ylabel(label, fontsize=size)
    if not k:
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        axes.set_ylabel("")
    axes.plot(k, values, "-o", color=BLUE, zorder=3, clip_on=False)
    axes.margins(x=0.04, y=0.14)
    if k:
        scale_k(axes, k)
    if not any(values):  # none, or only zeros
        axes.set(ylim=(0, 1), yticks=[0] if k else [])
    if marked is None and k:
        axes.text(0, 1.03, mark, transform=axes.transAxes, color=GREY)
    elif marked is None:
        axes.text(0.5, 0.5, mark, transform=axes.transAxes, ha="center", color=GREY)
    else:
        at = marked, values[k.index(marked)]
        _ring(axes, *at)
        _name(axes, *at, f"{mark}: k = {marked}")
    return figure


def _ring(axes: Axes, x: float, y: float) -> None:
    axes.axvline(x, color=ORANGE, linewidth=1.2, linestyle=(0, (4, 4)), zorder=1)
    look = {"markersize": 15, "markerfacecolor": "none", "markeredgecolor": ORANGE, "markeredgewidth": 2.4}
    axes.plot(x, y, "o", **look, zorder=4, clip_on=False)


def _name(axes: Axes, x: float, y: float, text: str) -> None:
    # The curve is low to the right of an elbow; only near the edge is there no room.
    right = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))[0] < 0.7
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


def format_tick(value: float, _position: int | None = None) -> str:
    """Write the number at a tick: 0.06, 5, 250k, 30M."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def show_restarts(axes: Axes, k: list[int], best: list[float], spread: list[float], hits: list[float]) -> None:
    """Show how far restarts agree: a band up to the median restart, and hollow points that hardly one found.

    Parameters
    ----------
    axes
        Axes that contain the curve.
    k, best
        The curve.
    spread
        Median restart above the best, in %; NaN if there was only one restart.
    hits
        Restarts that reached the best; NaN if there was only one restart.
    """
    median = np.array(best) * (1 + np.nan_to_num(spread) / 100)
    label = f"up to the median restart (at most {np.nanmax(spread):.2g} % above)"
    axes.fill_between(k, best, median, color=BLUE, alpha=0.25, linewidth=0, zorder=2, label=label)
    lucky = [(x, y) for x, y, count in zip(k, best, hits, strict=True) if count <= 1]
    if lucky:
        label = "found by at most one restart"
        axes.plot(
            *zip(*lucky, strict=True), "o", color=BLUE, markerfacecolor="white", zorder=3, clip_on=False, label=label
        )
    # Outside the axes, where there are no points.
    axes.figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=11)


def scale_silhouettes(axes: Axes, silhouette: list[float]) -> None:
    """Set up the axis of silhouettes, which ends at 1 and does not exaggerate differences below a hundredth."""
    low, high = min(silhouette), max(silhouette)
    room = 0.16 * max(high - low, 0.05)
    axes.set_ylim(low - room, high + room)
    axes.set_yticks([tick for tick in axes.get_yticks() if low - room <= tick <= min(1, high + room)])


def draw_quality(scores: Sequence[Mapping[str, Any]], recommendation: Mapping[str, Any], image: str) -> Figure:
    """Draw the mean and the 95th percentile of ΔE against k, on logarithmic scales; if dithered, as they are seen.

    Parameters
    ----------
    scores
        Rows of scores.csv.
    recommendation
        Content of recommendation.json, with further k that were ``tried``, and the ``answer``.
    image
        Name of the image.
    """
    figure = Figure(figsize=SLIDE, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    axes = figure.subplots()
    title, size = fit(f"{image}: quality by number of colours", SLIDE[0] - 1.5, 15)
    axes.set_title(title, fontsize=size)
    mean, high = judged_by(recommendation.get("prices", []))
    label = "ΔE2000 as seen from a distance" if mean == "delta_e_seen_mean" else "ΔE2000"
    axes.set(xlabel="number of colours k", ylabel=label)
    studied = {int(row["k"]): row for row in scores}
    rows = {row["k"]: row for row in recommendation["tried"]} | studied
    rows = {k: row for k, row in sorted(rows.items()) if float(row[mean]) > 0}
    k = list(rows)
    if not k:
        axes.text(0.5, 0.5, "every k reproduces the picture exactly", transform=axes.transAxes, ha="center", color=GREY)
        axes.set(xticks=[], yticks=[])
        return figure
    lines = {mean: ("mean", BLUE, 2.4), high: ("95th percentile", GREY, 1.6)}
    for column, (name, color, width) in lines.items():
        points = {number: value for number, row in rows.items() if (value := float(row[column])) > 0}
        axes.plot(points.keys(), points.values(), color=color, linewidth=width, zorder=3, label=name)
        for some, filled in ((points.keys() - studied.keys(), "white"), (points.keys() & studied.keys(), color)):
            dots = {"markersize": 5, "markerfacecolor": filled, "zorder": 4}
            axes.plot(sorted(some), [points[number] for number in sorted(some)], "o", color=color, **dots)
    if rows.keys() - studied.keys():
        axes.plot([], "o", markersize=5, color=BLUE, markerfacecolor="white", label="tried in the search")
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=11)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    axes.margins(x=0.05, y=0.12)
    axes.grid(visible=False, axis="y")
    if len(k) == 1:
        axes.xaxis.set_major_locator(FixedLocator(k))
    if exact := [number for number in studied if number > k[-1]]:
        note = f"exact from k = {exact[0]} on"
        axes.text(0.98, 0.96, note, transform=axes.transAxes, ha="right", va="top", color=GREY, fontsize=9)
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 1.8) / 1.3, max(high, 11.5))
    axes.yaxis.set_major_locator(FixedLocator([0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 40]))
    for scale in (axes.xaxis, axes.yaxis):
        scale.set_major_formatter("{x:g}")
        scale.set_minor_locator(NullLocator())
    for level, meaning in LEVELS.items():
        axes.axhline(level, color=INK, linewidth=0.9, linestyle=(0, (1, 3)), zorder=1)
        place = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(f"{level} {meaning}", (1, level), (6, 0), va="center", fontsize=9, **place)
    answer = recommendation["answer"]
    if answer and answer["k"] in rows:
        row = next(row for row in recommendation["tried"] if row["k"] == answer["k"])
        says = f", {bytes_text(row['png_bytes'])}" if answer["meets"] else " miss the target"
        _ring(axes, answer["k"], float(row[mean]))
        right = answer["k"] ** 2 < k[0] * k[-1]  # in the left half
        axes.annotate(
            f"{count_colors(answer['k'])}{says}",
            (answer["k"], 0.03),
            (8 if right else -8, 0),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="left" if right else "right",
            fontweight="bold",
        )
    return figure


def main(snakemake: Any) -> None:
    image = name_in_figures(snakemake.params.title, snakemake.wildcards.image)
    scores = read_rows(snakemake.input.scores)
    recommendation = json.loads(Path(snakemake.input.recommendation).read_text(encoding="utf-8"))
    k, inertia = [int(row["k"]) for row in scores], [float(row["inertia"]) for row in scores]
    elbow, exact = recommendation["elbow"]["k"], recommendation["exact"]
    space = {"rgb": "", "lab": ", CIELAB", "oklab": ", Oklab"}[scores[0]["space"]]
    label = f"inertia (squared distances{space})"
    mark = "elbow" if elbow else f"no elbow from k = {k[0]} to {k[-1]}"
    if len(k) < 3:
        mark = "too few k: an elbow needs three"
    if exact["k"] == k[0]:
        mark = "no elbow: every k reproduces the picture exactly"
    figure = draw_curve(k, inertia, elbow, mark, f"{image}: inertia", label)
    axes = figure.axes[0]
    spread, hits = ([to_number(row[column]) for row in scores] for column in ("spread", "hits"))
    if any(value > 0 for value in spread) or 1 in hits:
        show_restarts(axes, k, inertia, spread, hits)
    axes.yaxis.set_major_formatter(format_tick)
    axes.set_ylim(bottom=0)
    save(figure, snakemake.output.inertia)

    scored = [row for row in scores if row["silhouette"]]
    best = recommendation["silhouette"]["k"]
    mark = "maximum" if best else "no silhouette: it needs two clusters"
    title = f"{image}: silhouette"
    if any(row["silhouette_exact"] != "True" for row in scored):
        title += " (estimated on a sample)"
    k, silhouette = [int(row["k"]) for row in scored], [float(row["silhouette"]) for row in scored]
    figure = draw_curve(k, silhouette, best, mark, title, "mean silhouette coefficient")
    if k:
        scale_silhouettes(figure.axes[0], silhouette)
    save(figure, snakemake.output.silhouette)
    save(draw_quality(scores, recommendation, image), snakemake.output.quality)


if __name__ == "__main__":
    run(main, snakemake)

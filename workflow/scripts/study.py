"""Gather every image and k in one table, and draw rate–distortion curves of all images."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from photopalette.figures.style import CYCLE, GREY, SLIDE, note_exact_copies, save
from photopalette.figures.titles import fit, name_in_figures, shorten
from photopalette.files.tables import read_rows, to_csv, to_number
from photopalette.run.job import run

_NAMED = 40  # images, at most, whose lines are all labelled
_ENDS = 8  # of more images, the highest and the lowest lines that are labelled
_LETTERS = 22  # characters of a label, at most
_TRUE_COLOR = 24  # bits per pixel, above which a picture is so small that its file is mostly headers
_DASHES = ("-", "--", ":", "-.")


def gather(paths: Sequence[str | Path]) -> list[dict[str, str]]:
    """Concatenate the scores.csv of the images in the given order, without changing a cell."""
    return [row for path in paths for row in read_rows(path)]


def overview(scores: Sequence[Mapping[str, str]], names: Mapping[str, str], dithered: Collection[str] = ()) -> Figure:
    """Draw rate–distortion curves with a line for each image and a point for each k, labelled at their ends.

    Parameters
    ----------
    scores
        Rows of scores.csv, of any number of images.
    names
        What to call them.
    dithered
        Those whose ΔE is the one that is seen from a distance, as everywhere else.
    """
    rows: dict[str, list[list[float]]] = {}
    for row in scores:
        judged = "delta_e_seen_mean" if row["image"] in dithered else "delta_e_mean"
        cells = [to_number(row[column]) for column in ("k", "bits_per_pixel", "psnr", judged)]
        rows.setdefault(row["image"], []).append(cells)
    tables = {image: np.array(sorted(rows[image])) for image in rows}
    images = list(tables)
    many = len(images) > _NAMED
    # Each label needs a line of text, so a figure of more images is taller.
    size = SLIDE
    if len(images) > 1:
        size = (1.35 * SLIDE[0], max(1.35 * SLIDE[1], 1.6 + 0.15 * min(len(images), _NAMED)))
    figure = Figure(figsize=size, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.15)
    difference = "mean ΔE2000"
    if seen := {*images} & {*dithered}:
        difference += f"{'' if len(seen) == len(images) else ', of dithered ones'} as seen from a distance"
    labels = "PSNR in dB (more is better)", f"{difference} (less is better)"
    for column, axes, label in zip((2, 3), figure.subplots(1, 2), labels, strict=True):
        points = {image: table[:, [0, 1, column]] for image, table in tables.items()}
        # The PSNR of an exact reconstruction is infinite.
        lines = {image: some[np.isfinite(some[:, 2])] for image, some in points.items()}
        order = sorted((image for image in images if len(lines[image])), key=lambda image: lines[image][-1, 2])
        named = [*order[:_ENDS], *order[-_ENDS:]] if many else order
        for number, image in enumerate(images):
            look = {"color": CYCLE[number % len(CYCLE)], "linestyle": _DASHES[number // len(CYCLE) % len(_DASHES)]}
            if image not in named:
                look = {"color": GREY, "alpha": 0.4, "linewidth": 1}
            elif len(images) > len(CYCLE):
                look["linewidth"] = 1.4
            look |= {"marker": "o", "markersize": 3 if len(images) > len(CYCLE) else 4, "clip_on": False}
            axes.plot(*lines[image][:, 1:].T, **look)
        if any(np.isinf(some[:, 2]).any() for some in points.values()):
            note_exact_copies(axes, any(len(points) for points in lines.values()))
        axes.margins(x=0.12, y=0.14)
        axes.set(xlabel="bits per pixel (indexed PNG)", ylabel=label)
        if max((some[:, 1].max() for some in points.values()), default=0) > _TRUE_COLOR:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
        else:
            axes.set_xlim(left=0)
        if column == 3:
            axes.set_ylim(bottom=0)
        if len(images) == 1:
            _name_ends(axes, lines[images[0]])
        elif named:
            _name_lines(axes, [(names[image], *lines[image][-1, 1:], images.index(image)) for image in named])
    title = (
        f"{len(images)} images: what quality costs" if len(images) > 1 else f"{names[images[0]]}: what quality costs"
    )
    if many:
        title += f"; the {_ENDS} highest and the {_ENDS} lowest are labelled"
    title, points = fit(title, size[0] - 0.5, 15)
    figure.suptitle(title, fontsize=points)
    return figure


def _name_ends(axes: Axes, points: np.ndarray) -> None:
    """Label the first and the last point, rows of k, x and y, with their k."""
    for k, x, y in points[:1]:
        axes.annotate(f"k = {k:.0f}", (x, y), (9, 0), textcoords="offset points", va="center")
    for k, x, y in points[1:][-1:]:
        away = 9 if y >= points[0, 2] else -20
        axes.annotate(f"k = {k:.0f}", (x, y), (0, away), textcoords="offset points", ha="center")


def _name_lines(axes: Axes, ends: list[tuple[str, float, float, int]]) -> None:
    """Write labels in a column on the right, joined to the ends of their lines: name, x, y, number, by ascending y."""
    low, high = axes.get_ylim()
    edge = axes.get_xlim()[1]
    step = (high - low) / max(len(ends), 24)
    heights = spread_out([y for _, _, y, _ in ends], step, low + step / 2, high - step / 2)
    for (name, x, y, number), height in zip(ends, heights, strict=True):
        color = CYCLE[number % len(CYCLE)]
        axes.annotate(
            shorten(name, _LETTERS),
            (x, y),
            (edge, height),
            annotation_clip=False,
            va="center",
            fontsize=8,
            color=color,
            arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.5, "alpha": 0.6, "shrinkA": 0, "shrinkB": 3},
        )


def spread_out(wanted: list[float], step: float, low: float, high: float) -> list[float]:
    """Move ascending places apart by at least `step`, as little as necessary, between two ends."""
    places: list[float] = []
    for place in wanted:
        places.append(max(place, places[-1] + step) if places else max(place, low))
    limit = high
    for number in reversed(range(len(places))):
        places[number] = min(places[number], limit)
        limit = places[number] - step
    return places


def main(snakemake: Any) -> None:
    scores = gather(snakemake.input.scores)
    Path(snakemake.output.scores).write_text(to_csv(scores), encoding="utf-8")
    names = {image: name_in_figures(title, image) for image, title in snakemake.params.titles.items()}
    save(overview(scores, names, snakemake.params.dithered), snakemake.output.overview)


if __name__ == "__main__":
    run(main, snakemake)

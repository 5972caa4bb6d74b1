"""Gather every image and k in one table, and show what quality costs over all images."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from _job import run
from _style import CYCLE, GREY, SLIDE, say_exact

_NAMED = 12  # images with a colour and a name of their own; more are drawn alike


def gather(paths: list[str]) -> pd.DataFrame:
    """Stack the images' scores.csv in the given order, every cell as it is written there."""
    return pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths], ignore_index=True)


def overview(scores: pd.DataFrame) -> Figure:
    """Draw rate–distortion curves, one line an image and one point a k.

    Parameters
    ----------
    scores
        With the columns image, k, bits_per_pixel, psnr and delta_e_mean.
    """
    figure = Figure(figsize=SLIDE, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.15)
    images = scores["image"].unique()
    measures = (("psnr", "PSNR in dB (more is better)"), ("delta_e_mean", "mean ΔE2000 (less is better)"))
    for axes, (column, label) in zip(figure.subplots(1, 2), measures, strict=True):
        for number, image in enumerate(images):
            rows = scores[scores["image"] == image].sort_values("k")
            look = {"color": GREY, "alpha": 0.5, "linewidth": 1}
            if len(images) <= _NAMED:
                dashes = "-" if number < len(CYCLE) else "--"
                look = {"color": CYCLE[number % len(CYCLE)], "linestyle": dashes, "label": image}
            axes.plot(rows["bits_per_pixel"], rows[column], marker="o", markersize=4, **look)
            if len(images) == 1:
                _name_ends(axes, rows[["k", "bits_per_pixel", column]].to_numpy(float))
        if np.isinf(scores[column]).any():
            say_exact(axes, np.isfinite(scores[column]).any())
        axes.margins(x=0.12, y=0.14)
        axes.set(xlabel="bits per pixel (indexed PNG)", ylabel=label)
    figure.suptitle("what quality costs" if len(images) > 1 else f"{images[0]}: what quality costs", fontsize=15)
    if 1 < len(images) <= _NAMED:
        figure.axes[0].legend(frameon=False, fontsize=10)
    return figure


def _name_ends(axes: Axes, points: np.ndarray) -> None:
    """Write the first and the last k beside their points: rows of k, x, y."""
    points = points[np.isfinite(points).all(axis=1)]  # an exact reconstruction's PSNR is infinite
    for k, x, y in points[:1]:
        axes.annotate(f"k = {k:.0f}", (x, y), (9, 0), textcoords="offset points", va="center")
    for k, x, y in points[1:][-1:]:
        away = 9 if y > points[0, 2] else -20
        axes.annotate(f"k = {k:.0f}", (x, y), (0, away), textcoords="offset points", ha="center")


def main(snakemake: Any) -> None:
    gather(snakemake.input.scores).to_csv(snakemake.output.scores, index=False, lineterminator="\n")
    overview(pd.read_csv(snakemake.output.scores)).savefig(snakemake.output.overview)


if __name__ == "__main__":
    run(main, snakemake)

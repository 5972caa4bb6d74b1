"""Time the ways of rendering an image's scatter figures, by their wall time on this machine.

    python bench/scatter.py [folder of an image's results] [--runs 3]

The ways: a browser for every figure or one for all; by kaleido alone, which loads its page anew for
every figure and has all frames drawn, at twice the resolution, or ours; with all colours, those that others
do not hide, or a sample of these.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kaleido
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from photopalette.color.table import load_table, sample_by_weight
from photopalette.figures.browser import find_browser
from scatter import cluster_colors, figure, in_sight, own_colors, render


def figures(results: Path, max_points: int, hidden: bool) -> list[dict[str, Any]]:
    """Describe the figures of an image that the pipeline has finished, with or without points that can't be seen."""
    table = load_table(results / "pixels.npz")
    rows, _ = sample_by_weight(table.counts, max_points)
    points, size = table.colors[rows], {"width": 900, "height": 800}
    mean = points.mean(axis=0, keepdims=True)
    if not hidden:
        seen = in_sight(points, **size)
        rows, points, size["count"] = rows[seen], points[seen], len(points)
    described = [figure(points, own_colors(points), mean, "own", **size)]
    for path in sorted(results.glob("k*/clusters.npz")):
        with np.load(path, allow_pickle=False) as clusters:
            color = cluster_colors(clusters["palette_labels"][rows], clusters["palette"])
            described.append(figure(points, color, clusters["palette"].astype(float), "k", **size))
    return described


def seconds(way: Callable[[dict[Path, dict[str, Any]]], None], described: list[dict[str, Any]], runs: int) -> float:
    times = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            way({Path(folder) / f"{number}.png": each for number, each in enumerate(described)})
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, nargs="?", default=ROOT / "results/coffee")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    browser = find_browser()

    def kaleido_alone(jobs: dict[Path, dict[str, Any]], tabs: int) -> None:
        figures = [{"fig": figure, "path": path} for path, figure in jobs.items()]
        options = {"path": browser, "n": tabs, "mathjax": False}
        kaleido.write_fig_from_object_sync(figures, kopts=options)

    ways = {
        "a browser each": (lambda jobs: [render(dict([job]), browser) for job in jobs.items()], 1 << 24, True),
        "kaleido alone, one browser": (lambda jobs: kaleido_alone(jobs, 1), 1 << 24, True),
        "kaleido alone, one browser, two tabs": (lambda jobs: kaleido_alone(jobs, 2), 1 << 24, True),
        "one browser, one plot": (lambda jobs: render(jobs, browser), 1 << 24, True),
        "the same, what is in sight": (lambda jobs: render(jobs, browser), 1 << 24, False),
        "the same, of 20,000 points": (lambda jobs: render(jobs, browser), 20_000, False),
    }
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {browser}")
    for name, (way, max_points, hidden) in ways.items():
        described = figures(arguments.results, max_points, hidden)
        wall = seconds(way, described, arguments.runs)
        print(f"{name:50s} {len(described)} figures {wall:6.1f} s   {wall / len(described):5.2f} s each", flush=True)


if __name__ == "__main__":
    main()

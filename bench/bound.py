"""Certify fits: the gap between inertia and lower bound, and CPU seconds of one thread.

    python bench/bound.py [--k 2 3 4 …] [--images coffee cube ball sphere …]

Beside photographs, there are clouds of 36,000 points without any shape, for which bounds are hardest.
"""

import argparse
import os

# One thread, as in the pipeline; before numpy starts its own.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from optimum import photograph

from flatten import flatten
from photopalette.kmeans.bound import lower_bound
from photopalette.kmeans.search import search


def cloud(name: str) -> np.ndarray:
    """Draw points in a uniform cube, a Gaussian ball or on a sphere, or load a photo: (h, w, 3) uint8."""
    rng = np.random.default_rng(1)
    normal = rng.normal(size=(36_000, 3))
    clouds = {
        "cube": lambda: rng.integers(0, 256, (36_000, 3)),
        "ball": lambda: np.rint(128 + 40 * normal).clip(0, 255),
        "sphere": lambda: np.rint(128 + 120 * normal / np.sqrt((normal**2).sum(axis=1))[:, None]),
    }
    return clouds[name]().astype(np.uint8)[None] if name in clouds else photograph(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--k", type=int, nargs="+", default=list(range(2, 17)))
    parser.add_argument("--images", nargs="+", default=["coffee", "astronaut", "rocket", "cube", "ball", "sphere"])
    arguments = parser.parse_args()
    for name in arguments.images:
        table = flatten(cloud(name))
        points, weights = table.colors.astype(float), table.counts.astype(float)
        for k in arguments.k:
            best = min((run.solution for run in search(points, weights, k, 10, 300, 42)), key=lambda run: run.inertia)
            start = time.process_time()
            bound = lower_bound(points, weights, best.centroids, best.inertia)
            seconds, gap = time.process_time() - start, 100 * (1 - bound.value / best.inertia)
            print(
                f"{name} k {k}: gap {gap:.3f} %, {bound.boxes} boxes, {seconds:.2f} s", "" if bound.complete else "weak"
            )


if __name__ == "__main__":
    main()

"""Compare the optima: our search, KMeans with one and with ten restarts, and the best of many.

    python bench/optimum.py [--many 200] [--k 6 7 8 9 10 16 64 256] [--images china flower …]

Inertias are per pixel, and in % above the best known; seconds are of CPU time.
"""

import argparse
import os

# One thread, as in the pipeline; before numpy starts its own.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.cluster import KMeans
from sklearn.datasets import load_sample_image

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from flatten import flatten
from photopalette.kmeans.search import search
from photopalette.photo.fetch import bundled_path


def photograph(name: str) -> np.ndarray:
    """Load a bundled photo at 320 × 240 at most, or a file, or make a colour chart: 24 unequal patches plus noise."""
    if Path(name).is_file():
        return np.asarray(Image.open(name).convert("RGB"))
    if name == "chart":
        rng = np.random.default_rng(5)
        rows, columns = (np.sort(rng.choice(size - 20, count, False)) + 10 for size, count in ((240, 3), (320, 5)))
        tile = np.add.outer(6 * np.searchsorted(rows, np.arange(240)), np.searchsorted(columns, np.arange(320)))
        pixels = rng.integers(0, 256, (24, 3))[tile] + rng.normal(0, 6, (240, 320, 3))
        return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    if name in ("china", "flower"):
        image = Image.fromarray(load_sample_image(f"{name}.jpg"))
    else:
        image = Image.open(bundled_path(f"skimage:{name}")).convert("RGB")
    image.thumbnail((320, 240), Image.Resampling.BICUBIC)
    return np.asarray(image)


def timed(solve: Callable[[], float]) -> tuple[float, float]:
    start = time.process_time()
    inertia = solve()
    return inertia, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--many", type=int, default=60, help="restarts of the reference up to k = 16")
    parser.add_argument("--k", type=int, nargs="+", default=[6, 7, 8, 9, 10, 16, 64])
    parser.add_argument("--images", nargs="+", default=["coffee", "china", "flower", "astronaut", "rocket", "chart"])
    arguments = parser.parse_args()
    print(f"{'image':10s} {'k':>3s} {'best known':>11s} {'ours':>15s} {'n_init=10':>16s} {'n_init=1':>16s}")
    for name in arguments.images:
        table = flatten(photograph(name))
        points, weights = table.colors.astype(float), table.counts.astype(float)

        def plain(n_init: int, k: int, points: np.ndarray = points, weights: np.ndarray = weights) -> float:
            return float(KMeans(k, n_init=n_init, random_state=42).fit(points, sample_weight=weights).inertia_)

        def ours(k: int, seed: int = 42, points: np.ndarray = points, weights: np.ndarray = weights) -> float:
            return min(restart.solution.inertia for restart in search(points, weights, k, 10, 300, seed))

        for k in arguments.k:
            columns = [timed(lambda k=k: ours(k)), timed(lambda k=k: plain(10, k)), timed(lambda k=k: plain(1, k))]
            # Many restarts are hopeless at large k, where a plain fit ends 1 % off, however often: search longer.
            many = [plain(arguments.many, k)] if k <= 16 else [ours(k, seed) for seed in range(100, 600, 100)]
            best = min([inertia for inertia, _ in columns] + many)
            cells = "  ".join(f"{100 * (value / best - 1):6.3f} % {taken:5.2f} s" for value, taken in columns)
            print(f"{name:10s} {k:3d} {best / weights.sum():11.2f}  {cells}", flush=True)


if __name__ == "__main__":
    main()

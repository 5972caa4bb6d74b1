"""Time each step against the image's size, its colours and k, and hold it against the least it could cost.

    python bench/scaling.py [--pixels 1e4 1e5 1e6 24e6 1e8] [--k 2 8 64 256]

Prints Markdown tables: seconds of one thread, bytes of memory per pixel at the most, and, behind each
step, how many times its floor it takes. The floor of moving bytes is numpy copying as many; that of
computing distances is a matrix product of as many multiplications.
"""

import argparse
import os

# One thread, as in the pipeline; before numpy starts its own.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import io
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from make_large import mosaic
from PIL import Image
from sklearn.cluster import KMeans

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow/scripts"))

from flatten import flatten
from photopalette.color.table import ColorTable, sample_by_weight
from photopalette.kmeans.fit import Clusters, fit
from photopalette.pictures.indexed import indexed_image, small_png
from photopalette.quality.metrics import Reference, delta_e, pair_colors, ssim
from photopalette.quality.seen import View
from silhouette import silhouette_samples

_KMEANS = {"n_init": 10, "max_iter": 300, "random_state": 42}
_PLAIN_UP_TO = 2_000_000  # pixels that scikit-learn fits in tolerable time


def timed(call: Callable[..., Any], *arguments: Any, **options: Any) -> tuple[Any, float]:
    """Call, and give the result and the CPU seconds."""
    start = time.process_time()
    result = call(*arguments, **options)
    return result, time.process_time() - start


def peak(call: Callable[..., Any], *arguments: Any) -> int:
    """Give the bytes that a call holds at the most, over what was held before."""
    tracemalloc.start()
    call(*arguments)
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held


def bytes_per_second() -> float:
    """Measure copying: bytes read and written."""
    source = np.ones(1 << 27, np.uint8)
    target = np.empty_like(source)
    np.copyto(target, source)
    return max(2 * source.nbytes / timed(np.copyto, target, source)[1] for _ in range(5))


def multiplications_per_second() -> float:
    """Measure a matrix product in float64."""
    square = np.ones((1500, 1500))
    return max(1500**3 / timed(np.matmul, square, square)[1] for _ in range(5))


def decode(file: io.BytesIO) -> np.ndarray:
    return np.asarray(Image.open(file))


def encode(table: ColorTable, clusters: Clusters) -> int:
    """Rebuild the image and encode it: the bytes of the PNG."""
    return len(small_png(indexed_image(clusters.palette, clusters.palette_labels[table.index], tuple(table.shape))))


def cell(seconds: float, floor: float) -> str:
    return f"{seconds:.2f} s ({seconds / floor:.0f} ×)" if floor else f"{seconds:.2f} s"


def against_pixels(sizes: list[float], copied: float, multiplied: float) -> None:
    """Print every step's cost for images of several sizes, k = 8."""
    columns = ("pixels", "colours", "decode", "flatten", "memory", "cluster, k = 8", "KMeans, all pixels")
    columns += ("encode", "SSIM", "ΔE", "ΔE as seen")
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)
    for size in sizes:
        picture = mosaic(size / 1e6)
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG", compress_level=1)
        _, decoding = timed(decode, file)
        table, flattening = timed(flatten, picture)
        held = peak(flatten, picture) / table.index.size
        clusters, fitting = timed(fit, table, 8, "colors", "swaps", **_KMEANS)
        pixels, colors = table.index.size, len(table.colors)
        plain = "–"
        if pixels <= _PLAIN_UP_TO:
            model, seconds = timed(KMeans(8, n_init=10, random_state=42).fit, picture.reshape(-1, 3))
            plain = f"{seconds:.1f} s, inertia {100 * (model.inertia_ / clusters.inertia - 1):+.3f} %"
        _, encoding = timed(encode, table, clusters)
        indices = clusters.palette_labels[table.index]
        _, comparing = timed(ssim, picture, clusters.palette, indices)
        pairs = pair_colors(table, clusters.palette, indices)
        _, seeing = timed(delta_e, Reference(table), pairs)
        _, viewing = timed(View(table, 60).difference, clusters.palette, indices)
        cells = [
            f"{pixels:,}",
            f"{colors:,}",
            f"{decoding:.2f} s",
            cell(flattening, (3 + 4) * pixels / copied),
            f"{held:.1f} B",
            cell(fitting, 3 * 8 * colors * clusters.n_iter / multiplied),
            plain,
            cell(encoding, (4 + 1) * pixels / copied),
            cell(comparing, 4 * pixels / copied),
            cell(seeing, 6 * colors / copied),
            cell(viewing, 5 * pixels / copied),
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
        del picture, table, clusters, indices, pairs, file


def against_k(numbers: list[int], multiplied: float) -> None:
    """Print the cost of a fit and of its silhouette against k, on a small photograph and on its colours alone."""
    table = flatten(mosaic(0.0768))
    print(f"\n{table.index.size:,} pixels, {len(table.colors):,} colours:\n")
    print("| k | cluster | KMeans(n_init=10), colours | silhouette |")
    print("|---|---|---|---|")
    for k in numbers:
        clusters, fitting = timed(fit, table, k, "colors", "swaps", **_KMEANS)
        _, plain = timed(KMeans(k, n_init=10, random_state=42).fit, table.colors, sample_weight=table.counts)
        rows, weights = sample_by_weight(table.counts, 60_000)
        _, judging = timed(silhouette_samples, table.colors[rows], weights, {k: clusters.labels[rows]})
        floors = (3 * k * len(table.colors) * clusters.n_iter / multiplied, 5 * len(rows) ** 2 / (2 * multiplied))
        print(f"| {k} | {cell(fitting, floors[0])} | {plain:.2f} s | {cell(judging, floors[1])} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pixels", type=float, nargs="+", default=[1e4, 1e5, 1e6, 24e6, 1e8])
    parser.add_argument("--k", type=int, nargs="+", default=[2, 8, 64, 256])
    arguments = parser.parse_args()
    copied, multiplied = bytes_per_second(), multiplications_per_second()
    print(f"floors: {copied / 1e9:.1f} GB/s copied, {multiplied / 1e9:.1f} · 10⁹ multiplications/s\n")
    against_pixels(arguments.pixels, copied, multiplied)
    against_k(arguments.k, multiplied)


if __name__ == "__main__":
    main()

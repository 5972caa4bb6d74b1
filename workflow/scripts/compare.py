"""Quantize the image with other programs at the same k, and hold their results against ours."""

import io
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from PIL import Image
from sklearn.cluster import BisectingKMeans, MiniBatchKMeans

from _colors import ColorTable, load_table
from _images import indexed_image, read_indexed
from _job import JobError, log, run
from _metrics import delta_e, mean_squared_error, pair_colors, psnr, ssim
from _search import variance_cuts
from _spaces import to_srgb
from _style import BLUE, CYCLE, GREY, INK, SLIDE
from flatten import flatten

COLUMNS = ["method", "k", "colors_used", "mse", "psnr", "ssim", "delta_e_mean", "png_bytes", "pixels"]
_MAX_PIXELS = 400_000  # of larger images fewer are compared: some of the methods take a minute a megapixel


class Quantized(NamedTuple):
    """A palette (k, 3) uint8, and each pixel's place in it, (N,) uint8."""

    palette: np.ndarray
    indices: np.ndarray


def pillow(image: np.ndarray, k: int, method: str, polish: bool) -> Quantized:
    """Quantize with Pillow, by its MEDIANCUT, MAXCOVERAGE or FASTOCTREE; `polish` runs its k-means to the end.

    Parameters
    ----------
    image : (h, w, 3) uint8
        sRGB.
    """
    quantized = Image.fromarray(image).quantize(
        k, method=Image.Quantize[method], kmeans=int(polish), dither=Image.Dither.NONE
    )
    palette = np.asarray(quantized.getpalette(), np.uint8).reshape(-1, 3)
    return Quantized(palette, np.asarray(quantized).ravel())


def libimagequant(image: np.ndarray, k: int) -> Quantized:
    """Quantize (h, w, 3) uint8 sRGB with libimagequant, the engine of pngquant, at its default speed."""
    try:
        import imagequant
    except ImportError:  # its licence keeps it out of some environments
        raise JobError(
            "imagequant is not installed; pip install imagequant, or take 'imagequant' out of 'compare'"
        ) from None
    height, width = image.shape[:2]
    rgba = np.dstack([image, np.full((height, width), 255, np.uint8)])
    indices, palette = imagequant.quantize_raw_rgba_bytes(
        rgba.tobytes(), width, height, dithering_level=0.0, max_colors=k
    )
    return Quantized(np.array(palette, np.uint8).reshape(-1, 4)[:, :3], np.frombuffer(indices, np.uint8))


def minibatch_kmeans(image: np.ndarray, k: int, random_state: int) -> Quantized:
    """Fit scikit-learn's MiniBatchKMeans, otherwise at its defaults, to all pixels, (h, w, 3) uint8 sRGB."""
    model = MiniBatchKMeans(n_clusters=k, random_state=random_state).fit(image.reshape(-1, 3).astype(np.float32))
    return Quantized(to_srgb(model.cluster_centers_, "rgb"), model.labels_.astype(np.uint8))


def bisecting_kmeans(table: ColorTable, k: int, random_state: int) -> Quantized:
    """Fit scikit-learn's BisectingKMeans, otherwise at its defaults, to the colour table."""
    model = BisectingKMeans(n_clusters=k, random_state=random_state)
    labels = model.fit(table.colors.astype(np.float64), sample_weight=table.counts.astype(np.float64)).labels_
    return Quantized(to_srgb(model.cluster_centers_, "rgb"), labels.astype(np.uint8)[table.index])


def wu(table: ColorTable, k: int) -> Quantized:
    """Cut the colours in k boxes by variance (Wu 1991); each pixel takes its box's mean."""
    points = table.colors.astype(np.float64)
    means, labels = variance_cuts(points, table.counts.astype(np.float64), k)
    return Quantized(to_srgb(means, "rgb"), labels.astype(np.uint8)[table.index])


METHODS: dict[str, Callable[[np.ndarray, ColorTable, int, int], Quantized]] = {
    "median-cut": lambda image, table, k, seed: pillow(image, k, "MEDIANCUT", polish=False),
    "median-cut+kmeans": lambda image, table, k, seed: pillow(image, k, "MEDIANCUT", polish=True),
    "max-coverage": lambda image, table, k, seed: pillow(image, k, "MAXCOVERAGE", polish=False),
    "max-coverage+kmeans": lambda image, table, k, seed: pillow(image, k, "MAXCOVERAGE", polish=True),
    "octree": lambda image, table, k, seed: pillow(image, k, "FASTOCTREE", polish=False),
    "imagequant": lambda image, table, k, seed: libimagequant(image, k),
    "minibatch-kmeans": lambda image, table, k, seed: minibatch_kmeans(image, k, seed),
    "bisecting-kmeans": lambda image, table, k, seed: bisecting_kmeans(table, k, seed),
    "wu": lambda image, table, k, seed: wu(table, k),
}

# One look a method, a polished variant dashed in its plain one's colour.
_LOOKS = {
    "median-cut": {"color": CYCLE[1]},
    "median-cut+kmeans": {"color": CYCLE[1], "linestyle": "--"},
    "max-coverage": {"color": CYCLE[2]},
    "max-coverage+kmeans": {"color": CYCLE[2], "linestyle": "--"},
    "octree": {"color": GREY},
    "imagequant": {"color": CYCLE[3]},
    "minibatch-kmeans": {"color": CYCLE[4]},
    "bisecting-kmeans": {"color": CYCLE[4], "linestyle": "--"},
    "wu": {"color": CYCLE[5]},
    "ours": {"color": BLUE, "linewidth": 3, "markersize": 6, "zorder": 5},
}


def thin(pixels: np.ndarray) -> np.ndarray:
    """Take every pixel of an image, (h, w), or every second, third, … along and across, so that few enough are left."""
    step = math.ceil(math.sqrt(pixels.size / _MAX_PIXELS))
    return np.ascontiguousarray(pixels[::step, ::step])


def tidy(quantized: Quantized) -> Quantized:
    """Keep the colours in use, each once, most common first: what an encoder would write."""
    colors, place = np.unique(quantized.palette, axis=0, return_inverse=True)
    indices = place[quantized.indices]
    pixels = np.bincount(indices, minlength=len(colors))
    order = np.argsort(-pixels, kind="stable")[: np.count_nonzero(pixels)]
    rank = np.zeros(len(colors), np.uint8)
    rank[order] = np.arange(len(order))
    return Quantized(colors[order], rank[indices])


def measure(image: np.ndarray, table: ColorTable, quantized: Quantized) -> dict[str, float | int | None]:
    """Score a quantized image as scores.csv scores ours: from colors_used to pixels in COLUMNS."""
    palette, indices = quantized
    indexed = indexed_image(palette, indices, image.shape[:2])
    file = io.BytesIO()
    indexed.save(file, "PNG", optimize=True)
    pairs = pair_colors(table, palette, indices)
    mse = mean_squared_error(pairs)
    return {
        "colors_used": len(np.unique(palette[np.unique(indices)], axis=0)),
        "mse": mse,
        "psnr": psnr(mse),
        "ssim": ssim(image, np.asarray(indexed.convert("RGB"))),
        "delta_e_mean": float(np.average(delta_e(pairs), weights=pairs.counts)),
        "png_bytes": file.tell(),
        "pixels": len(indices),
    }


def rate_distortion(comparison: pd.DataFrame, image: str) -> Figure:
    """Draw bytes against PSNR and ΔE, one line a method, one point a k, ours on top."""
    figure = Figure(figsize=(SLIDE[0] * 1.25, SLIDE[1] * 1.25), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    measures = (("psnr", "PSNR in dB (more is better)"), ("delta_e_mean", "mean ΔE2000 (less is better)"))
    for axes, (column, label) in zip(figure.subplots(1, 2), measures, strict=True):
        for method, look in _LOOKS.items():
            rows = comparison[comparison["method"] == method].sort_values("k")
            if len(rows):
                style = {"marker": "o", "markersize": 3.5, "linewidth": 1.5, **look}
                axes.plot(rows["png_bytes"], rows[column], label=method, **style)
        axes.xaxis.set_major_formatter(EngFormatter("B"))
        if column == "delta_e_mean":
            axes.set_yscale("log", base=2)
            axes.yaxis.set_major_formatter("{x:g}")
        axes.set(xlabel="size of the indexed PNG", ylabel=label)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=5, frameon=False, fontsize=11)
    figure.suptitle(f"{image}: quality for bytes, by quantizer", fontsize=15, color=INK)
    return figure


def main(snakemake: Any) -> None:
    colors, _, index, shape = load_table(snakemake.input.pixels)
    image = colors[thin(index.reshape(shape))]
    table = flatten(image)
    log.info("compared on %d of %d pixels", len(table.index), len(index))
    rows = []
    for k, path in zip(snakemake.params.n_clusters, snakemake.input.reconstructed, strict=True):
        palette, indices = read_indexed(path)
        ours = Quantized(palette, thin(indices.reshape(shape)).ravel())
        rows.append({"method": "ours", "k": k, **measure(image, table, ours)})
    for method in snakemake.params.compare:
        for k in snakemake.params.n_clusters:
            quantized = tidy(METHODS[method](image, table, k, snakemake.params.random_state))
            rows.append({"method": method, "k": k, **measure(image, table, quantized)})
    comparison = pd.DataFrame(rows, columns=COLUMNS).round(4)
    comparison.to_csv(snakemake.output.table, index=False, lineterminator="\n")
    rate_distortion(comparison, snakemake.wildcards.image).savefig(snakemake.output.figure)


if __name__ == "__main__":
    run(main, snakemake)

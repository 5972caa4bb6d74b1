"""Quantize the image with other programs at the same k, and hold their results against ours."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from PIL import Image

from _colors import ColorTable, flatten, load_table
from _images import indexed_image, read_indexed, small_png
from _job import JobError, log, run
from _kept import FOLDER, Kept
from _metrics import Reference, score_picture
from _search import variance_cuts
from _spaces import to_srgb
from _style import BLUE, CYCLE, GREY, INK, SLIDE, say_exact
from _tables import rounded, to_csv

COLUMNS = ["method", "k", "colors_used", "mse", "psnr", "ssim", "delta_e_mean", "png_bytes", "pixels"]
_PACKAGES = ("imagequant", "numpy", "pillow", "pyoxipng", "scikit-learn")
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
    from sklearn.cluster import MiniBatchKMeans

    model = MiniBatchKMeans(n_clusters=k, random_state=random_state).fit(image.reshape(-1, 3).astype(np.float32))
    return Quantized(to_srgb(model.cluster_centers_, "rgb"), model.labels_.astype(np.uint8))


def bisecting_kmeans(table: ColorTable, k: int, random_state: int) -> Quantized:
    """Fit scikit-learn's BisectingKMeans, otherwise at its defaults, to the colour table."""
    from sklearn.cluster import BisectingKMeans

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
    # These three want no more clusters than there are colours.
    "minibatch-kmeans": lambda image, table, k, seed: minibatch_kmeans(image, min(k, len(table.colors)), seed),
    "bisecting-kmeans": lambda image, table, k, seed: bisecting_kmeans(table, min(k, len(table.colors)), seed),
    "wu": lambda image, table, k, seed: wu(table, min(k, len(table.colors))),
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
    """Take every pixel of an image, (h, w, …), or every second, third, … along and across, so that few are left."""
    step = math.ceil(math.sqrt(pixels.shape[0] * pixels.shape[1] / _MAX_PIXELS))
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


def measure(reference: Reference, quantized: Quantized) -> dict[str, float | int | None]:
    """Score a quantized image as scores.csv scores ours: from colors_used to pixels in COLUMNS."""
    (palette, indices), table = quantized, reference.table
    return {
        **score_picture(reference, palette, indices),
        "png_bytes": len(small_png(indexed_image(palette, indices, tuple(table.shape), table.mask))),
        "pixels": len(indices),
    }


def rate_distortion(comparison: Sequence[Mapping[str, Any]], image: str) -> Figure:
    """Draw bytes against PSNR and ΔE, one line a method, one point a k, ours on top; rows of a method are by k."""
    inexact = [row for row in comparison if math.isfinite(row["psnr"])]
    figure = Figure(figsize=(SLIDE[0] * 1.25, SLIDE[1] * 1.25), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
    measures = (("psnr", "PSNR in dB (more is better)"), ("delta_e_mean", "mean ΔE2000 (less is better)"))
    for axes, (column, label) in zip(figure.subplots(1, 2), measures, strict=True):
        for method, look in _LOOKS.items():
            if any(row["method"] == method for row in comparison):
                points = [(row["png_bytes"], row[column]) for row in inexact if row["method"] == method]
                style = {"marker": "o", "markersize": 3.5, "linewidth": 1.5, **look}
                axes.plot(*np.reshape(points, (-1, 2)).T, label=method, **style)
        axes.xaxis.set_major_formatter(EngFormatter("B"))
        if column == "delta_e_mean" and inexact:
            axes.set_yscale("log", base=2)
            axes.yaxis.set_major_formatter("{x:g}")
        axes.set(xlabel="size of the indexed PNG", ylabel=label)
        if len(inexact) < len(comparison):
            say_exact(axes, bool(inexact))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=5, frameon=False, fontsize=11)
    figure.suptitle(f"{image}: quality for bytes, by quantizer", fontsize=15, color=INK)
    return figure


def main(snakemake: Any) -> None:
    whole = load_table(snakemake.input.pixels)
    picture = thin(whole.picture())
    table = flatten(picture)
    reference = Reference(table)
    # Other quantizers know nothing of pixels that do not count: they get the others in one row.
    image = picture if table.mask is None else table.colors[table.index][None]
    log.info("compared on %d of %d pixels", len(table.index), len(whole.index))
    params, rows, made = snakemake.params, [], []
    seed = params.random_state
    pixels = f"{picture.shape} {hashlib.sha256(picture.tobytes()).hexdigest()}"
    kept = Kept(FOLDER / "compare" / snakemake.wildcards.image, params.code, pixels, packages=_PACKAGES)

    def add(method: str, k: int, made_from: bytes, quantize: Callable[[], Quantized]) -> None:
        """Add a row, the one of an earlier run if nothing has changed."""
        key = kept.key(method, k, made_from)
        if (row := kept.read(key)) is None:
            made.append(key)
            row = json.dumps(rounded({"method": method, "k": k, **measure(reference, quantize())})).encode()
            kept.write(key, row)
        rows.append(json.loads(row))

    for k, path in zip(params.n_clusters, snakemake.input.reconstructed, strict=True):
        palette, indices = read_indexed(path)
        indices = thin(whole.spread(indices))
        ours = Quantized(palette, indices.ravel() if table.mask is None else indices[table.mask])
        add("ours", k, Path(path).read_bytes(), lambda ours=ours: ours)
    for method in params.compare:
        for k in params.n_clusters:
            add(method, k, str(seed).encode(), lambda m=method, k=k: tidy(METHODS[m](image, table, k, seed)))
    kept.forget_the_rest()
    log.info("%d of %d rows are as they were before", len(rows) - len(made), len(rows))
    Path(snakemake.output.table).write_text(to_csv(rows, COLUMNS), encoding="utf-8")
    rate_distortion(rows, snakemake.wildcards.image).savefig(snakemake.output.figure)


if __name__ == "__main__":
    run(main, snakemake)

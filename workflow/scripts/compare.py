"""Quantize the image with other programs at the same k, and hold their results against ours."""

import hashlib
import json
import math
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from photopalette.palettes.blas import use_plainest_kernels

if __name__ == "__main__":
    use_plainest_kernels()  # of scikit-learn's two quantizers, before numpy is imported

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator, NullLocator

from photopalette.color.spaces import nearest
from photopalette.color.table import ColorTable, flatten, load_table
from photopalette.figures.style import BLUE, CYCLE, GREY, INK, SLIDE, say_exact
from photopalette.files.tables import rounded, to_csv
from photopalette.palettes.quantizers import OURS, QUANTIZERS, Quantized
from photopalette.palettes.reading import PaletteError, parse_colors, read_palette
from photopalette.photo.sources import path_of
from photopalette.pictures.indexed import diffuse, indexed_image, read_indexed, small_png
from photopalette.quality.metrics import Reference, score_picture
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import JobError, log, run
from photopalette.run.packages import KERNELS, PNG, SKLEARN

COLUMNS = ["method", "k", "colors_used", "mse", "psnr", "ssim", "delta_e_mean", "png_bytes", "pixels"]
_PACKAGES = ("imagequant", "numpy", *KERNELS, *PNG, *SKLEARN)
_COLORS = (*CYCLE[1:], GREY, "#6A3D9A")
_MAX_PIXELS = 400_000  # of larger images fewer are compared: some of the methods take a minute a megapixel


def given_palette(table: ColorTable, palette: np.ndarray, space: str) -> Quantized:
    """Give each pixel the nearest colour of a palette, (k, 3) uint8, in a space; itself, where the palette has it."""
    return Quantized(palette, nearest(table.colors, palette, space)[table.index])


def thin(pixels: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Take every pixel of an image, (h, w, …), or every second, third, … along and across, so that few are left.

    With a mask, (h, w) bool, few of those that count, and one at least.
    """
    count = pixels.shape[0] * pixels.shape[1] if mask is None else np.count_nonzero(mask)
    step = math.ceil(math.sqrt(count / _MAX_PIXELS))
    top, left = (0, 0) if mask is None else (int(place) % step for place in np.divmod(mask.argmax(), mask.shape[1]))
    return np.ascontiguousarray(pixels[top::step, left::step])


def tidy(quantized: Quantized) -> Quantized:
    """Keep the colours in use, each once, most common first: what an encoder would write."""
    colors, place = np.unique(quantized.palette, axis=0, return_inverse=True)
    indices = place[quantized.indices]
    pixels = np.bincount(indices, minlength=len(colors))
    order = np.argsort(-pixels, kind="stable")[: np.count_nonzero(pixels)]
    rank = np.zeros(len(colors), np.uint8)
    rank[order] = np.arange(len(order))
    return Quantized(colors[order], rank[indices])


def measure(reference: Reference, quantized: Quantized) -> tuple[dict[str, float | int | None], bytes]:
    """Score a quantized image as scores.csv scores ours, from colors_used to pixels in COLUMNS; give its PNG, too."""
    (palette, indices), table = quantized, reference.table
    picture = small_png(indexed_image(palette, indices, tuple(table.shape), table.mask))
    scores = score_picture(reference, palette, indices)
    return {**scores, "png_bytes": len(picture), "pixels": len(indices)}, picture


def efficient(points: Sequence[tuple[float, float]], more_is_better: bool) -> list[tuple[float, float]]:
    """Keep, by their bytes, the points (bytes, quality) that are better than all that take no more bytes."""
    kept: list[tuple[float, float]] = []
    for size, quality in sorted(points, key=lambda point: (point[0], -point[1] if more_is_better else point[1])):
        if not kept or (quality > kept[-1][1] if more_is_better else quality < kept[-1][1]):
            kept.append((size, quality))
    return kept


def rate_distortion(comparison: Sequence[Mapping[str, Any]], image: str) -> Figure:
    """Draw bytes against PSNR and against ΔE, and k against bytes; one point a k, one line a method, ours on top.

    More colours may take fewer bytes: a line of quality for bytes leaves out what another k of its method betters in
    both, and so never turns back.
    """
    figure = Figure(figsize=(SLIDE[0] * 1.6, SLIDE[1] * 1.6), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12, wspace=0.03)
    panels = (
        ("png_bytes", "psnr", "size of the indexed PNG", "PSNR in dB (more is better)"),
        ("png_bytes", "delta_e_mean", "size of the indexed PNG", "mean ΔE2000 (less is better)"),
        ("k", "png_bytes", "number of colours k", "size of the indexed PNG (less is better)"),
    )
    looks = _looks()
    methods = [method for method in looks if any(row["method"] == method for row in comparison)]
    # Given palettes have a size of their own: a point each.
    sizes = {row["method"]: row["k"] for row in comparison if row["method"] not in looks}
    n_clusters = sorted({row["k"] for row in comparison if row["method"] in looks})
    looks |= {method: _point(place) for place, method in enumerate(sizes)}
    methods = [*sizes, *methods]
    for axes, (x, y, xlabel, ylabel) in zip(figure.subplots(1, 3), panels, strict=True):
        rows = [row for row in comparison if x == "k" or math.isfinite(row["psnr"])]
        axes.set(xlabel=xlabel, ylabel=ylabel)
        for place, method in enumerate(methods):
            points = [(row[x], row[y]) for row in rows if row["method"] == method]
            line = points if x == "k" else efficient(points, more_is_better=y == "psnr")
            others = [point for point in points if point not in line]
            if x == "k" and len(n_clusters) == 1:  # side by side, as all have the same k
                line = [(-place, size) for _, size in line]
            style = {"marker": "o", "markersize": 4, "linewidth": 1.5, **looks[method]}
            label = f"{method} ({sizes[method]} colours)" if method in sizes else method
            axes.plot(*np.reshape(line, (-1, 2)).T, label=label, **style)
            if others:
                axes.plot(*np.reshape(others, (-1, 2)).T, **{**style, "linestyle": "none"})
                axes.set_title("points off their line: another k is both smaller and better", fontsize=9, color=GREY)
        if x == "k":
            axes.set_ylim(bottom=0)
            _show_bytes(axes.yaxis)
            _show_k(axes, n_clusters if len(n_clusters) == 1 else sorted({*n_clusters, *sizes.values()}))
            continue
        _show_bytes(axes.xaxis)
        if y == "delta_e_mean" and rows and max(row[y] for row in rows) > 4 * min(row[y] for row in rows):
            axes.set_yscale("log", base=2)
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_locator(NullLocator())
        if len(rows) < len(comparison):
            say_exact(axes, bool(rows))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=6, frameon=False, fontsize=11)
    figure.suptitle(f"{image}: quality against file size, by quantizer", fontsize=15)
    return figure


def _looks() -> dict[str, dict[str, Any]]:
    """Give each quantizer a colour; a variant, named with a plus, is dashed, with hollow points, in its plain one's."""
    plain = list(dict.fromkeys(name.partition("+")[0] for name in QUANTIZERS))
    looks: dict[str, dict[str, Any]] = {}
    for name in (*QUANTIZERS, *OURS):  # drawn in this order: ours on top
        base = name.partition("+")[0]
        if base in plain:
            place = plain.index(base)
            looks[name] = {"color": _COLORS[place % len(_COLORS)], "linestyle": "-:"[place // len(_COLORS) % 2]}
        else:
            looks[name] = {"color": BLUE, "linewidth": 3, "markersize": 6, "zorder": 5}
        if name != base:
            looks[name] |= {"linestyle": "--", "linewidth": 1.5, "markerfacecolor": "white"}
    return looks


def _point(place: int) -> dict[str, Any]:
    """Give the given palette at this place a mark of its own."""
    marks = "sD^vP*X<>p"
    return {"color": INK, "marker": marks[place % len(marks)], "markersize": 7, "linestyle": "none", "zorder": 6}


def _show_bytes(axis: Axis) -> None:
    axis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
    axis.set_major_formatter(EngFormatter("B"))


def _show_k(axes: Axes, n_clusters: Sequence[int]) -> None:
    """Mark the k, on a logarithmic axis where they span several doublings."""
    if len(n_clusters) == 1:
        axes.set(xticks=[], xlabel=f"k = {n_clusters[0]}")
    elif n_clusters[-1] > 8 * n_clusters[0]:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter("{x:g}")
        if len(n_clusters) <= 8:
            axes.set_xticks(n_clusters)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(9, integer=True, min_n_ticks=1))


def rebuilt(index: np.ndarray, path: str) -> Quantized:
    """Rebuild an image by our palette, from clusters.npz, as all others are: without dithering.

    Parameters
    ----------
    index : (N,) uint32
        Row of the colour table of each pixel that is compared.
    path
        The fit.
    """
    with np.load(path, allow_pickle=False) as clusters:
        return Quantized(clusters["palette"], clusters["palette_labels"][index])


def given(palettes: Mapping[str, str | Sequence[str] | None], files: Sequence[str]) -> dict[str, np.ndarray]:
    """Read the palettes of the configuration, (k, 3) uint8 each; those in files from where Snakemake has put any."""
    names = [value for value in palettes.values() if isinstance(value, str)]
    places = dict(zip(names, files or names, strict=True))
    try:
        return {
            name: read_palette(path_of(places[value])) if isinstance(value, str) else parse_colors(value)
            for name, value in palettes.items()
            if value is not None
        }
    except PaletteError as error:
        raise JobError(str(error)) from None


def main(snakemake: Any) -> None:
    whole = load_table(snakemake.input.pixels)
    picture = thin(whole.picture(), whole.mask)
    table = flatten(picture)
    reference = Reference(table)
    # Other quantizers know nothing of pixels that do not count: they get the others in one row.
    image = picture if table.mask is None else table.colors[table.index][None]
    log.info("compared on %d of %d pixels", len(table.index), len(whole.index))
    params, rows = snakemake.params, []
    pictures = zipfile.ZipFile(snakemake.output.pictures, "w")
    seed = params.random_state
    pixels = f"{picture.shape} {hashlib.sha256(picture.tobytes()).hexdigest()}"
    cache = Cache(FOLDER / "compare" / snakemake.wildcards.image, params.code, pixels, packages=_PACKAGES)

    def compared(values: np.ndarray) -> np.ndarray:
        """Take from what the image's pixels have, (N,), what those have that are compared."""
        thinned = thin(whole.spread(values), whole.mask)
        return thinned.ravel() if table.mask is None else thinned[table.mask]

    def add(method: str, k: int, made_from: bytes, quantize: Callable[[], Quantized]) -> None:
        """Add a row and its picture, from the cache if nothing has changed."""

        def make() -> bytes:
            scores, picture = measure(reference, quantize())
            return json.dumps(rounded({"method": method, "k": k, **scores})).encode() + b"\n" + picture

        scores, _, picture = cache.get(make, method, k, made_from).partition(b"\n")
        rows.append(json.loads(scores))
        # No time in it, so that the same pictures make the same file.
        pictures.writestr(zipfile.ZipInfo(f"k{k}/{method}.png"), picture)

    for k, path in zip(params.n_clusters, snakemake.input.clusters, strict=True):
        fit = rebuilt(compared(whole.index), path)
        add("ours", k, fit.palette.tobytes() + fit.indices.tobytes(), lambda fit=fit: fit)
    # Dithering trades error for a pattern of dots: a line of its own, beside what is held against the others.
    for k, path in zip(params.n_clusters, snakemake.input.dithered, strict=False):
        palette, indices = read_indexed(path)
        dithered = Quantized(palette, compared(indices))
        add("ours+dither", k, Path(path).read_bytes(), lambda dithered=dithered: dithered)
    for method in params.compare:
        for k in params.n_clusters:
            add(method, k, str(seed).encode(), lambda m=method, k=k: tidy(QUANTIZERS[m](image, table, k, seed)))
    for method, palette in given(params.palettes, snakemake.input.palettes).items():
        if table.mask is not None and len(palette) > 255:
            raise JobError(
                f"palettes.{method}: an indexed PNG holds 256 colours, one of them transparent here; use 255 at most"
            )
        made_from = palette.tobytes() + params.space.encode()
        add(method, len(palette), made_from, lambda p=palette: tidy(given_palette(table, p, params.space)))
        if params.dither != "none":
            dithered = f"{method}+dither"
            add(dithered, len(palette), made_from, lambda p=palette: tidy(Quantized(p, diffuse(table, p))))
    pictures.close()
    cache.delete_unused()
    log.info("%d of %d rows are unchanged and reused", len(rows) - cache.made, len(rows))
    Path(snakemake.output.table).write_text(to_csv(rows, COLUMNS), encoding="utf-8")
    rate_distortion(rows, snakemake.wildcards.image).savefig(snakemake.output.figure)


if __name__ == "__main__":
    run(main, snakemake)

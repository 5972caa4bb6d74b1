"""Quantize the image with other programs at the same k, and compare their results with ours."""

import hashlib
import json
import math
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from photopalette.palettes.blas import use_plainest_kernels

if __name__ == "__main__":
    use_plainest_kernels()  # of scikit-learn's two quantizers, before numpy is imported

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator, NullLocator

from photopalette.color.spaces import nearest
from photopalette.color.table import ColorTable, count_colors, flatten, load_table
from photopalette.figures.style import BLUE, CYCLE, GREY, INK, SLIDE, note_exact_copies
from photopalette.figures.titles import fit, name_in_figures
from photopalette.files.tables import rounded, to_csv
from photopalette.palettes.quantizers import OURS, QUANTIZERS, Quantized, choose_k
from photopalette.palettes.reading import PaletteError, parse_colors, read_palette
from photopalette.photo.sources import path_of
from photopalette.pictures.dithering import dither
from photopalette.pictures.indexed import indexed_image, read_indexed, small_png
from photopalette.quality.metrics import METRICS, SEEN, Reference, score_picture
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import JobError, log, run
from photopalette.run.packages import KERNELS, PNG, SKLEARN

COLUMNS = [
    *("method", "k", "colors_used", "mse", "psnr", "ssim", "delta_e_mean", "delta_e_seen_mean"),
    *("png_bytes", "pixels"),
]
_PACKAGES = ("imagequant", "numpy", *KERNELS, *PNG, *SKLEARN)
_COLORS = (*CYCLE[1:], GREY, "#6A3D9A")
_MAX_PIXELS = 400_000  # of larger images fewer are compared: some of the methods take a minute a megapixel


def apply_palette(table: ColorTable, palette: np.ndarray, space: str) -> Quantized:
    """Show each pixel in the nearest colour of a palette, (k, 3) uint8, by the distance in a colour space."""
    return Quantized(palette, nearest(table.colors, palette, space)[table.index])


def subsample(pixels: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Select every n-th pixel of an image, (h, w, …), along and across, so that no more than 400,000 are left.

    With a mask, (h, w) bool, this is the number of pixels that count, of which at least one is left.
    """
    count = pixels.shape[0] * pixels.shape[1] if mask is None else np.count_nonzero(mask)
    step = math.ceil(math.sqrt(count / _MAX_PIXELS))
    top, left = (0, 0) if mask is None else (int(place) % step for place in np.divmod(mask.argmax(), mask.shape[1]))
    return np.ascontiguousarray(pixels[top::step, left::step])


def compact(quantized: Quantized) -> Quantized:
    """Remove unused and duplicate colours, and sort the others by their pixels, as an encoder would."""
    colors, place = np.unique(quantized.palette, axis=0, return_inverse=True)
    indices = place[quantized.indices]
    pixels = np.bincount(indices, minlength=len(colors))
    order = np.argsort(-pixels, kind="stable")[: np.count_nonzero(pixels)]
    rank = np.zeros(len(colors), np.uint8)
    rank[order] = np.arange(len(order))
    return Quantized(colors[order], rank[indices])


def measure(
    reference: Reference, quantized: Quantized, without: Collection[str] = ()
) -> tuple[dict[str, float | int | None], bytes]:
    """Score a quantized image, from colors_used to pixels in COLUMNS but for some metrics, and encode it as a PNG."""
    (palette, indices), table = quantized, reference.table
    picture = small_png(indexed_image(palette, indices, tuple(table.shape), table.mask))
    scores = score_picture(reference, palette, indices, without)
    return {**scores, "png_bytes": len(picture), "pixels": len(indices)}, picture


def pareto_front(points: Sequence[tuple[float, float]], more_is_better: bool) -> list[tuple[float, float]]:
    """Select the points (bytes, quality) that no other point betters in both, by rising bytes."""
    front: list[tuple[float, float]] = []
    for size, quality in sorted(points, key=lambda point: (point[0], -point[1] if more_is_better else point[1])):
        if not front or (quality > front[-1][1] if more_is_better else quality < front[-1][1]):
            front.append((size, quality))
    return front


def rate_distortion(comparison: Sequence[Mapping[str, Any]], image: str) -> Figure:
    """Draw PSNR and ΔE against bytes, and bytes against k: a line for each method, with a point for each k.

    In the first two, a line joins only the Pareto front of its method; without that it would turn back, as more colours
    may take fewer bytes.
    """
    figure = Figure(figsize=(SLIDE[0] * 1.6, SLIDE[1] * 1.6), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12, wspace=0.03)
    panels = (
        ("png_bytes", "psnr", "size of the indexed PNG", "PSNR in dB (more is better)"),
        ("png_bytes", "delta_e_mean", "size of the indexed PNG", "mean ΔE2000 (less is better)"),
        ("k", "png_bytes", "number of colours k", "size of the indexed PNG (less is better)"),
    )
    styles = _line_styles()
    methods = [method for method in styles if any(row["method"] == method for row in comparison)]
    # Given palettes have a size of their own: a point each.
    sizes = {row["method"]: row["k"] for row in comparison if row["method"] not in styles}
    n_clusters = sorted({row["k"] for row in comparison if row["method"] in styles})
    styles |= {method: _point_style(place) for place, method in enumerate(sizes)}
    methods = [*sizes, *methods]
    for axes, (x, y, xlabel, ylabel) in zip(figure.subplots(1, 3), panels, strict=True):
        rows = [row for row in comparison if x == "k" or math.isfinite(row["psnr"])]
        axes.set(xlabel=xlabel, ylabel=ylabel)
        for place, method in enumerate(methods):
            points = [(row[x], row[y]) for row in rows if row["method"] == method]
            line = points if x == "k" else pareto_front(points, more_is_better=y == "psnr")
            others = [point for point in points if point not in line]
            if x == "k" and len(n_clusters) == 1:  # side by side, as all have the same k
                line = [(-place, size) for _, size in line]
            style = {"marker": "o", "markersize": 4, "linewidth": 1.5, **styles[method]}
            label = f"{method} ({count_colors(sizes[method])})" if method in sizes else method
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
            note_exact_copies(axes, bool(rows))
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside lower center", ncols=6, frameon=False, fontsize=11)
    title, size = fit(f"{image}: quality against file size, by quantizer", figure.get_figwidth() - 0.5, 15)
    figure.suptitle(title, fontsize=size)
    return figure


def _line_styles() -> dict[str, dict[str, Any]]:
    """Choose the style of each method; a variant, named with a plus, is dashed and hollow in the plain one's colour."""
    plain = list(dict.fromkeys(name.partition("+")[0] for name in QUANTIZERS))
    styles: dict[str, dict[str, Any]] = {}
    for name in (*QUANTIZERS, *OURS):  # drawn in this order: ours on top
        base = name.partition("+")[0]
        if base in plain:
            place = plain.index(base)
            styles[name] = {"color": _COLORS[place % len(_COLORS)], "linestyle": "-:"[place // len(_COLORS) % 2]}
        else:
            styles[name] = {"color": BLUE, "linewidth": 3, "markersize": 6, "zorder": 5}
        if name != base:
            styles[name] |= {"linestyle": "--", "linewidth": 1.5, "markerfacecolor": "white"}
    return styles


def _point_style(place: int) -> dict[str, Any]:
    """Choose the marker of a given palette, by its place among them."""
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


def read_palettes(palettes: Mapping[str, str | Sequence[str] | None], files: Sequence[str]) -> dict[str, np.ndarray]:
    """Read the palettes of the config, (k, 3) uint8 each; `files` are those that Snakemake has put elsewhere."""
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


class Sample:
    """The pixels of an image on which quantizers are compared.

    Parameters
    ----------
    whole
        Colour table of the image.

    Attributes
    ----------
    table : ColorTable
        Colour table of the pixels.
    image : (h, w, 3) uint8
        Input of the quantizers. As they have no masks, the pixels of a cut-out are put in one row.
    digest : str
        Hash of the pixels.
    is_whole : bool
        Whether it has all pixels of the image.
    """

    def __init__(self, whole: ColorTable):
        self.whole = whole
        picture = subsample(whole.picture(), whole.mask)
        self.table = table = flatten(picture)
        self.image = picture if table.mask is None else table.colors[table.index][None]
        self.digest = f"{picture.shape} {hashlib.sha256(picture.tobytes()).hexdigest()}"

    @property
    def is_whole(self) -> bool:
        return len(self.table.index) == len(self.whole.index)

    def select(self, values: np.ndarray) -> np.ndarray:
        """Select the values of these pixels, (n,), from those of all pixels that count, (N,)."""
        values = subsample(self.whole.spread(values), self.whole.mask)
        return values.ravel() if self.table.mask is None else values[self.table.mask]


class Entry(NamedTuple):
    """An image to be compared: its method, its k, what determines it beside the pixels, and how to make it."""

    method: str
    k: int
    made_from: bytes
    quantize: Callable[[], Quantized]


def our_entries(sample: Sample, paths: Mapping[int, str]) -> Iterator[Entry]:
    """Rebuild the image from each fit, a clusters.npz, by its k, without dithering."""
    index = sample.select(sample.whole.index)
    for k, path in paths.items():
        with np.load(path, allow_pickle=False) as clusters:
            fit = Quantized(clusters["palette"], clusters["palette_labels"][index])
        yield Entry("ours", k, fit.palette.tobytes() + fit.indices.tobytes(), lambda fit=fit: fit)


def dithered_entries(sample: Sample, paths: Mapping[int, str]) -> Iterator[Entry]:
    """Read our dithered pictures, by their k, if there are any."""
    for k, path in paths.items():
        palette, indices = read_indexed(path)
        dithered = Quantized(palette, sample.select(indices))
        yield Entry("ours+dither", k, Path(path).read_bytes(), lambda dithered=dithered: dithered)


def other_entries(sample: Sample, n_clusters: Sequence[int], methods: Sequence[str], seed: int) -> Iterator[Entry]:
    """Quantize the image by each of the methods for each k."""
    for method in methods:
        for k in n_clusters:
            yield Entry(
                method,
                k,
                str(seed).encode(),
                lambda m=method, k=k: compact(QUANTIZERS[m](sample.image, sample.table, k, seed)),
            )


def select(entries: Iterable[Entry], n_clusters: Collection[int], cache: Cache) -> Iterator[Entry]:
    """Select the images of some k; what is known of the others is kept for runs that compare them."""
    for entry in entries:
        if entry.k in n_clusters:
            yield entry
        else:
            cache.keep(entry.method, entry.k, entry.made_from)


def palette_entries(
    sample: Sample, palettes: Mapping[str, np.ndarray], space: str, reconstruct: Mapping[str, Any]
) -> Iterator[Entry]:
    """Show the image in each given palette, and dithered as well if our pictures are."""
    table = sample.table
    for method, palette in palettes.items():
        if table.mask is not None and len(palette) > 255:
            raise JobError(
                f"palettes.{method}: an indexed PNG holds 256 colours, one of them transparent here; use 255 at most"
            )
        made_from = palette.tobytes() + space.encode()
        yield Entry(method, len(palette), made_from, lambda p=palette: compact(apply_palette(table, p, space)))
        if reconstruct["dither"] != "none":

            def dithered(palette: np.ndarray = palette) -> Quantized:
                places = dither(table, palette, reconstruct["dither"], reconstruct["serpentine"])
                return compact(Quantized(palette, places))

            made_from += json.dumps(reconstruct, sort_keys=True).encode()
            yield Entry(f"{method}+dither", len(palette), made_from, dithered)


def score_entries(
    sample: Sample, entries: Iterable[Entry], cache: Cache, path: str, viewing: float | None = None
) -> list[dict[str, Any]]:
    """Score all entries, and write their pictures to a ZIP archive; unchanged ones of an earlier run are reused.

    Parameters
    ----------
    sample, entries, cache
        What is compared, and what earlier runs have found.
    path
        Of the archive.
    viewing
        Pixels per degree of visual angle, if the differences that are seen from a distance are wanted.

    Returns
    -------
    list of dict
        A row of comparison.csv for each entry.
    """
    reference, rows = Reference(sample.table, *([viewing] if viewing else [])), []
    without = {*METRICS} - {*COLUMNS} | {*(() if viewing else SEEN)}
    with zipfile.ZipFile(path, "w") as archive:
        for method, k, made_from, quantize in entries:

            def make(method: str = method, k: int = k, quantize: Callable[[], Quantized] = quantize) -> bytes:
                scores, picture = measure(reference, quantize(), without)
                return json.dumps(rounded({"method": method, "k": k, **scores})).encode() + b"\n" + picture

            scores, _, picture = cache.get(make, method, k, made_from).partition(b"\n")
            rows.append(json.loads(scores))
            # ZipInfo without a time, so that the same pictures give the same archive.
            archive.writestr(zipfile.ZipInfo(f"k{k}/{method}.png"), picture)
    cache.delete_unused()
    log.info("%d of %d rows are unchanged and reused", len(rows) - cache.made, len(rows))
    return rows


def read_answer(paths: Sequence[str]) -> int | None:
    """Read how many colours an image needs from its search.json, if there is one."""
    return next((json.loads(Path(path).read_text(encoding="utf-8"))["k"] for path in paths), None)


def main(snakemake: Any) -> None:
    source, params, output, image = snakemake.input, snakemake.params, snakemake.output, snakemake.wildcards.image
    sample = Sample(load_table(source.pixels))
    log.info("compared on %d of %d pixels", len(sample.table.index), len(sample.whole.index))
    # A sample of the pixels has other dots than the picture.
    viewing = params.viewing if sample.is_whole else None
    cache = Cache(FOLDER / "compare" / image, params.code, sample.digest, str(viewing), packages=_PACKAGES)
    n_clusters = choose_k(params.n_clusters, read_answer(source.search)) if params.few else params.n_clusters
    log.info("compared at k = %s", ", ".join(map(str, n_clusters)))
    ours, dithered = (
        {k: path for k, path in zip(params.n_clusters, paths, strict=False) if k in n_clusters}
        for paths in (source.clusters, source.dithered)
    )
    others = other_entries(sample, params.n_clusters, params.methods, params.random_state)
    entries = chain(
        our_entries(sample, ours),
        dithered_entries(sample, dithered),
        select(others, n_clusters, cache),
        palette_entries(sample, read_palettes(params.palettes, source.palettes), params.space, params.reconstruct),
    )
    rows = score_entries(sample, entries, cache, output.pictures, viewing)
    Path(output.table).write_text(to_csv(rows, COLUMNS), encoding="utf-8")
    name = name_in_figures(params.title, image)
    rate_distortion(rows, name).savefig(output.figure)


if __name__ == "__main__":
    run(main, snakemake)

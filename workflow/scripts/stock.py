"""Choose the best few of the colours that somebody has, and say how many meet the target."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from photopalette.color.order import color_order
from photopalette.color.spaces import nearest
from photopalette.color.table import ColorTable, count_colors, hex_codes, load_table
from photopalette.figures.style import BLUE, GREY, INK, ORANGE, SLIDE, save, scale_k
from photopalette.figures.titles import fit, name_in_figures
from photopalette.files.checksum import sha256_of
from photopalette.files.tables import rounded, to_csv, to_shares
from photopalette.kmeans.choose import Choice, choose
from photopalette.kmeans.points import Points
from photopalette.palettes.formats import palette_files
from photopalette.palettes.palette import palette_rows, write_palette
from photopalette.palettes.reading import PaletteError
from photopalette.palettes.stock import Stock, read_stock
from photopalette.photo.sources import path_of
from photopalette.pictures.indexed import palette_and_indices, rebuild, small_png
from photopalette.quality.certificate import gap, round_down
from photopalette.quality.losses import lost
from photopalette.quality.metrics import METRICS, Reference, score_picture
from photopalette.quality.targets import (
    LEVELS,
    confirm,
    describe_scores,
    describe_target,
    excess,
    level_of,
    level_score,
    meets,
)
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import JobError, log, run
from photopalette.run.packages import KERNELS, PNG

COLUMNS = ["k", "colors", "inertia", "lower_bound", "gap", "colors_used", *METRICS, "png_bytes"]
_PACKAGES = ("numpy", *KERNELS, *PNG)
_MOST = 256  # entries of an indexed PNG's palette; a cut-out needs one for its transparent pixels
_MISSING = 3  # lost colours that a sentence names, at most


class Picture:
    """The image in a choice of colours, in the order that was asked for.

    Parameters
    ----------
    table
        The image's colour table.
    stock
        What was chosen from.
    rows : (k,) int64
        The colours chosen.
    space
        Where each colour of the image goes to the nearest.
    reconstruct
        How to dither, see :func:`photopalette.pictures.indexed.rebuild`.
    order
        Of the colours, see :func:`photopalette.color.order.color_order`; ties are in the order of the stock.
    """

    def __init__(
        self,
        table: ColorTable,
        stock: Stock,
        rows: np.ndarray,
        space: str,
        reconstruct: Mapping[str, Any],
        order: str = "share",
    ):
        labels = nearest(table.colors, stock.colors[rows], space)
        pixels = np.bincount(labels, table.counts, len(rows)).astype(np.int64)
        places = color_order(stock.colors[rows], pixels, np.arange(len(rows))[:, None], order)
        self.stock, self.rows, self.pixels = stock, rows[places], pixels[places]
        labels = np.argsort(places).astype(np.uint8)[labels]
        self.palette = stock.colors[self.rows]
        self.image: Image.Image = rebuild(table, self.palette, labels, **reconstruct)

    @property
    def kept(self) -> np.ndarray | None:
        """Which of the colours had to be chosen, (k,) bool; None if none had to."""
        return np.isin(self.rows, self.stock.kept) if len(self.stock.kept) else None

    def tabulate(self) -> list[dict[str, Any]]:
        """Tabulate the palette, see :func:`photopalette.palettes.palette.palette_rows`."""
        return palette_rows(self.palette, self.pixels, [self.stock.label(row) for row in self.rows], self.kept)

    def used(self) -> list[dict[str, Any]]:
        """Tabulate the colours, and how much of the picture they are for."""
        columns = {
            "name": [self.stock.names[row] for row in self.rows],
            "code": [self.stock.codes[row] for row in self.rows],
            "hex": hex_codes(self.palette),
            "pixels": self.pixels.tolist(),
            "share": to_shares(self.pixels.tolist(), 6),
            **({} if self.kept is None else {"kept": self.kept.tolist()}),
        }
        return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def pack(choices: Sequence[Choice]) -> bytes:
    """Pack choices for the cache."""
    rows = [{"rows": choice.rows.tolist(), "ends": [choice.inertia, choice.lower_bound]} for choice in choices]
    return json.dumps(rows).encode()


def unpack(content: bytes) -> list[Choice]:
    """Unpack what :func:`pack` has packed; JSON keeps every digit."""
    return [Choice(np.array(row["rows"], np.int64), *row["ends"]) for row in json.loads(content)]


def tabulate(stock: Stock, choice: Choice, scores: Mapping[str, Any]) -> dict[str, Any]:
    """Make a row of choices.csv."""
    least = round_down(choice.lower_bound)
    bounds = {"inertia": choice.inertia, "lower_bound": least, "gap": gap(choice.inertia, least)}
    colors = " ".join(hex_codes(stock.colors[choice.rows]))
    return {"k": len(choice.rows), "colors": colors, **bounds, **scores}


def answer(rows: Sequence[Mapping[str, Any]], target: Mapping[str, float], dither: str) -> dict[str, Any]:
    """Answer how many colours of a stock an image needs.

    Parameters
    ----------
    rows
        Those of choices.csv, with k rising.
    target
        Bounds of scores; it may be empty.
    dither
        How the pictures were dithered.

    Returns
    -------
    dict
        ``asked``, the target; ``k``, the fewest colours that meet it, or those that miss it least, or the most where
        nothing is asked for; ``meets``, which of these it is; ``prices``, for each of LEVELS and the target what is
        ``asked``, its ``meaning`` and ``k``, None if no choice has that quality; and ``stops``, the k to
        show, with the most where no choice has a quality.
    """
    score = level_score(dither)
    asked = [{score: level} for level in LEVELS]
    prices = []
    for wanted in (*asked, *([target] if target and target not in asked else [])):
        row = next((row for row in rows if meets(row, wanted)), None)
        meaning = LEVELS.get(wanted.get(score)) if len(wanted) == 1 else None
        price = {"asked": wanted, "meaning": confirm(meaning, row) if row else meaning, "k": row and row["k"]}
        prices.append(price)
    found = next((row["k"] for row in rows if meets(row, target)), None) if target else None
    k = rows[-1]["k"]
    if target:
        k = found or min(rows, key=lambda row: excess(row, target))["k"]
    stops = sorted({k, *(price["k"] or rows[-1]["k"] for price in prices)})
    return {"asked": target, "k": k, "meets": found is not None, "prices": prices, "stops": stops}


def say(
    name: str, stock: Stock, found: Mapping[str, Any], row: Mapping[str, Any], free: int | None, beside: int = 0
) -> str:
    """Say in a sentence or two how many colours of a stock an image needs.

    Parameters
    ----------
    name
        The stock's.
    stock
        The stock.
    found
        What :func:`answer` has returned, and what was ``lost``.
    row
        The answer's row of choices.csv.
    free
        How many colours of any kind meet the target; None if that is not known, or no number does.
    beside
        How many of these the study keeps, as `kmeans.keep` says.
    """
    k, asked, of = found["k"], found["asked"], f"{count_colors(len(stock.colors))} in “{name}”"
    kept, is_all = len(stock.kept), k == len(stock.colors)
    some = f"{'Both' if k == 2 else f'All {k}'} colours in “{name}”" if is_all else f"{k} of the {of}"
    if not asked:
        return f"{some} {'has' if k == 1 else 'have'} been chosen."
    got = describe_scores(row, asked)
    if not found["meets"]:
        most = stock.most
        few = "any number" if most == len(stock.colors) else "one" if most == 1 else f"up to {most}"
        # The target is not what they are chosen by, so that others might meet it.
        text = f"Even the best choice of {few} of the {of} misses the target of {describe_target(asked)}"
        text += f" ({count_colors(k)}: {got})"
        missing = [f"{loss['name']} ({loss['color']})" for loss in found["lost"]["colors"][:_MISSING]]
        text += f"; what it lacks most is {_list(missing)}" if missing else ""
    elif k <= kept:
        alone, meet = ("one colour", "meets") if k == 1 else (f"{k} colours", "meet")
        text = f"The {alone} of “{name}” to be kept {meet} the target of {describe_target(asked)} ({got})"
    else:
        text = f"{some} {'is' if k == 1 else 'are'} enough for the target of {describe_target(asked)} ({got})"
    # The target is not what a fit minimizes: in rare cases, free colours meet it only with more of them.
    if free and not (found["meets"] and free > k):
        as_many = found["meets"] and free == k
        enough = "it takes as many" if as_many else f"{free} {'is' if free == 1 else 'are'} enough"
        alone = f"; the {'one' if beside == 1 else beside} that the study keeps {'is' if free == 1 else 'are'} enough"
        text += alone if free == beside else f"; with {_any(beside)}, {enough}"
    if found["meets"] and row["gap"] == 0 and k > kept and not is_all:
        others = "no other one of them has" if k == 1 else f"no other {k} of them"
        others += f" that include the {'one' if kept == 1 else kept} to be kept" if kept else ""
        return f"{text}. Proven: {others}{' have' if k > 1 else ''} less squared error."
    return f"{text}."


def _any(beside: int) -> str:
    """Say what free colours are, where the study keeps some of them."""
    return f"the {'one' if beside == 1 else beside} that the study keeps and any others" if beside else "any colours"


def _list(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def draw_curve(
    rows: Sequence[Mapping[str, Any]],
    free: Mapping[int, float],
    found: Mapping[str, Any],
    score: str,
    title: str,
    names: tuple[str, str],
) -> Figure:
    """Draw ΔE against k, of the choices and of free colours.

    Parameters
    ----------
    rows
        Those of choices.csv.
    free
        The score of free colours by k.
    found
        What :func:`answer` has returned.
    score
        ``delta_e_mean`` or ``delta_e_seen_mean``.
    title
        Title of the figure.
    names
        Of the two lines.
    """
    figure = Figure(figsize=SLIDE, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.15)
    axes = figure.subplots()
    title, size = fit(title, SLIDE[0] - 1.5, 15)
    axes.set_title(title, fontsize=size)
    label = "mean ΔE2000 as seen from a distance" if score == "delta_e_seen_mean" else "mean ΔE2000"
    axes.set_ylabel(label)
    last = rows[-1]["k"]
    chosen = {row["k"]: row[score] for row in rows}
    scale_k(axes, [*chosen])
    beside = {k: value for k, value in sorted(free.items()) if rows[0]["k"] <= k <= last}
    look = {"markersize": 4, "clip_on": False}
    axes.plot(chosen.keys(), chosen.values(), "-o", color=BLUE, label=fit(names[0], 3, 11)[0], zorder=3, **look)
    if beside:
        line = {"linewidth": 1.6, "label": names[1], "zorder": 2}
        axes.plot(beside.keys(), beside.values(), "-o", color=GREY, **line, **look)
    if level := level_of(found["asked"]):
        axes.axhline(level, color=INK, linewidth=0.9, linestyle=(0, (1, 3)), zorder=1)
        place = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
        axes.annotate(f"{level:g} asked for", (1, level), (6, 0), va="center", fontsize=9, **place)
    axes.axvline(found["k"], color=ORANGE, linewidth=1.2, linestyle=(0, (4, 4)), zorder=1)
    ring = {"markersize": 15, "markerfacecolor": "none", "markeredgecolor": ORANGE, "markeredgewidth": 2.4}
    axes.plot(found["k"], chosen[found["k"]], "o", **ring, zorder=4, clip_on=False)
    axes.set_ylim(bottom=0, top=1.05 * max([*chosen.values(), *beside.values(), level or 0]) or 1)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=11)
    return figure


def write_stops(path: str | Path, pictures: Mapping[int, Picture], image: str) -> None:
    """Write a ZIP archive with a folder ``k{k}`` for each picture: reconstructed.png, colors.csv and the palette."""
    with zipfile.ZipFile(path, "w") as archive:
        for k, picture in pictures.items():
            files = {"reconstructed.png": small_png(picture.image), "colors.csv": to_csv(picture.used()).encode()}
            palette = palette_files(picture.tabulate(), image)
            files |= {f"palette.{suffix}": content for suffix, content in palette.items()}
            for name, content in files.items():
                # ZipInfo without a time, so that the same files give the same archive.
                archive.writestr(zipfile.ZipInfo(f"k{k}/{name}"), content)


def read(name: str, settings: Mapping[str, Any], files: Sequence[str], table: ColorTable) -> Stock:
    """Read the stock; `files` is the one that Snakemake has put elsewhere, if there is one."""
    colors = settings["colors"]
    try:
        stock = read_stock(settings, files[0] if files else path_of(colors) if isinstance(colors, str) else None)
    except PaletteError as error:
        raise JobError(f"stock.{name}: {error}") from None
    most = min(stock.most, _MOST if table.mask is None else _MOST - 1)
    if (kept := len(stock.kept)) > most:
        fault = f"keep: has {count_colors(kept)}; an indexed PNG holds 256 colours, one of them transparent here"
        raise JobError(f"stock.{name}: {fault}; keep {most} at most")
    if most < stock.most:
        log.warning("an indexed PNG holds 256 colours, one of them transparent here; no more than %d are chosen", most)
    return stock._replace(most=most)


def main(snakemake: Any) -> None:
    source, params, output = snakemake.input, snakemake.params, snakemake.output
    image, name = snakemake.wildcards.image, snakemake.wildcards.stock
    table = load_table(source.pixels)
    stock = read(name, params.stock, source.file, table)
    space, reconstruct = params.space, params.reconstruct
    dither = reconstruct["dither"]
    cache = Cache(FOLDER / "stock" / image / name, params.code, sha256_of(source.pixels), space, packages=_PACKAGES)

    def find() -> bytes:
        points = Points(table, space, params.weight_exponent)
        return pack(choose(points.places, points.weights, points.place(stock.colors), stock.kept, stock.most))

    made_from = str(params.weight_exponent), stock.colors.tobytes(), stock.kept.tobytes(), stock.most
    choices = {len(choice.rows): choice for choice in unpack(cache.get(find, *made_from))}
    reference, rows = Reference(table, params.viewing), []
    for choice in choices.values():

        def score(choice: Choice = choice) -> bytes:
            picture = Picture(table, stock, choice.rows, space, reconstruct, params.order)
            scores = score_picture(reference, *palette_and_indices(picture.image))
            if not scores["mse"]:
                scores["ssim"] = 1.0  # of an exact picture, be it too small for SSIM's window
            return json.dumps(rounded({**scores, "png_bytes": len(small_png(picture.image))})).encode()

        colors = stock.colors[choice.rows].tobytes()
        scores = json.loads(cache.get(score, colors, json.dumps(reconstruct), str(params.viewing), params.order))
        rows.append(tabulate(stock, choice, scores))
    cache.delete_unused()
    Path(output.choices).write_text(to_csv(rows, COLUMNS), encoding="utf-8")

    found = answer(rows, params.target, dither)
    pictures = {k: Picture(table, stock, choices[k].rows, space, reconstruct, params.order) for k in found["stops"]}
    write_stops(output.stops, pictures, image)
    chosen = pictures[found["k"]]
    found["lost"] = lost(reference, *palette_and_indices(chosen.image), seen=dither != "none")
    search = [json.loads(Path(path).read_text(encoding="utf-8")) for path in source.search]
    free = next((one["k"] for one in search if one["meets"]), None)
    row = next(row for row in rows if row["k"] == found["k"])
    sentence = say(name, stock, found, row, free, len(params.keep))
    found |= {"of": len(stock.colors), "free": free, "sentence": sentence, "colors": chosen.used()}
    # JSON has no infinity.
    found["scores"] = {column: row[column] for column in COLUMNS[2:]} | ({} if row["mse"] else {"psnr": None})
    log.info("%s", sentence)
    text = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)
    Path(output.answer).write_text(text + "\n", encoding="utf-8")
    Path(output.table).write_text(to_csv(chosen.used()), encoding="utf-8")
    with zipfile.ZipFile(output.stops) as archive:
        Path(output.reconstructed).write_bytes(archive.read(f"k{found['k']}/reconstructed.png"))
    write_palette(Path(output.table).parent, chosen.tabulate(), image)
    measure = level_score(dither)
    beside = {tried["k"]: tried[measure] for one in search for tried in one["tried"] if tried[measure] is not None}
    title = f"{name_in_figures(params.title, image)}: how many of “{name}”?"
    others = f"of {_any(len(params.keep))}"
    save(draw_curve(rows, beside, found, measure, title, (f"of “{name}”", others)), output.curve)


if __name__ == "__main__":
    run(main, snakemake)

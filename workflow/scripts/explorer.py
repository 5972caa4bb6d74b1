"""Write an image's explorer: one page, in one file, with everything about every k."""

import io
import json
import math
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup, escape
from PIL import Image

from photopalette.color.inferno import INFERNO
from photopalette.color.table import ColorTable, bytes_text, count_colors, hex_codes, load_table, sample_by_weight
from photopalette.color.xkcd import SURVEY
from photopalette.files.checksum import sha256_of
from photopalette.files.pictures import open_picture
from photopalette.files.tables import read_rows, to_percents
from photopalette.pages.charts import curve
from photopalette.pages.html import (
    TEMPLATES,
    certainty,
    default_k,
    embed_json,
    embed_script,
    encode,
    headline,
    icon,
    keep_together,
    shape,
    templates,
)
from photopalette.palettes.formats import FORMATS, INK_THRESHOLD, palette_files
from photopalette.palettes.palette import tabulate_palette
from photopalette.pictures.indexed import palette_and_indices, resize_map, shrink, small_png
from photopalette.pictures.sheet import read_places
from photopalette.quality.losses import find_losses, mean_of_pixels
from photopalette.quality.metrics import DELTA_E_MAX, DELTA_E_TICKS, SEEN, Reference, delta_e, pair_colors, roughness
from photopalette.quality.targets import (
    TARGETS,
    describe_scores,
    describe_target,
    is_flat,
    judged_by,
    lacks_detail,
    level_of,
)
from photopalette.run.cache import FOLDER, Cache
from photopalette.run.job import run
from photopalette.run.packages import KERNELS, PNG

_PACKAGES = ("numpy", *KERNELS, *PNG)
_POINTS = 60_000  # points in colour space, at most; the page numbers them in 16 bits
_IMAGE = 1600  # pixels on the longer side of an embedded picture, at most
_MAP = 800  # pixels on the longer side of an error map, at most, as its noise compresses badly
_MANY = 12  # colours of a palette, above which it is shown as equal swatches
_METHODS = {"ours": "K-means, this study", "ours+dither": "K-means, dithered"}
_LEVELS = {10: "mood", 5: "on its own", 3: "at a glance", 2: "close look"}  # short names of the levels of quality
# Explanations of the words that need one, by how they are written.
_WORDS = {
    "k": "k is the number of colours in a palette, and of the groups that K-means sorts the pixels into.",
    "ΔE": "ΔE (CIEDE2000) says how different two colours look: 1 is just noticeable side by side; above 10 they no "
    "longer look alike.",
    "elbow": "The elbow is the k up to which each further colour helps a lot, and past which it helps little.",
    "silhouette": "The silhouette says how clearly groups of colours are apart: 1 is well inside one group, 0 between "
    "two, and below 0 closer to another group.",
    "restarts": "K-means starts several times from different colours and keeps the best result; the more restarts "
    "agree on it, the surer it is.",
}
_SEEN = " as seen from a distance"  # what is added to a ΔE that is not that of single pixels
_SPACES = {"rgb": "RGB", "lab": "Lab", "oklab": "Oklab"}

# Files of the page's program, in their order; rules/report.smk has to name them for the digest.
_FILES = (
    *("page", "color", "store", "pictures", "inspect", "formats", "png", "palette", "editor"),
    *("losses", "scores", "silhouettes", "contrast", "space", "scatter", "app"),
)

# Columns of scores.csv in the table of all k: name, meaning and format.
_COLUMNS = {
    "k": ("k", "number of colours requested", "d"),
    "colors_used": ("Colours", "colours used in the picture", "d"),
    "delta_e_mean": ("Mean ΔE", "mean colour difference, CIEDE2000", ".2f"),
    "delta_e_p95": ("95th percentile of ΔE", "95th percentile of the colour difference", ".2f"),
    "delta_e_seen_mean": ("ΔE seen", "mean colour difference as seen from a distance, S-CIELAB", ".2f"),
    "psnr": ("PSNR, dB", "peak signal-to-noise ratio", ".2f"),
    "ssim": ("SSIM", "structural similarity", ".3f"),
    "png_bytes": ("PNG, bytes", "size of the indexed PNG", ",d"),
    "inertia": ("Inertia", "sum of squared distances to the centroids", ".4g"),
    "gap": ("Gap, %", "how much lower the inertia of any other palette of k colours can be at most, proven", ".4g"),
    "silhouette": ("Silhouette", "mean silhouette coefficient", ".3f"),
    "hits": ("Restarts that agree", "restarts that found the best optimum", "d"),
    "spread": ("Median restart above the best, %", "by its inertia", ".2g"),
}


def thumbnail(content: bytes, limit: int = _IMAGE) -> tuple[str, bytes]:
    """Prepare a picture to embed: the file as it is, or a smaller one if it exceeds `limit` pixels.

    Parameters
    ----------
    content
        A PNG. If it has to be smaller, an indexed one keeps its palette, and any other becomes a JPEG of block means.
    limit
        Pixels of the longer side.

    Returns
    -------
    tuple
        The MIME type and the file's bytes.
    """
    image = open_picture(io.BytesIO(content))
    if max(image.size) <= limit:
        return "image/png", content
    return shrink(image, limit, Image.Resampling.BOX, quality=92, subsampling=0)


def error_layer(difference: np.ndarray, limit: int = _MAP) -> bytes:
    """Draw colour differences, (h, w) float, as an indexed PNG in 256 steps of inferno from 0 to DELTA_E_MAX.

    A map larger than `limit` pixels shows the means of blocks. NaN is transparent, and takes the place of the last
    step.
    """

    def shrunk(image: Image.Image) -> Image.Image:
        image.thumbnail((limit, limit), Image.Resampling.BOX)
        return image

    levels = resize_map(np.asarray(difference, np.float32), shrunk) * (256 / DELTA_E_MAX)
    missing = np.isnan(levels)
    indices = np.where(missing, 0, levels).clip(0, 254 if missing.any() else 255).astype(np.uint8)
    indices[missing] = 255
    indexed = Image.fromarray(indices)
    indexed.putpalette(INFERNO.tobytes())
    if missing.any():
        indexed.info["transparency"] = 255
    return small_png(indexed)


def loss_layer(groups: np.ndarray, limit: int = _MAP) -> bytes:
    """Draw which loss each pixel belongs to, (h, w) uint8, as a greyscale PNG: 0 is none, 255 does not count."""
    image = Image.fromarray(groups)
    image.thumbnail((limit, limit), Image.Resampling.NEAREST)
    return small_png(image)


def color_variance(table: ColorTable) -> float:
    """Compute the variance of the pixels' colours, summed over the three channels."""
    mean = np.average(table.colors, axis=0, weights=table.counts)
    return float(np.average(((table.colors - mean) ** 2).sum(axis=1), weights=table.counts))


def _choose(value: float, *steps: tuple[float, str], otherwise: str) -> str:
    """Choose the first text whose bound is above a value."""
    return next((words for bound, words in steps if value < bound), otherwise)


def _decibels(psnr: float) -> str:
    return f"{psnr:.1f}" if math.isfinite(psnr) else "∞"


def describe(
    row: Mapping[str, str],
    variance: float,
    judged: tuple[str, str] = ("delta_e_mean", "delta_e_p95"),
    rough: float = 1.0,
) -> list[dict[str, str]]:
    """Describe the scores of one k in words.

    Parameters
    ----------
    row
        Of scores.csv, as text.
    variance
        See :func:`color_variance`.
    judged
        The columns of the mean and the 95th percentile of ΔE that count.
    rough
        See :func:`roughness`.

    Returns
    -------
    list of dict
        Each with a label, a value, its unit, and words on its meaning.
    """
    difference, high, mse, psnr = (float(row[name]) for name in (*judged, "mse", "psnr"))
    entries, copied, flat = [], math.isinf(psnr), is_flat(row)
    ssim = float(row["ssim"]) if row["ssim"] else math.nan

    def add(label: str, value: str, unit: str, words: str) -> None:
        entries.append({"label": label, "value": value, "unit": unit, "words": words})

    def unless(exception: bool, words: str, otherwise: str) -> str:
        return otherwise if exception else words

    # Bounds after the usual reading of ΔE: 1 just noticeable side by side, 2 on a close look, 10 no longer alike.
    words = _choose(
        difference,
        (1, unless(high > 3, "Practically indistinguishable from the original.", "Hardly visible but in small parts.")),
        (2, unless(high > 6, "Visible on close inspection, side by side.", "Hardly visible but in some parts.")),
        (
            5,
            unless(
                lacks_detail(row) or high > 15,
                "Visible at a glance side by side; on its own it looks right.",
                "Visible at a glance side by side; some parts are far off.",
            ),
        ),
        (
            10,
            unless(
                lacks_detail(row) or high > 30,
                "Clearly simplified, but true to the photo's mood.",
                "Clearly simplified; not much is true to the photo.",
            ),
        ),
        otherwise="Posterized: on average, the colours are far off.",
    )
    if flat:
        words = "One flat colour in place of the photo."
    if copied:
        words = "None: every pixel keeps its own colour."
    seen = _SEEN if judged[0] == "delta_e_seen_mean" else ""
    add("Colour difference", f"{difference:.1f}", f"mean ΔE2000{seen}", words)
    words = _choose(
        high,
        (2, "Even there, it takes a close look to see."),
        otherwise="One pixel in twenty is off by more than this.",
    )
    if copied:
        words = "Nowhere."
    add("Largest differences", f"{high:.1f}", f"ΔE2000{seen}, 95th percentile", words)
    if row["ssim"]:
        grain = rough > 1.15
        words = _choose(
            ssim,
            (0.6, unless(grain, "Only the large shapes remain.", "Large shapes remain, under dots or grain.")),
            (
                0.8,
                unless(grain, "Shapes remain, textures flatten.", "Shapes remain, textures turn into dots or grain."),
            ),
            (0.95, unless(grain, "Edges remain, fine texture is simplified.", "Edges remain, with some grain added.")),
            otherwise="Edges and textures are as in the original.",
        )
        add("Structure", f"{ssim:.2f}", "SSIM, out of 1", unless(flat, words, "No shapes and no textures are left."))
    words = _choose(
        psnr,
        (20, "Coarse: a poster, not a photo."),
        (30, "A visible loss, the price of so few colours."),
        (40, unless(ssim < 0.9, "Comparable to an everyday JPEG.", "Small errors, but they change its structure.")),
        (math.inf, unless(ssim < 0.9, "Hardly any error left.", "Tiny errors, but they change its structure.")),
        otherwise="An exact copy.",
    )
    if flat:
        words = "One flat colour: this says how flat the photo itself is."
    add("Fidelity", _decibels(psnr), "dB PSNR", words)
    size, source = int(row["png_bytes"]), int(row["source_png_bytes"])
    original = f"{source} bytes" if source < 1000 else f"{source / 1000:,.0f} kB"
    words = f"As an indexed PNG; the original, at {original}, is {source / size:.1f} times as large."
    add("File size", *((f"{size}", "bytes") if size < 1000 else (f"{size / 1000:,.1f}", "kB")), words)
    if variance:
        words = f"How much of the variety of {int(row['distinct_colors']):,} colours these {row['k']} preserve."
        if copied:
            words = "All of it: no colour of the photo is missing."
        elif row["k"] == "1":
            words = "One colour has no variety."
        add("Variety kept", f"{100 * max(0.0, 1 - mse / variance):.1f}", "% of the RGB variance", words)
    if row["silhouette"]:
        # Kaufman and Rousseeuw (1990), table 4.
        words = _choose(
            float(row["silhouette"]),
            (0.25, "One continuum of colours, cut into parts."),
            (0.5, "The groups of colours overlap."),
            (0.7, "Distinct groups with soft borders."),
            otherwise="Clearly separate groups of colours.",
        )
        exact = row["silhouette_exact"] == "True"
        add("Separation", f"{float(row['silhouette']):.2f}", "silhouette" if exact else "silhouette, estimated", words)
    if copied or row["gap"] or row["hits"] or row["restarts"] == "1":
        word, why = certainty(row)
        value, unit = row["restarts"], "restart"
        if copied:
            value, unit = "Full", ""
        elif row["gap"]:
            value, unit = f"{float(row['gap']):g}", "% less error at most"
        elif row["hits"]:
            value, unit = f"{row['hits']} of {row['restarts']}", "restarts agree"
        add("Trust", value, unit, f"{word.capitalize()}. {why}")
    return entries


def say_loss(loss: Mapping[str, Any]) -> str:
    """Name a lost colour and what stands for it now, by their codes if they have the same name."""
    if loss["name"] == loss["replacement_name"]:
        return f"{loss['name']}: {loss['color']} → {loss['replacement']}"
    return f"{loss['name']} → {loss['replacement_name']}"


def rank(rows: Sequence[Mapping[str, str]], k: int, given: Collection[str] = ()) -> dict[str, Any] | None:
    """Rank the quantizers of comparison.csv at one k by their mean ΔE, and describe the rank of ours.

    Given palettes, by their names, have a fixed number of colours and are ranked at every k.
    """
    rows = sorted((row for row in rows if _is_at(row, k, given)), key=lambda row: float(row["delta_e_mean"]))
    if not any(row["method"] == "ours" for row in rows):
        return None
    place = next(place for place, row in enumerate(rows, start=1) if row["method"] == "ours")
    least = min(rows, key=lambda row: (float(row["mse"]), row["method"] != "ours"))
    words = f"At {count_colors(k)}, this study's K-means ranks number {place} of {len(rows)} by mean ΔE"
    exact = [row["method"] for row in rows if math.isinf(float(row["psnr"]))]
    if "ours" in exact:
        words = "This study's picture is an exact copy. "
        words += f"Others that also make one: {len(exact) - 1} of {len(rows) - 1}."
    elif least["method"] == "ours":
        words += " and has the lowest squared error, which is what K-means minimizes."
    else:
        words += f"; {_name(least)} has the lowest squared error."
    table = [
        {
            "method": _name(row),
            "ours": row["method"] == "ours",
            "colors": int(row["colors_used"]),
            "delta_e": float(row["delta_e_mean"]),
            "psnr": _decibels(float(row["psnr"])),
            "ssim": f"{float(row['ssim']):.3f}" if row["ssim"] else "–",
            "size": f"{int(row['png_bytes']) / 1000:,.1f}",
        }
        for row in rows
    ]
    return {"words": words, "rows": table}


def _name(row: Mapping[str, str]) -> str:
    """Name the method of a row of comparison.csv."""
    return _METHODS.get(row["method"], row["method"])


def _is_at(row: Mapping[str, str], k: int, given: Collection[str]) -> bool:
    return row["k"] == str(k) or row["method"].removesuffix("+dither") in given


def other_pictures(
    rows: Sequence[Mapping[str, str]], path: str | None, k: int, given: Collection[str]
) -> dict[str, str]:
    """Read the pictures of other quantizers at one k from comparison.zip: PNGs in base64, by their names."""
    if path is None:
        return {}
    with zipfile.ZipFile(path) as archive:
        return {
            f"{_name(row)}, {count_colors(int(row['colors_used']))}": encode(
                archive.read(f"k{row['k']}/{row['method']}.png")
            )
            for row in rows
            if _is_at(row, k, given) and row["method"] != "ours"
        }


def tabulate(rows: Sequence[Mapping[str, str]], searched: Collection[int] = ()) -> dict[str, list[Any]]:
    """Lay out rows as in scores.csv as a table, whose cells have a number to sort by and a text to read.

    Empty columns are left out, and so is the number of colours if it is always k. The k that the search for the answer
    has found, and not the study, are marked.
    """

    def there(name: str) -> bool:
        return any(row.get(name) for row in rows) and (
            name != "colors_used" or any(row["colors_used"] != row["k"] for row in rows)
        )

    columns = {name: look for name, look in _COLUMNS.items() if there(name)}
    table = []
    for row in rows:
        cells = []
        for name, (_, _, form) in columns.items():
            text = row.get(name) or ""
            if not text:
                cells.append(("", "–"))
            elif math.isinf(float(text)):
                cells.append((text, "∞"))
            else:
                value = int(text) if form.endswith("d") else float(text)
                cells.append((text, f"{value:,.0f}" if abs(value) >= 10_000 else format(value, form)))
        table.append((int(row["k"]), cells, int(row["k"]) in searched))
    return {"columns": [(label, words) for label, words, _ in columns.values()], "rows": table}


def to_score_row(tried: Mapping[str, Any], scores: Mapping[str, str]) -> dict[str, str]:
    """Convert a row of ``tried`` in recommendation.json to one of scores.csv, another row of which is given."""
    known = {name: "" if value is None else str(value) for name, value in tried.items()}
    known["psnr"] = known["psnr"] or "inf"
    same = {name: scores[name] for name in ("image", "space", "source_png_bytes", "distinct_colors", "pixels")}
    return {name: known.get(name, "") for name in scores} | same


def tabulate_prices(
    prices: Sequence[Mapping[str, Any]], target: Mapping[str, float], most: int
) -> list[dict[str, Any]]:
    """Lay out a price list: the meaning of each level of quality, and the smallest palette found to reach it.

    Parameters
    ----------
    prices
        As in recommendation.json.
    target
        What the study asks for.
    most
        The most colours that were tried.
    """
    mean, _ = judged_by(prices)
    seen = " as seen" if mean == "delta_e_seen_mean" else ""
    table = []
    for price in prices:
        words = price["meaning"] or f"has {describe_target(price['asked'])}"
        table.append(
            {
                "words": words[0].upper() + words[1:],
                "asked": f"≤ {level_of(price['asked']):g}{seen}" if price["meaning"] else "–",
                "own": price["asked"] == target,
                "k": price["k"],
                # If no palette is enough, the scores are those of the largest.
                "most": most,
                "reached": describe_scores(price, price["asked"]),
                "size": bytes_text(price["png_bytes"]) if price["png_bytes"] else "–",
            }
        )
    return table


def charts(rows: Sequence[Mapping[str, str]], recommendation: Mapping[str, Any]) -> list[tuple[str, str, dict, str]]:
    """Lay out the curves over k: each with its id, its title, what charts.html prints, and a note.

    A curve whose values are all the same, or that has only one, is left out.
    """
    n_clusters = [int(row["k"]) for row in rows]
    column = {
        name: [float(row[name]) if row[name] else None for row in rows] for name in ("inertia", "silhouette", "spread")
    }
    # Every k that was tried, with the scores of scores.csv for those that were studied.
    mean, high = judged_by(recommendation["prices"])
    differences = {row["k"]: (row[mean], row[high]) for row in recommendation["tried"]}
    differences |= {int(row["k"]): (float(row[mean]), float(row[high])) for row in rows}
    tried = sorted(differences)
    means, highs = zip(*(differences[k] for k in tried), strict=True)
    asked = [level_of(price["asked"]) for price in recommendation["prices"]]
    seen = _SEEN if mean == "delta_e_seen_mean" else ""
    levels = {level: words for level, words in _LEVELS.items() if level in asked}
    upper = None
    if any(column["spread"]):
        upper = [
            value * (1 + (spread or 0) / 100) for value, spread in zip(column["inertia"], column["spread"], strict=True)
        ]
    unconfirmed = [int(row["k"]) for row in rows if row["hits"] in ("0", "1")]
    words = (("target", "answer"), ("elbow", "elbow"), ("silhouette", "maximum"))
    marks = {name: {recommendation[name]["k"]: word} for name, word in words}
    difference = curve(tried, means, kind="difference", second=highs, levels=levels, marks=marks["target"])
    inertia = curve(n_clusters, column["inertia"], kind="amount", upper=upper, hollow=unconfirmed, marks=marks["elbow"])
    silhouette = curve(n_clusters, column["silhouette"], marks=marks["silhouette"])
    plots = [
        ("difference", "Colour difference", difference, f"mean ΔE{seen}; dashed, its 95th percentile", means),
        ("inertia", "Inertia", inertia, "", column["inertia"]),
        ("silhouette", "Silhouette", silhouette, "", column["silhouette"]),
    ]
    # A single point is no curve, and where every k gives the same picture there is nothing to compare.
    return [(id_, title, plot, note) for id_, title, plot, note, values in plots if len({*values} - {None}) > 1]


def read_scores(row: Mapping[str, str]) -> dict[str, float | None]:
    """Read the scores that a target may bound from a row of choices.csv."""
    return {name: float(row[name]) if row[name] else None for name in TARGETS}


def describe_stock(
    name: str,
    found: Mapping[str, Any],
    choices: Sequence[Mapping[str, str]],
    tried: Mapping[int, Mapping[str, Any]],
) -> dict[str, Any]:
    """Gather what the page shows of a stock: its answer and price list, the colours, and ΔE against k.

    Parameters
    ----------
    name
        The stock's.
    found
        Content of its answer.json.
    choices
        The rows of choices.csv.
    tried
        Scores of free colours by k.
    """
    mean, _ = judged_by(found["prices"])
    rows = {int(row["k"]): row for row in choices}
    level = level_of(found["asked"])
    plot = curve(
        [*rows],
        [float(row[mean]) for row in rows.values()],
        kind="amount",
        second=[float(tried[k][mean]) if k in tried else None for k in rows],
        levels={level: "asked for"} if level else {},
        marks={found["k"]: "answer"},
    )
    prices = [read_scores(rows[price["k"] or max(rows)]) | price for price in found["prices"]]
    return {
        "name": name,
        "k": found["k"],
        "sentence": found["sentence"],
        "share": ("all " if found["k"] == found["of"] else f"{found['k']} of the ") + count_colors(found["of"]),
        "colors": found["colors"],
        "coded": any(color["code"] for color in found["colors"]),
        "prices": tabulate_prices(prices, found["asked"], max(rows)),
        "plot": plot if len(rows) > 1 else None,
        "compared": any(k in tried for k in rows),
    }


def encode_silhouettes(coefficients: np.ndarray) -> dict[str, Any]:
    """Encode the sorted silhouettes of the clusters, (k, quantiles) from −1 to 1, as one signed byte each.

    Returns
    -------
    dict
        The values in base64, the number of quantiles, the `scale` by which to divide a value, and the value that stands
        for a `missing` one.
    """
    scale, missing = 127, -128
    steps = np.where(np.isnan(coefficients), missing, np.rint(scale * np.nan_to_num(coefficients)))
    values = _bytes(steps.astype(np.int8))
    return {"values": values, "quantiles": coefficients.shape[1], "scale": scale, "missing": missing}


def curves_note(rows: Sequence[Mapping[str, str]]) -> str:
    """Write the note below the curves."""
    spreads = [float(row["spread"]) for row in rows if row["spread"]]
    parts = []
    if any(spreads):
        parts.append(f"The band above the inertia extends to the median restart (at most {max(spreads):.2g} % higher).")
    if any(row["hits"] in ("0", "1") for row in rows):
        parts.append("A hollow point was found by at most one restart.")
    if not any(row["silhouette"] for row in rows):
        parts.append("A silhouette needs two clusters.")
    return " ".join(parts)


def choose_points(table: ColorTable, size: int = _POINTS) -> np.ndarray:
    """Choose the colours to draw in colour space, (n,) int, as rows of the colour table."""
    return sample_by_weight(table.counts, size)[0]


def encode_points(colors: np.ndarray) -> dict[str, str]:
    """Encode colours, (n, 3) uint8, as ``r``, ``g`` and ``b``: a byte a point, in base64."""
    return {name: _bytes(colors[:, channel]) for channel, name in enumerate("rgb")}


def _bytes(values: np.ndarray) -> str:
    return encode(values.astype(np.uint8).tobytes())


def explain(text: str) -> Markup:
    """Turn each of _WORDS into a button that explains it, where it first occurs in a text."""
    text = str(escape(text))
    for word in _WORDS:
        pattern = rf"(?<!\w){word}(?!\w)"
        text = re.sub(pattern, lambda match: str(_word_button(match[0])), text, count=1)
    return Markup(text)


def _word_button(word: str) -> Markup:
    """Write a word as a button that opens its explanation."""
    note = f"about-{_word_id(word)}"
    button = '<button type="button" class="word" popovertarget="{}" aria-describedby="{}">{}</button>'
    return Markup(button).format(note, note, word)


def _word_id(word: str) -> str:
    """Write a word as a part of an id."""
    return word.replace("ΔE", "delta-e")


def page(title: str, data: Mapping[str, Any], context: Mapping[str, Any], paths: Sequence[str | Path]) -> str:
    """Write the page.

    Parameters
    ----------
    title
        What readers call the image, which may be any text.
    data
        Data for the program in the page.
    context
        Further variables of explorer.html.
    paths
        Templates and programs.
    """
    environment = templates(paths)
    environment.filters["explain"] = explain
    environment.filters["percents"] = to_percents
    program = "\n".join(environment.loader.mapping[f"{name}.js"] for name in _FILES)
    script, script_hash = embed_script(f'"use strict";\n\n{program}')
    return environment.get_template("explorer.html").render(
        image=title,
        data=embed_json(data),
        script=script,
        script_hash=script_hash,
        formats=FORMATS,
        ink_threshold=INK_THRESHOLD,
        many=_MANY,
        words={_word_id(word): words for word, words in _WORDS.items()},
        **context,
    )


class Study(NamedTuple):
    """What is known of a photograph, whatever the k.

    Attributes
    ----------
    image
        Name of its folder.
    title
        What readers call it.
    table
        Its colour table.
    points : (n,) int
        The rows of the table that are drawn as points.
    scores
        The rows of scores.csv, by their k.
    recommendation
        What recommendation.json holds.
    comparison
        The rows of comparison.csv; none without a comparison.
    palettes
        The palettes given in the config, by their names.
    places
        Where each photo of a set is on the sheet; none for a single photo.
    photos
        The rows of photos.csv, as they are shown, by their k.
    """

    image: str
    title: str
    table: ColorTable
    points: np.ndarray
    scores: dict[int, Mapping[str, str]]
    recommendation: Mapping[str, Any]
    comparison: Sequence[Mapping[str, str]]
    palettes: Mapping[str, Any]
    places: Mapping[str, Any]
    photos: Mapping[int, Sequence[Sequence[str]]]

    @property
    def space(self) -> str:
        """The colour space of the fits."""
        return next(iter(self.scores.values()))["space"]

    @property
    def is_seen(self) -> bool:
        """Whether the ΔE that counts is the one seen from a distance."""
        return judged_by(self.recommendation["prices"])[0] in SEEN


class Result(NamedTuple):
    """What is known of a photograph at one k.

    Attributes
    ----------
    picture
        The indexed PNG.
    pixels : (k,) int
        Pixels of each colour.
    colors
        The palette, see :func:`palette_rows`.
    scores
        A row as in scores.csv, see :func:`count_kept`.
    silhouettes
        The clusters' sorted silhouettes, (k, 101), and pixels, (k,); empty without any.
    """

    picture: bytes
    pixels: np.ndarray
    colors: list[dict[str, Any]]
    scores: Mapping[str, str]
    silhouettes: Sequence[np.ndarray] = ()


def read_study(image: str, title: str, source: Any, palettes: Mapping[str, Any]) -> Study:
    """Read what is known of a photograph from the job's input."""
    table = load_table(source.pixels)
    scores = {int(row["k"]): row for row in read_rows(source.scores)}
    recommendation = json.loads(Path(source.recommendation).read_text(encoding="utf-8"))
    comparison = read_rows(source.comparison[0]) if source.comparison else []
    photos = {}
    for row in read_rows(source.photos[0]) if source.photos else []:
        photos.setdefault(int(row["k"]), []).append(describe_photo(row))
    places = read_places(open_picture(source.resized)) if photos else {}
    return Study(
        image, title, table, choose_points(table), scores, recommendation, comparison, palettes, places, photos
    )


def describe_photo(row: Mapping[str, str]) -> list[str]:
    """Write a row of photos.csv as it is shown: the photo's name and its scores."""
    forms = {"delta_e_mean": ".2f", "delta_e_p95": ".2f", "psnr": ".2f", "ssim": ".3f", "png_bytes": ",.0f"}
    cells = (format(float(row[name]), form) if row[name] else "–" for name, form in forms.items())
    return [row["photo"], *(cell.replace("inf", "∞") for cell in cells)]


def read_fits(study: Study, n_clusters: Sequence[int], source: Any) -> dict[int, Result]:
    """Read the result of every k that was studied from the job's input."""
    results = {}
    with np.load(source.silhouettes, allow_pickle=False) as silhouettes:
        for k, path, picture in zip(n_clusters, source.clusters, source.reconstructed, strict=True):
            with np.load(path, allow_pickle=False) as clusters:
                pixels, colors = clusters["pixels"], tabulate_palette(clusters)
                scores = study.scores[k] | count_kept(clusters)
            found = [silhouettes[name] for name in (f"k{k}", f"k{k}_pixels") if name in silhouettes]
            results[k] = Result(Path(picture).read_bytes(), pixels, colors, scores, found)
    return results


def count_kept(clusters: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return the cell ``kept``, the number of colours of a fit that are kept, if there are any."""
    return {"kept": str(np.count_nonzero(clusters["kept"]))} if "kept" in clusters else {}


def read_stops(study: Study, path: str) -> dict[int, Result]:
    """Read the results of the k of the price list, and of the answer's, that were not studied, from stops.zip."""
    results, tried = {}, {row["k"]: row for row in study.recommendation["tried"]}
    with zipfile.ZipFile(path) as archive:
        for k in study.recommendation["answer"]["stops"]:
            if k in study.scores:
                continue
            with np.load(io.BytesIO(archive.read(f"k{k}/clusters.npz")), allow_pickle=False) as clusters:
                pixels, colors = clusters["pixels"], tabulate_palette(clusters)
                kept = count_kept(clusters)
            proven = study.recommendation["certificate"]
            bound = {name: proven[name] if proven["k"] == k else None for name in ("lower_bound", "gap")}
            scores = to_score_row(tried[k] | bound, next(iter(study.scores.values()))) | kept
            results[k] = Result(archive.read(f"k{k}/reconstructed.png"), pixels, colors, scores)
    return results


def read_choices(study: Study, name: str, choices: Sequence[Mapping[str, str]], path: str) -> dict[str, Result]:
    """Read the results of a stock's answer and its price list from stops.zip; `choices` are the rows of choices.csv.

    Their keys are the stock and k, such as ``threads/7``: no image, palette or stock has a slash in its name.
    """
    results, rows = {}, {int(row["k"]): row for row in choices}
    with zipfile.ZipFile(path) as archive:
        for k in study.recommendation["stock"][name]["stops"]:
            colors = json.loads(archive.read(f"k{k}/palette.json"))["colors"]
            scores = to_score_row(rows[k], next(iter(study.scores.values()))) | {"stock": name}
            pixels = np.array([color["pixels"] for color in colors])
            results[f"{name}/{k}"] = Result(archive.read(f"k{k}/reconstructed.png"), pixels, colors, scores)
    return results


def find_losses_of(study: Study, picture: bytes, reference: Reference) -> bytes:
    """Find what an indexed PNG loses and where: all that takes long of a view, and depends on no other k.

    Returns
    -------
    bytes
        JSON: the ``error`` map and ``where`` the losses are, encoded PNGs, the losses themselves, ``lost``, and how
        ``rough`` the picture is, see :func:`roughness`.
    """
    palette, indices = palette_and_indices(open_picture(io.BytesIO(picture)))
    pairs = pair_colors(study.table, palette, indices)
    differences = delta_e(reference, pairs)
    seen = mean_of_pixels(pairs, reference.view.difference(palette, indices)) if study.is_seen else differences
    losses, groups = find_losses(reference, pairs, seen)
    difference = study.table.spread(differences.astype(np.float32)[pairs.index], np.nan)
    found = {
        "error": encode(error_layer(difference)),
        "where": encode(loss_layer(study.table.spread(groups[pairs.index], 255))) if losses else None,
        "lost": losses,
        "rough": roughness(study.table, palette, indices),
    }
    return json.dumps(found).encode()


def make_view(study: Study, k: int | str, result: Result, found: Mapping[str, Any], variance: float) -> dict[str, Any]:
    """Gather what the page shows at one k, or of a stock by its key; `found` is from :func:`find_losses_of`."""
    colors, row, judged = result.colors, result.scores, judged_by(study.recommendation["prices"])
    names = {color["hex"]: {"replacement_name": color["name"]} for color in colors}
    lost = [loss | names.get(loss["replacement"], {}) for loss in found["lost"]]
    view = {
        "picture": encode(thumbnail(result.picture)[1]),
        "error": found["error"],
        "studied": k in study.scores,
        "photos": study.photos.get(k, []),
        "lost": [named | {"words": say_loss(named)} for named in lost],
        "where": found["where"],
        "palette": [color["hex"] for color in colors],
        "names": [color["name"] for color in colors],
        "kept": [color["hex"] for color in colors if color.get("kept")],
        "oklch": [color["oklch"] for color in colors],
        "shares": [color["share"] for color in colors],
        "scores": [
            entry | {"words": keep_together(entry["words"])}
            for entry in describe(row, variance, judged, found["rough"])
        ],
        "measured": {
            "delta_e": float(row["delta_e_mean"]),
            "psnr": psnr if math.isfinite(psnr := float(row["psnr"])) else None,
            "png_bytes": int(row["png_bytes"]),
        },
        "silhouette": float(row["silhouette"]) if row["silhouette"] else None,
        "comparison": rank(study.comparison, k, study.palettes),
        "files": {
            suffix: f"data:{FORMATS[suffix].mime};base64,{encode(content)}"
            for suffix, content in palette_files(colors, study.image).items()
        },
    }
    if "stock" in row:
        view["stock"] = row["stock"]
    if result.silhouettes:
        coefficients, pixels = result.silhouettes
        view |= {"silhouettes": encode_silhouettes(coefficients), "pixels": pixels.tolist()}
    return view


def page_data(
    study: Study, views: Mapping[int | str, Mapping[str, Any]], first: int, archive: str | None, order: str = "share"
) -> dict[str, Any]:
    """Gather what the program in the page reads.

    Parameters
    ----------
    study, views
        What is known of the photograph, and what the page shows of it, by k or by the key of a stock's choice.
    first
        The k that is shown first.
    archive
        Path of comparison.zip, if there is a comparison.
    order
        Of the colours of palettes.
    """
    height, width = study.table.shape.tolist()
    compared = [int(row["k"]) for row in study.comparison if row["method"] == "ours"]
    nearest_k = min(compared, key=lambda k: abs(k - first), default=first)
    return {
        "image": study.image,
        "title": study.title,
        "first": first,
        "order": order,
        "space": study.space,
        "spaces": _SPACES,
        "ink_threshold": INK_THRESHOLD,
        "survey": SURVEY,
        "ramp": _bytes(INFERNO),
        "delta_e_max": DELTA_E_MAX,
        "many": _MANY,
        "seen": _SEEN if study.is_seen else "",
        "width": width,
        "height": height,
        "places": study.places,
        "points": encode_points(study.table.colors[study.points]),
        # The page shows the first picture before it reads any of this.
        "views": {k: view if k != first else view | {"picture": None} for k, view in views.items()},
        "others": other_pictures(study.comparison, archive, nearest_k, study.palettes),
    }


def say_certainty(study: Study, k: int, scores: Mapping[str, str]) -> tuple[str, str] | None:
    """Say how far the fit at one k can be trusted, unless the recommendation says so already."""
    return None if study.recommendation["certificate"]["k"] == k else certainty(scores)


def page_context(
    study: Study, shown: Mapping[str, Any], first: int, results: Mapping[int, Result], resized: str
) -> dict[str, Any]:
    """Gather what explorer.html prints besides: the view `shown` first; `resized` is the photograph's path."""
    scores, recommendation, space = list(study.scores.values()), study.recommendation, study.space
    height, width = study.table.shape.tolist()
    # The pictures of other k are in stops.zip.
    folders = {k: f"k{k}" for k in study.scores} | ({first: "answer"} if first not in study.scores else {})
    original_type, original = thumbnail(Path(resized).read_bytes())
    return {
        "headline": headline(recommendation),
        "evidence": recommendation["sentence"],
        "certainty": say_certainty(study, first, results[first].scores),
        "first": first,
        "prices": tabulate_prices(
            recommendation["prices"],
            recommendation["target"]["asked"],
            max((row["k"] for row in recommendation["tried"]), default=0),
        ),
        "folders": folders,
        "marks": [
            (name, recommendation[key]["k"])
            for name, key in (("answer", "target"), ("elbow", "elbow"), ("silhouette", "silhouette"))
            if recommendation[key]["k"] is not None
        ],
        "shape": shape(width, height),
        # A divider would fall between the photos of a set.
        "beside": bool(shape(width, height) or len(study.places) > 1),
        "photos": shown["photos"],
        "picture": f"data:image/png;base64,{shown['picture']}",
        "palette": results[first].colors,
        "lost": shown["lost"],
        "seen": _SEEN if study.is_seen else "",
        "spaces": [(space, _SPACES[space]), *((key, name) for key, name in _SPACES.items() if key != space)],
        "charts": charts(scores, recommendation),
        "curves_note": curves_note(scores),
        "scores": shown["scores"],
        "table": tabulate([result.scores for result in results.values()], results.keys() - study.scores.keys()),
        "original": f"data:{original_type};base64,{encode(original)}",
        "width": width,
        "height": height,
        "smaller": max(width, height) > _IMAGE,
        "limit": _IMAGE,
        "distinct": len(study.table.colors),
        "shown": len(study.points),
        "compared": bool(study.comparison),
        "icon": icon(shown["palette"]),
        "bar": {
            "stops": hex_codes(INFERNO[::15]),
            "ticks": [(100 * value / DELTA_E_MAX, label) for value, label in DELTA_E_TICKS.items()],
        },
    }


def main(snakemake: Any) -> None:
    source = snakemake.input
    params = snakemake.params
    study = read_study(snakemake.wildcards.image, params.title, source, params.palettes)
    results = read_fits(study, params.n_clusters, source)
    for path in source.stops:
        results |= read_stops(study, path)
    results, chosen = dict(sorted(results.items())), {}
    tables = dict(zip(study.recommendation["stock"], map(read_rows, source.choices), strict=True))
    for (name, rows), path in zip(tables.items(), source.chosen, strict=True):
        chosen |= read_choices(study, name, rows, path)
    reference, variance = Reference(study.table, params.viewing), color_variance(study.table)
    given = (sha256_of(source.pixels), str(params.viewing), str(study.is_seen))
    cache = Cache(FOLDER / "explorer" / study.image, params.code, *given, packages=_PACKAGES)
    views = {}
    for k, result in (results | chosen).items():
        found = cache.get(partial(find_losses_of, study, result.picture, reference), result.picture)
        views[k] = make_view(study, k, result, json.loads(found), variance)
    cache.delete_unused()
    first = default_k(study.recommendation, list(results))
    data = page_data(study, views, first, source.comparison[1] if source.comparison else None, params.order)
    context = page_context(study, views[first], first, results, source.resized)
    tried = {row["k"]: row for row in study.recommendation["tried"]} | study.scores
    context["stocks"] = [
        describe_stock(name, study.recommendation["stock"][name], rows, tried) for name, rows in tables.items()
    ]
    context["order"] = params.order
    context["share"] = "card.png" if params.card else None
    html = page(study.title, data, context, [*TEMPLATES.glob("*.*"), *TEMPLATES.glob("explorer/*.js")])
    Path(snakemake.output[0]).write_text(html, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)

"""What the pages share: templates, embedded data and programs, pictures, and the sentence at the top."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from photopalette.color.table import bytes_text, count_colors
from photopalette.quality.certificate import describe_gap
from photopalette.quality.targets import LEVELS, judged_by, say_lost_hues

# Characters of JSON that HTML might take for markup, or old JavaScript for the end of a line.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}

# Spaces that should not be where a line ends.
_JOINTS = re.compile(
    r"(?<=\d) (?=%|(?:dB|[kM]?B|bytes?|colours?|pixels?|images?|photographs?)\b)|(?<=\bk) (?==)|(?<=\bk =) (?=\d)"
    r"|(?<=ΔE) (?=\d)|(?<=[≤≥<>]) (?=\d)"
)

TEMPLATES = Path(__file__).parents[3] / "templates"


def templates(paths: Sequence[str | Path]) -> jinja2.Environment:
    """Load templates by their file names; everything they print is escaped unless it is Markup."""
    sources = {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else keep_together(value),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = lambda name: Markup(sources[name])
    environment.filters["number"] = "{:,}".format
    environment.filters["together"] = keep_together
    environment.filters["count_colors"] = count_colors
    return environment


def keep_together(value: Any) -> Any:
    """Join numbers in a text to their units, and k to its number, by spaces at which no line breaks."""
    return _JOINTS.sub("\N{NO-BREAK SPACE}", value) if isinstance(value, str) else value


def embed_json(data: Any) -> Markup:
    """Write JSON for ``<script type="application/json">``, in which no text can end the element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))


def embed_script(text: str) -> tuple[Markup, str]:
    """Prepare a program for a ``<script>`` element.

    Returns
    -------
    tuple
        The text, and its hash for a Content-Security-Policy that allows it and nothing else.
    """
    text = text.replace("</script", "<\\/script")
    return Markup(text), f"'sha256-{encode(hashlib.sha256(text.encode()).digest())}'"


def encode(content: bytes) -> str:
    """Encode bytes in base64."""
    return base64.b64encode(content).decode("ascii")


def shape(width: int, height: int) -> str:
    """Return the layout of a picture: ``portrait`` if it is narrow, ``panorama`` if it is wide, or nothing."""
    return "portrait" if width < 0.6 * height else "panorama" if width > 2 * height else ""


def icon(codes: Sequence[str]) -> str:
    """Draw a page's icon, an SVG of stripes in up to four colours, as a data URL."""
    codes = codes[:4]
    stripes = "".join(
        f"<rect x='{16 * place / len(codes):g}' width='{16 / len(codes):g}' height='16' fill='{code}'/>"
        for place, code in enumerate(codes)
    )
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{stripes}</svg>"
    return f"data:image/svg+xml;base64,{encode(svg.encode())}"


def default_k(recommendation: Mapping[str, Any], n_clusters: Sequence[int]) -> int:
    """Choose the k to show first: the nearest to the answer, the elbow or the best silhouette, or the middle one."""
    for reason in ("target", "elbow", "silhouette"):
        if (k := recommendation[reason]["k"]) is not None:
            return min(n_clusters, key=lambda studied: abs(studied - k))
    return n_clusters[len(n_clusters) // 2]


def pictures_by_k(recommendation: Mapping[str, Any], n_clusters: Sequence[int]) -> dict[int, str]:
    """Return the paths of an image's pictures in its folder, by their k: those studied, and the answer's."""
    pictures = {k: f"k{k}/reconstructed.png" for k in n_clusters}
    if recommendation["answer"]:
        pictures.setdefault(recommendation["answer"]["k"], "answer/reconstructed.png")
    return dict(sorted(pictures.items()))


def mean_delta_e(recommendation: Mapping[str, Any], scores: Sequence[Mapping[str, str]], k: int) -> float:
    """Look up the mean ΔE by which the picture at a k is judged, among those studied and those tried."""
    rows, (mean, _) = [*scores, *recommendation["tried"]], judged_by(recommendation["prices"])
    return next(float(row[mean]) for row in rows if int(row["k"]) == k)


def headline(recommendation: Mapping[str, Any]) -> str:
    """Write one sentence on how many colours a photo needs, from the content of recommendation.json."""
    target, elbow, silhouette = (_palette_size(recommendation, name) for name in ("target", "elbow", "silhouette"))
    colors, asked = recommendation["exact"]["colors"], recommendation["target"]["asked"]
    if target is not None:
        cost = next(row["png_bytes"] for row in recommendation["tried"] if row["k"] == recommendation["target"]["k"])
        size = f"{_count_in_words(target)} ({f'{cost} bytes' if cost < 1000 else bytes_text(cost)})"
        if target == colors:
            return f"It has only {size}."
        meaning = next((price["meaning"] for price in recommendation["prices"] if price["asked"] == asked), None)
        verdict = "look right" if meaning == LEVELS[5] else "are enough"
        answer = f"{size} {verdict if target > 1 else 'is enough'}"
        if lost := recommendation["answer"]["lost"]["hues"]:
            answer += f", but {say_lost_hues(lost)}"
        elif elbow is not None and 1 < elbow < target:
            answer += f"; the first {elbow} do most of the work"
        return f"{answer[0].upper()}{answer[1:]}."
    if elbow is not None:
        answer = f"{count_colors(elbow)} {'does' if elbow == 1 else 'do'} most of the work"
    elif silhouette is not None:
        answer = f"{count_colors(silhouette)} stand apart most clearly"
    elif recommendation["exact"]["k"] is not None:
        answer = f"It has only {_count_in_words(colors)}"
    else:
        answer = "No number of colours stands out"
    if not asked:
        return f"{answer}."
    most = count_colors(recommendation["answer"]["most"])
    return f"{answer}; no palette of up to {most} was found that meets the target."


def _count_in_words(colors: int) -> str:
    """Write a number of colours as in a sentence."""
    return "one colour" if colors == 1 else count_colors(colors)


def _palette_size(recommendation: Mapping[str, Any], name: str) -> int | None:
    """Return the number of colours at a recommended k, which is less than k if the photo has fewer."""
    k = recommendation[name]["k"]
    return None if k is None else min(k, recommendation["exact"]["colors"])


def certainty(row: Mapping[str, str]) -> tuple[str, str]:
    """Describe how far a fit's optimum can be trusted: what is proven or, where nothing is, how its restarts agree.

    Parameters
    ----------
    row
        A row of scores.csv, as text; if colours are kept, with their number as ``kept``; if they are of a stock, with
        its name as ``stock``.

    Returns
    -------
    tuple of str
        A word or two, and why.
    """
    if int(row["distinct_colors"]) <= int(row["k"]) and not ({"kept", "stock"} & {*row} and float(row["mse"])):
        return "exact", "Every colour of the photo is in the palette, so there was nothing to search for."
    if row["gap"]:
        among = f" that “{row['stock']}” allows" if "stock" in row else ""
        text = describe_gap(int(row["k"]), float(row["gap"]), int(row.get("kept", 0)), among)
        return "proven", f"{text[0].upper()}{text[1:]}."
    if not row["hits"]:
        return "untested", "Only one restart was run, so there is nothing to compare it with; raise n_init."
    hits, restarts, spread = int(row["hits"]), int(row["restarts"]), float(row["spread"])
    if hits == restarts:
        return "repeatable", f"All {restarts} restarts of the search reached the same optimum."
    found = f"{hits} of {restarts} restarts" if hits else f"A crossover of the {restarts} restarts, but none of them,"
    found += f" found this optimum; the median restart ended {spread:.2g} % above it"
    if spread < 0.1:
        return "repeatable", f"{found}, next to nothing."
    if hits > 1 and spread < 1:
        return "fairly repeatable", f"{found}."
    return "shaky", f"{found}. A better one may exist; raise n_init."

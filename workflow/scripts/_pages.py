"""What the pages share: templates that escape, data that cannot break out, and the answer they open with."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from _colors import count_colors

# JSON that HTML cannot mistake for markup, nor old JavaScript for the end of a line.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}

_WISHES = {
    "delta_e_mean": "a mean colour difference ΔE of {:g} or less",
    "psnr": "a PSNR of {:g} dB or more",
    "ssim": "an SSIM of {:g} or more",
    "png_bytes": "a PNG of {:,.0f} bytes or less",
}


TEMPLATES = Path(__file__).parents[1] / "templates"


def templates(paths: Sequence[str | Path]) -> jinja2.Environment:
    """Load templates by their file names; all that they print is escaped unless it is Markup."""
    sources = {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(sources),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = lambda name: Markup(sources[name])
    environment.filters["number"] = "{:,}".format
    environment.filters["count_colors"] = count_colors
    return environment


def embed_json(data: Any) -> Markup:
    """Write JSON for ``<script type="application/json">``: no text in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))


def embed_script(text: str) -> tuple[Markup, str]:
    """Prepare a program to stand in ``<script>``.

    Returns
    -------
    tuple
        The text, and its hash for a Content-Security-Policy that runs it and nothing else.
    """
    text = text.replace("</script", "<\\/script")
    return Markup(text), f"'sha256-{encode(hashlib.sha256(text.encode()).digest())}'"


def encode(content: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(content).decode("ascii")


def shape(width: int, height: int) -> str:
    """Tell pictures that need a layout of their own: ``portrait`` for narrow ones, ``panorama``, or nothing."""
    return "portrait" if width < 0.6 * height else "panorama" if width > 2 * height else ""


def icon(codes: Sequence[str]) -> str:
    """Draw a page's icon, an SVG of stripes in up to four colours, as a URL."""
    codes = codes[:4]
    stripes = "".join(
        f"<rect x='{16 * place / len(codes):g}' width='{16 / len(codes):g}' height='16' fill='{code}'/>"
        for place, code in enumerate(codes)
    )
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{stripes}</svg>"
    return f"data:image/svg+xml;base64,{encode(svg.encode())}"


def default_k(recommendation: Mapping[str, Any], n_clusters: Sequence[int]) -> int:
    """Choose the k to show first: what meets the target, else the elbow, the silhouette's, the middle one."""
    for reason in ("target", "elbow", "silhouette"):
        if recommendation[reason]["k"] is not None:
            return recommendation[reason]["k"]
    return n_clusters[len(n_clusters) // 2]


def headline(recommendation: Mapping[str, Any], n_clusters: Sequence[int]) -> str:
    """Answer in one sentence how many colours a photo needs.

    Parameters
    ----------
    recommendation
        What recommendation.json holds.
    n_clusters
        The k that were studied, ascending.
    """
    target, elbow, silhouette = (_palette_size(recommendation, name) for name in ("target", "elbow", "silhouette"))
    if target is not None:
        return f"{count_colors(target)} {'is' if target == 1 else 'are'} enough."
    if elbow is not None:
        answer = f"{count_colors(elbow)} carry this photo"
    elif silhouette is not None:
        answer = f"{count_colors(silhouette)} stand clearly apart"
    elif recommendation["exact"]["k"] is not None:
        answer = f"This photo has only {count_colors(recommendation['exact']['colors'])}"
    else:
        answer = "No number of colours stands out"
    if not recommendation["target"]["asked"]:
        return f"{answer}."
    # The target is asked of a whole range, so that its end is worth a word.
    end = f"{n_clusters[-1]} miss" if recommendation["exact"]["k"] is None else "an exact copy misses"
    return f"{answer}; even {end} the target."


def _palette_size(recommendation: Mapping[str, Any], name: str) -> int | None:
    """Tell how many colours a recommended k comes to: k, where the photo has as many."""
    k = recommendation[name]["k"]
    return None if k is None else min(k, recommendation["exact"]["colors"])


def evidence(recommendation: Mapping[str, Any], n_clusters: Sequence[int]) -> str:
    """Say what :func:`headline` rests on; the parameters are the same."""
    first, last = n_clusters[0], n_clusters[-1]
    target, elbow, silhouette = (
        {**recommendation[name], "k": _palette_size(recommendation, name)} for name in ("target", "elbow", "silhouette")
    )
    colors = recommendation["exact"]["colors"]
    wish = " and ".join(_WISHES[name].format(value) for name, value in target["asked"].items())
    parts = []
    if target["k"] is not None:
        got = ", ".join(_reached(name, value) for name, value in target["reached"].items())
        parts.append(f"{target['k']} is the smallest palette with {wish} (it has {got}).")
    elif wish:
        best = ", ".join(_reached(name, value) for name, value in target["best_in_range"].items())
        parts.append(f"The target, {wish}, is out of reach from {first} to {last} (at best {best}).")
    if recommendation["exact"]["k"] is not None:
        lost = "nothing is lost at any k" if first >= colors else f"from k = {colors} on nothing is lost"
        parts.append(f"The photo has only {count_colors(colors)}: {lost}.")
    if first >= colors:
        return " ".join(parts)  # every k is the same, so that none stands out
    if elbow["k"] is not None:
        parts.append(f"Up to {elbow['k']} each colour buys much, after it little: the elbow of the inertia.")
    elif first == last:
        parts.append(f"No other number of colours than {first} was studied.")
    else:
        parts.append(f"From {first} to {last} the inertia has no elbow.")
    if silhouette["k"] is not None:
        value = f"{silhouette['silhouette']:.2f}"
        parts.append(f"The groups of colours lie furthest apart at {silhouette['k']} (silhouette {value}).")
    return " ".join(parts)


def _reached(name: str, value: float | None) -> str:
    if value is None:
        return "an exact copy"
    return f"{value:,.0f}" if name == "png_bytes" else f"{value:.3g}"


def solidity(row: Mapping[str, str]) -> tuple[str, str]:
    """Say how far the optimum of a k can be trusted.

    Parameters
    ----------
    row
        Of scores.csv, as text.

    Returns
    -------
    tuple of str
        A word or two, and why.
    """
    if int(row["distinct_colors"]) <= int(row["k"]):
        return "exact", "Every colour of the photo is in the palette, so there was nothing to search for."
    if not row["hits"]:
        return "one try", "A single restart was made, so nothing is known about its luck; raise n_init to learn it."
    hits, restarts, spread = int(row["hits"]), int(row["restarts"]), float(row["spread"])
    if hits == restarts:
        return "solid", f"All {restarts} restarts of the search ended in the same optimum."
    found = f"{hits} of {restarts} restarts found this optimum, and the median one ended {spread:.2g} % above it"
    if spread < 0.1:
        return "solid", f"{found}: next to nothing."
    if hits > 1 and spread < 1:
        return "fairly solid", f"{found}."
    return "shaky", f"{found}: a better one may exist; raise n_init."

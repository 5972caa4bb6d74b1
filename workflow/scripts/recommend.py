"""Say how many colours a photo needs: by the elbow, by the silhouette, and for the config's targets."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from _colors import count_colors
from _job import run
from _tables import read_rows, to_number

# Which way each target is met, and how it reads.
_TARGETS = {
    "delta_e_mean": ("at most", "mean ΔE"),
    "psnr": ("at least", "PSNR (dB)"),
    "ssim": ("at least", "SSIM"),
    "png_bytes": ("at most", "PNG bytes"),
}


def find_elbow(k: Sequence[int], inertia: Sequence[float]) -> int | None:
    """Find the elbow of a falling convex curve: Kneedle (Satopää et al. 2011), with its sensitivity of 1.

    The elbow is the first local maximum of how far the curve, scaled to the unit square, lies below its diagonal,
    from which that distance falls by more than a mean step before it rises again.

    Parameters
    ----------
    k : (n,) int
        Rising.
    inertia : (n,) float

    Returns
    -------
    int or None
        The elbow's k; None where the curve has none, or does not fall, or has fewer than three points.
    """
    low, high = min(inertia), max(inertia)
    if len(k) < 3 or low == high:
        return None
    below = [(high - y) / (high - low) - (x - k[0]) / (k[-1] - k[0]) for x, y in zip(k, inertia, strict=True)]
    elbow, threshold = None, 0.0
    for i, following in enumerate(below[1:]):
        before = below[max(i - 1, 0)]
        if before <= below[i] >= following:
            elbow, threshold = k[i], below[i] - 1 / (len(k) - 1)
        if before >= below[i] <= following:
            elbow = None
        if elbow is not None and following < threshold:
            return elbow
    return None


def best_by_criteria(rows: Mapping[int, Mapping[str, str]]) -> dict[str, dict[str, float | int | None]]:
    """Name the k that stands out by each criterion of the clusters themselves, the smallest of equals.

    Parameters
    ----------
    rows
        The rows of scores.csv, as text, by k.

    Returns
    -------
    dict
        ``calinski_harabasz``, at its highest, and ``davies_bouldin``, at its lowest, each with its ``k`` (None where
        no k has one) and its value (None, too, where it is infinite, which JSON has no number for).
    """
    best = {}
    for name, choose in (("calinski_harabasz", max), ("davies_bouldin", min)):
        values = {k: float(row[name]) for k, row in rows.items() if row[name]}
        k = choose(values, key=values.get) if values else None
        best[name] = {"k": k, name: None if k is None else _finite(values[k])}
    return best


def recommend(scores: Sequence[Mapping[str, str]], target: Mapping[str, float | None]) -> dict[str, Any]:
    """Weigh an image's scores.

    Parameters
    ----------
    scores
        The rows of scores.csv, as text.
    target
        ``delta_e_mean`` and ``png_bytes`` at most, ``psnr`` and ``ssim`` at least; None asks nothing.

    Returns
    -------
    dict
        ``elbow``, ``silhouette``, the criteria, ``target`` and ``exact``, each with its ``k`` (None where there is
        none in this range) and evidence, and ``sentence``, which says it all. ``exact`` is of the smallest k that
        leaves none of the image's ``colors`` out.
    """
    rows = {int(row["k"]): row for row in sorted(scores, key=lambda row: int(row["k"]))}
    n_clusters, colors = list(rows), int(scores[0]["distinct_colors"])
    first, last = n_clusters[0], n_clusters[-1]
    exact = next((k for k in n_clusters if k >= colors), None)
    inertia = [float(row["inertia"]) for row in rows.values()]
    elbow = find_elbow(n_clusters, inertia)
    separate = {k: float(row["silhouette"]) for k, row in rows.items() if row["silhouette"]}
    best = max(separate, key=separate.get) if separate else None

    asked = {name: value for name, value in target.items() if value is not None}
    values = {name: {k: to_number(row[name]) for k, row in rows.items()} for name in asked}
    if "ssim" in asked:
        # Too small for SSIM's window, but equal is equal.
        values["ssim"] |= {k: 1.0 for k in n_clusters if k >= colors}
    met = [k for k in n_clusters if all(_meets(name, values[name][k], asked[name]) for name in asked)]
    enough = met[0] if asked and met else None

    wish = " and ".join(f"{_TARGETS[name][1]} {_TARGETS[name][0]} {value:g}" for name, value in asked.items())
    parts = []
    if enough is not None:
        reached = ", ".join(f"{_TARGETS[name][1]} {values[name][enough]:g}" for name in asked)
        count = min(enough, colors)
        fewest = "is the fewest that meets" if count == 1 else "are the fewest that meet"
        parts.append(f"{count_colors(count)} {fewest} the target of {wish} ({reached})")
    elif asked:
        parts.append(f"no k from {first} to {last} meets the target of {wish}: widen n_clusters or lower the target")
    if exact is not None:
        at = "any k" if colors == 1 else f"any k from {colors} on"
        parts.append(f"the image has only {count_colors(colors)}, so {at} gives the exact picture")
    # Where every k is exact, none stands out.
    if first < colors:
        if elbow:
            parts.append(f"the elbow of the inertia is at k = {elbow}")
        else:
            parts.append(f"the inertia has no elbow from {first} to {last}")
        if best is not None:
            parts.append(f"the silhouette is highest at k = {best} ({separate[best]:.3f})")
    sentence = "; ".join(parts) + "."
    return {
        "sentence": sentence[0].upper() + sentence[1:],
        "elbow": {"k": elbow, "inertia": None if elbow is None else float(rows[elbow]["inertia"])},
        "silhouette": {"k": best, "silhouette": None if best is None else separate[best]},
        **best_by_criteria(rows),
        "exact": {"k": exact, "colors": colors},
        "target": {
            "k": enough,
            "asked": asked,
            "reached": {} if enough is None else {name: _finite(values[name][enough]) for name in asked},
            "best_in_range": {name: _finite(_best(name, list(values[name].values()))) for name in asked},
        },
    }


def _meets(name: str, value: float, asked: float) -> bool:
    return value <= asked if _TARGETS[name][0] == "at most" else value >= asked


def _best(name: str, values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return (min if _TARGETS[name][0] == "at most" else max)(known, default=math.nan)


def _finite(value: float) -> float | None:
    """Give a number as JSON can hold it: the infinite PSNR of an exact reconstruction becomes null."""
    return value if math.isfinite(value) else None


def main(snakemake: Any) -> None:
    recommendation = recommend(read_rows(snakemake.input.scores), snakemake.params.target)
    text = json.dumps(recommendation, indent=2, ensure_ascii=False, allow_nan=False)
    Path(snakemake.output[0]).write_text(text + "\n")


if __name__ == "__main__":
    run(main, snakemake)

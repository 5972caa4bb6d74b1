"""Say how many colours a photo needs: by the target's answer, by the elbow, by the silhouette."""

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from photopalette.color.table import count_colors
from photopalette.files.tables import read_rows
from photopalette.quality.certificate import certified, describe_gap
from photopalette.quality.criteria import CRITERIA
from photopalette.quality.targets import (
    FAR,
    confirm,
    describe_scores,
    describe_target,
    judged_by,
    meets,
    say_lost_hues,
)
from photopalette.run.job import run

_MOST = 256  # the largest k
# What a price is made of, beside its k.
_SCORES = (
    *("colors_used", "png_bytes", "delta_e_mean", "delta_e_p95", "delta_e_seen_mean", "delta_e_seen_p95"),
    *("psnr", "ssim"),
)


def find_elbow(k: Sequence[int], inertia: Sequence[float], log: bool = False) -> int | None:
    """Find the elbow of a falling convex curve: Kneedle (Satopää et al. 2011), with its sensitivity of 1.

    The elbow is the first local maximum of how far the curve, scaled to the unit square, lies below its diagonal,
    from which that distance falls by more than a mean step before it rises again. Where the k are not evenly spaced,
    they are taken by their logarithms: else a wide gap alone would make an elbow.

    Parameters
    ----------
    k : (n,) int
        Rising.
    inertia : (n,) float
    log
        Take both by their logarithms, on which a power law such as 1 / k, which bends nowhere more than elsewhere,
        is a straight line.

    Returns
    -------
    int or None
        The elbow's k; None where the curve has none, or does not fall, or has fewer than three points.
    """
    low, high = min(inertia), max(inertia)
    if len(k) < 3 or low == high or (log and low <= 0):
        return None
    even = len({after - before for before, after in itertools.pairwise(k)}) == 1
    places = list(k) if even and not log else [math.log(value) for value in k]
    heights = [math.log(value) for value in inertia] if log else list(inertia)
    low, high = min(heights), max(heights)
    width = places[-1] - places[0]
    below = [(high - y) / (high - low) - (x - places[0]) / width for x, y in zip(places, heights, strict=True)]
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


def weigh_elbow(k: Sequence[int], inertia: Sequence[float]) -> dict[str, Any]:
    """Find the elbow, and say how far to trust it.

    Parameters
    ----------
    k, inertia
        See :func:`find_elbow`.

    Returns
    -------
    dict
        ``k``, None where there is none, and the ``inertia`` there; ``at_edge``, whether it is as near an end of the
        range as an elbow can be, and there are k beyond that end; ``sharp``, whether the curve bends there more than a
        power law does, so that another range would not move it.
    """
    elbow = find_elbow(k, inertia)
    if elbow is None:
        return {"k": None, "inertia": None, "at_edge": False, "sharp": False}
    place = k.index(elbow)
    # As late as an elbow can be: it takes two points to fall off from it.
    late = place >= len(k) - 3 and 2 * place >= len(k) and k[-1] < _MOST and inertia[-1] > 0
    at_edge = (place <= 1 and k[0] > 1) or late
    sharp = min(inertia) <= 0 or find_elbow(k, inertia, log=True) is not None
    return {"k": elbow, "inertia": inertia[place], "at_edge": at_edge, "sharp": sharp}


def best_by_criteria(rows: Mapping[int, Mapping[str, str]]) -> dict[str, dict[str, float | int | None]]:
    """Name the k that stands out by each criterion of the clusters themselves, the smallest of equals.

    Parameters
    ----------
    rows
        The rows of scores.csv, as text, by k.

    Returns
    -------
    dict
        Each of :data:`_criteria.CRITERIA` with its best ``k`` (None where no k has a score) and its value there
        (None, too, where it is infinite, which JSON has no number for).
    """
    best = {}
    for name, criterion in CRITERIA.items():
        values = {k: float(row[name]) for k, row in rows.items() if row[name]}
        k = criterion.best(values, key=values.get) if values else None
        best[name] = {"k": k, name: None if k is None else _finite(values[k])}
    return best


def name_range(k: Sequence[int]) -> str:
    """Say which k were studied: "k = 2 to 10", "k = 4, 16 and 64", "k = 8"."""
    if len(k) > 2 and k[-1] - k[0] == len(k) - 1:
        return f"k = {k[0]} to {k[-1]}"
    if len(k) > 8:
        return f"k = {', '.join(map(str, k[:4]))}, … {k[-1]}"
    *first, last = map(str, k)
    return f"k = {', '.join(first)} and {last}" if first else f"k = {last}"


def recommend(
    scores: Sequence[Mapping[str, str]],
    search: Mapping[str, Any] | None = None,
    certificates: Sequence[Mapping[str, str]] = (),
    stocks: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Weigh an image's scores.

    Parameters
    ----------
    scores
        The rows of scores.csv, as text.
    search
        What answer/search.json holds; None where there is no target.
    certificates
        The rows of certificates.csv, as text.
    stocks
        What answer.json holds, by stock.

    Returns
    -------
    dict
        ``elbow``, ``silhouette``, the criteria, ``target``, ``certificate`` (of the answer) and ``exact``, each with
        its ``k`` (None where there is none) and evidence; ``answer``, ``prices`` and ``tried``, see
        :func:`answer.answer`; ``stock``, see :func:`stock.answer`, by stock; and ``sentence``, one or several, which
        say it all. ``exact`` is of the smallest k studied that leaves none of the image's ``colors`` out.
    """
    rows = {int(row["k"]): row for row in sorted(scores, key=lambda row: int(row["k"]))}
    stocks = stocks or {}
    n_clusters, colors = list(rows), int(scores[0]["distinct_colors"])
    # Colours that are kept may leave no room for all of the image's.
    exact = next((k for k in n_clusters if k >= colors and float(rows[k]["inertia"]) == 0), None)
    elbow = weigh_elbow(n_clusters, [float(row["inertia"]) for row in rows.values()])
    separate = {k: float(row["silhouette"]) for k, row in rows.items() if row["silhouette"]}
    best = max(separate, key=separate.get) if separate else None
    proven = certified({int(row["k"]): row for row in certificates}, search["k"]) if search else None
    parts = [*(_say_answer(search) if search else []), *_say_certificate(proven, colors)]
    if exact is not None:
        at = "any k" if colors == 1 else f"any k of {colors} or more"
        if any(row.get("kept") for row in certificates) or any(colors <= k < exact for k in n_clusters):
            at = f"k = {exact}"
        parts.append(f"the image has only {count_colors(colors)}, so {at} reproduces it exactly")
    # Where every k is exact, none stands out.
    if n_clusters[0] < colors:
        parts.append(_say_elbow(elbow, n_clusters))
        if best is not None:
            value = f"{separate[best]:.3f}"
            highest = f"the silhouette is highest at k = {best} ({value})"
            parts.append(highest if len(separate) > 1 else f"the silhouette at k = {best} is {value}")
    return {
        "sentence": " ".join(
            [*(f"{part[0].upper()}{part[1:]}." for part in parts), *(stock["sentence"] for stock in stocks.values())]
        ),
        "target": _target(search),
        "answer": {name: search[name] for name in ("k", "meets", "most", "stops", "lost")} if search else None,
        "certificate": proven or {"k": None, "lower_bound": None, "gap": None},
        "prices": _prices(search) if search else [],
        "elbow": elbow,
        "silhouette": {"k": best, "silhouette": None if best is None else separate[best]},
        **best_by_criteria(rows),
        "exact": {"k": exact, "colors": colors},
        "tried": search["tried"] if search else [],
        "stock": dict(stocks),
    }


def _target(search: Mapping[str, Any] | None) -> dict[str, Any]:
    if search is None:
        return {"k": None, "asked": {}, "reached": {}, "best_in_range": {}}
    row = _tried(search)[search["k"]]
    got = {name: row[name] for name in search["asked"]}
    k, met = (search["k"], got) if search["meets"] else (None, {})
    return {"k": k, "asked": search["asked"], "reached": met, "best_in_range": got}


def _prices(search: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Complete the price list by the scores of its k, or of the most colours where those are too few."""
    tried, prices = _tried(search), []
    for price in search["prices"]:
        row = tried[search["rungs"][-1] if price["k"] is None else price["k"]]
        meaning = price["meaning"] if price["k"] is None else confirm(price["meaning"], row)
        prices.append({**price, "meaning": meaning, **{name: row[name] for name in _SCORES}})
    return prices


def _tried(search: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    return {row["k"]: row for row in search["tried"]}


def _say_answer(search: Mapping[str, Any]) -> list[str]:
    k, tried, rungs, asked = search["k"], _tried(search), search["rungs"], search["asked"]
    got, most = describe_scores(tried[k], asked), rungs[-1]
    below = rungs[rungs.index(k) - 1] if k > rungs[0] else 0
    if not search["meets"]:
        # A picture within a limit on its bytes is as good as was found within it; any other has all the colours it may.
        within = "png_bytes" in asked and tried[k]["png_bytes"] <= asked["png_bytes"]
        room = ", the most found within the limit on the bytes" if within and k < most else ""
        wanted = f"no palette of up to {count_colors(most)} was found that meets the target of {describe_target(asked)}"
        return [f"{wanted} ({count_colors(k)}{room}: {got})"]
    if all(fewer in tried and not meets(tried[fewer], asked) for fewer in range(rungs[0], k)):
        fewest = "is enough for" if k == 1 else "are the fewest found to meet"
        parts = [f"{count_colors(k)} {fewest} the target of {describe_target(asked)} ({got})"]
    else:
        fewer = f"{below} do not ({describe_scores(tried[below], asked)})"
        parts = [f"{count_colors(k)} meet the target of {describe_target(asked)} ({got}); {fewer}"]
    if search["lost"]["hues"]:
        parts.append(say_lost_hues(search["lost"]["hues"]))
    if search["lost"]["delta_e_p99"] > FAR:
        seen = judged_by(search["prices"])[0] == "delta_e_seen_mean"
        parts.append(say_lost(search["lost"], "ΔE as seen" if seen else "ΔE"))
    return parts


def _say_certificate(proven: Mapping[str, Any] | None, colors: int) -> list[str]:
    """Say what is proven about the answer; where every colour is kept, there is nothing to prove."""
    if proven is None or proven["k"] >= colors:
        return []
    return [f"proven: {describe_gap(proven['k'], proven['gap'], proven.get('kept', 0))}"]


def say_lost(lost: Mapping[str, Any], difference: str) -> str:
    """Say what the answer's picture loses, from :func:`answer.lost`, and by which difference."""
    share = f"{100 * lost['share']:.1f} %" if lost["share"] >= 0.001 else "less than 0.1 %"
    text = f"{share} of the pixels are far off ({difference} above {FAR})"
    for largest in lost["colors"][:1]:
        replacement = f"{largest['replacement_name']} ({largest['replacement']})"
        text += f", most of all {largest['name']} ({largest['color']}), now {replacement}"
    return text


def _say_elbow(elbow: Mapping[str, Any], n_clusters: Sequence[int]) -> str:
    among = name_range(n_clusters)
    if len(n_clusters) < 3:
        return f"an elbow needs three k or more, but only {among} {'was' if len(n_clusters) == 1 else 'were'} studied"
    if elbow["k"] is None:
        return f"the inertia has no elbow over {among}"
    text = f"over {among}, the inertia's elbow is at {elbow['k']}: up to there each colour helps a lot, past it little"
    if len(n_clusters) == 3:
        return f"{text}; with three k it can only be in the middle, so more k may move it"
    if elbow["at_edge"]:
        at = "at" if elbow["k"] in (n_clusters[0], n_clusters[-1]) else "near"
        end = "lower" if n_clusters.index(elbow["k"]) <= 1 else "upper"
        return f"{text}; it is {at} the {end} end of the range, so a wider range may move it"
    return text if elbow["sharp"] else f"{text}; the bend is gentle, so a wider range may move it"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def main(snakemake: Any) -> None:
    found = [json.loads(Path(path).read_text(encoding="utf-8")) for path in snakemake.input.search]
    certificates = read_rows(snakemake.input.certificates)
    stocks = {Path(path).parent.name: json.loads(Path(path).read_text("utf-8")) for path in snakemake.input.stocks}
    recommendation = recommend(read_rows(snakemake.input.scores), next(iter(found), None), certificates, stocks)
    text = json.dumps(recommendation, indent=2, ensure_ascii=False, allow_nan=False)
    Path(snakemake.output[0]).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)

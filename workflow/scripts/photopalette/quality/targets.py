"""Targets for the quality of a picture, and the levels of quality in the price list."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple


class Target(NamedTuple):
    """A score that a target may bound.

    Attributes
    ----------
    at_most : bool
        Whether the target is an upper bound.
    words : str
        Name of the score, to stand before its value.
    phrase : str
        Description of the target, with a place for its value.
    """

    at_most: bool
    words: str
    phrase: str


TARGETS = {
    "delta_e_mean": Target(True, "mean ΔE", "a mean ΔE of {:g} or less"),
    "delta_e_p95": Target(True, "95th percentile of ΔE", "a ΔE of {:g} or less for 95 % of the pixels"),
    "delta_e_seen_mean": Target(True, "mean ΔE as seen", "a mean ΔE of {:g} or less as seen from a distance"),
    "delta_e_seen_p95": Target(
        True,
        "95th percentile of ΔE as seen",
        "a ΔE of {:g} or less as seen from a distance for 95 % of the pixels",
    ),
    "psnr": Target(False, "PSNR", "a PSNR of {:g} dB or more"),
    "ssim": Target(False, "SSIM", "an SSIM of {:g} or more"),
    "png_bytes": Target(True, "bytes", "a PNG of {:,.0f} bytes or less"),
}

FAR = 10  # ΔE from which on a colour counts as lost

# Mean ΔE at most, of a dithered picture as seen from a distance, and what that means to the eye.
LEVELS = {
    10: "keeps the photo's mood",
    5: "looks right on its own",
    3: "holds up at a glance, side by side",
    2: "takes a close look to tell apart",
}

FAINT = 2.0  # ΔE that it takes a close look to see
NO_DETAIL = 0.5  # SSIM below which a picture has lost the photo's detail


def is_flat(row: Mapping[str, Any]) -> bool:
    """Tell whether a picture, by its row of scores, is one flat colour in place of several."""
    return row["colors_used"] in (1, "1") and float(row["delta_e_p95"]) > 0


def lacks_detail(row: Mapping[str, Any]) -> bool:
    """Tell whether a picture has lost the photo's detail: little structure is the same, and one can see that."""
    ssim = row["ssim"]
    return ssim not in (None, "") and float(ssim) < NO_DETAIL and float(row["delta_e_p95"]) > FAINT


def confirm(meaning: str | None, row: Mapping[str, Any]) -> str | None:
    """Say what a level of quality means to the eye, unless the picture that reaches it shows otherwise.

    The colours of a dark or pale photo are close to their mean, so that a picture in which nothing is left to see may
    reach any mean ΔE.

    Parameters
    ----------
    meaning
        One of :data:`LEVELS`, or None.
    row
        Scores of the picture.
    """
    if meaning and is_flat(row):
        return "is close in colour, but flat"
    if meaning and lacks_detail(row):
        return "is close in colour, but without its detail"
    return meaning


def meets(row: Mapping[str, Any], target: Mapping[str, float]) -> bool:
    """Tell whether a row of scores meets a target; a score that is missing does not."""
    return all(
        row[name] is not None and (row[name] <= value if TARGETS[name].at_most else row[name] >= value)
        for name, value in target.items()
    )


def level_score(dither: str) -> str:
    """Name the score that LEVELS bound; a dithered picture looks like the mixture of its dots, so the one as seen."""
    return "delta_e_mean" if dither == "none" else "delta_e_seen_mean"


def judged_by(prices: Iterable[Mapping[str, Any]]) -> tuple[str, str]:
    """Name the mean ΔE that the levels of a price list bound, and the 95th percentile that belongs to it."""
    seen = any(price["meaning"] and "delta_e_seen_mean" in price["asked"] for price in prices)
    return ("delta_e_seen_mean", "delta_e_seen_p95") if seen else ("delta_e_mean", "delta_e_p95")


def level_of(asked: Mapping[str, float]) -> float | None:
    """Return the bound that a target puts on the mean ΔE, or on the one that is seen; None if it has neither."""
    return asked.get("delta_e_mean", asked.get("delta_e_seen_mean"))


def excess(row: Mapping[str, Any], target: Mapping[str, float]) -> float:
    """Compute by what factor a row of scores misses a target: its worst error, or its bytes, over the bound.

    The error of SSIM is its distance from 1, that of PSNR the mean squared error. What meets the target has a factor of
    1 at most; a score that is missing counts as infinite.
    """
    return max((_excess(name, row[name], bound) for name, bound in target.items()), default=0.0)


def _excess(name: str, value: float | None, bound: float) -> float:
    if value is None:
        return math.inf
    if name == "psnr":
        return 10 ** ((bound - value) / 10)
    if name == "ssim":
        value, bound = 1 - value, 1 - bound
    return value / bound if bound else math.inf if value else 1.0


def describe_target(target: Mapping[str, float]) -> str:
    """Describe a target in words."""
    return " and ".join(TARGETS[name].phrase.format(value) for name, value in target.items())


def describe_scores(row: Mapping[str, Any], target: Mapping[str, float]) -> str:
    """Describe in words the scores of a row that a target bounds; one that misses its bound does not read like it."""
    return ", ".join(_say(name, row[name], bound) for name, bound in target.items())


def say_lost_hues(hues: Sequence[Mapping[str, Any]]) -> str:
    """Say what has become of the two most common lost hues: all green has become khaki, and all blue grey."""
    first, *others = hues
    text = f"all {first['hue']} has become {first['name']}"
    return f"{text}, and all {others[0]['hue']} {others[0]['name']}" if others else text


def _say(name: str, value: float | None, bound: float) -> str:
    if name == "png_bytes":
        return f"{value:,.0f} bytes"
    if value in (None, math.inf):  # JSON has no infinity, and pictures smaller than its window have no SSIM
        return "PSNR ∞ dB" if name == "psnr" else f"{TARGETS[name].words} unknown"
    digits, misses = 3, not meets({name: value}, {name: bound})
    while misses and float(f"{value:.{digits}g}") == bound:
        digits += 1
    return f"{TARGETS[name].words} {value:.{digits}g}{' dB' if name == 'psnr' else ''}"

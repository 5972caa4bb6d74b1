"""Targets for the quality of a picture, and the levels of quality in the price list."""

from collections.abc import Mapping, Sequence
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
    "psnr": Target(False, "PSNR", "a PSNR of {:g} dB or more"),
    "ssim": Target(False, "SSIM", "an SSIM of {:g} or more"),
    "png_bytes": Target(True, "bytes", "a PNG of {:,.0f} bytes or less"),
}

FAR = 10  # ΔE from which on a colour counts as lost

# Mean ΔE at most, and what that means to the eye.
LEVELS = {
    10: "keeps the photo's mood",
    5: "looks right on its own",
    3: "holds up at a glance, side by side",
    2: "takes a close look to tell apart",
}


def meets(row: Mapping[str, Any], target: Mapping[str, float]) -> bool:
    """Tell whether a row of scores meets a target; a score that is missing does not."""
    return all(
        row[name] is not None and (row[name] <= value if TARGETS[name].at_most else row[name] >= value)
        for name, value in target.items()
    )


def describe_target(target: Mapping[str, float]) -> str:
    """Describe a target in words."""
    return " and ".join(TARGETS[name].phrase.format(value) for name, value in target.items())


def describe_scores(row: Mapping[str, Any], target: Mapping[str, float]) -> str:
    """Describe in words the scores of a row that a target bounds."""
    return ", ".join(_say(name, row[name]) for name in target)


def say_lost_hues(hues: Sequence[Mapping[str, Any]]) -> str:
    """Say what has become of the two most common lost hues: all green has become khaki, and all blue grey."""
    first, *others = hues
    text = f"all {first['hue']} has become {first['name']}"
    return f"{text}, and all {others[0]['hue']} {others[0]['name']}" if others else text


def _say(name: str, value: float | None) -> str:
    if name == "png_bytes":
        return f"{value:,.0f} bytes"
    if value is None:  # JSON has no infinity, and pictures smaller than its window have no SSIM
        return "PSNR ∞ dB" if name == "psnr" else f"{TARGETS[name].words} unknown"
    return f"{TARGETS[name].words} {value:.3g}{' dB' if name == 'psnr' else ''}"

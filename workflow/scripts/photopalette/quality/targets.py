"""What a picture in few colours may be asked to meet, and the levels of quality that the price list is made of."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Target(NamedTuple):
    """A score that may be asked for.

    Attributes
    ----------
    at_most : bool
        Whether it is met from below.
    words : str
        Its name, to stand before its value.
    wish : str
        How a value is asked for, with a place for it.
    """

    at_most: bool
    words: str
    wish: str


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
    """Tell whether a row of scores meets all that is asked for; a score that is missing meets nothing."""
    return all(
        row[name] is not None and (row[name] <= value if TARGETS[name].at_most else row[name] >= value)
        for name, value in target.items()
    )


def wish(target: Mapping[str, float]) -> str:
    """Say in words what is asked for."""
    return " and ".join(TARGETS[name].wish.format(value) for name, value in target.items())


def reached(row: Mapping[str, Any], target: Mapping[str, float]) -> str:
    """Say in words what a row of scores has of what is asked for."""
    return ", ".join(_say(name, row[name]) for name in target)


def _say(name: str, value: float | None) -> str:
    if name == "png_bytes":
        return f"{value:,.0f} bytes"
    if value is None:  # JSON has no infinity, and pictures smaller than its window have no SSIM
        return "PSNR ∞ dB" if name == "psnr" else f"{TARGETS[name].words} unknown"
    return f"{TARGETS[name].words} {value:.3g}{' dB' if name == 'psnr' else ''}"

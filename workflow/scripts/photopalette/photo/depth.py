"""Bring samples deeper than 8 bits, whole or floating, to 8 bits."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from photopalette.run.job import log

_BLOCK = 1 << 20  # values at a time, as intermediate results are four to eight times as large


@dataclass
class Survey:
    """What values there are, as far as it decides how they are scaled."""

    largest: float = 0.0
    faults: set[str] = field(default_factory=set)

    def add(self, values: np.ndarray) -> None:
        """Look at some of the values."""
        if values.dtype.kind == "f":
            finite = np.isfinite(values)
            if not finite.all():
                self.faults |= {"NaN"} if np.isnan(values).any() else set()
                self.faults |= {"infinite"} if np.isinf(values).any() else set()
                values = values[finite]
        self.largest = max(self.largest, float(values.max(initial=0)))
        if values.dtype.kind != "u" and values.min(initial=0) < 0:
            self.faults.add("negative")


def survey(blocks: Iterable[np.ndarray]) -> Survey:
    """Look at all values, block by block."""
    seen = Survey()
    for block in blocks:
        seen.add(block)
    return seen


def white(dtype: np.dtype, bits: int, seen: Survey) -> float:
    """Choose the value that becomes white, 0 being black.

    Whole numbers end at what their bits can hold; of 32 bits and more, they are taken as 16-bit ones where
    all are, since programs store them so. Floating ones span 0 to 1 by custom (up to 1.1, as sharpening goes
    a little beyond), or 0 to 255 where they end there, or else 0 to their largest. The log says what is
    no custom, and what values there are that mean no grey.
    """
    if "negative" in seen.faults:
        log.warning("there are negative values; they count as black")
    if "infinite" in seen.faults:
        log.warning("there are infinite values; they count as white, or as black where negative")
    if "NaN" in seen.faults:
        log.warning("there are NaN values; they count as transparent")
    if dtype.kind == "f":
        if seen.largest <= 1.1:
            return 1.0
        top = 255.0 if seen.largest <= 255 else seen.largest
        log.warning("floating-point values go up to %g, not to 1; %g is taken as white", seen.largest, top)
        return top
    if bits >= 32 and seen.largest <= 65535:
        log.warning("%d-bit values only go up to %d; they are treated as 16-bit", bits, int(seen.largest))
        return 65535.0
    return float(2 ** (bits - (dtype.kind == "i")) - 1)


def to_8_bit(values: np.ndarray, top: float | np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Scale values of 0 to `top` to 0 to 255, rounded; below is 0, above is 255, NaN is 0.

    Parameters
    ----------
    values
        Any shape, whole or floating.
    top
        The value of white, one for all or (of premultiplied alpha) one for each; where it is 0, so is the result.
    out
        Where the result goes, uint8 of the same shape.

    Returns
    -------
    ndarray
        uint8, of the shape of `values`.
    """
    out = np.empty(values.shape, np.uint8) if out is None else out
    rows = max(1, _BLOCK // max(1, values[:1].size))
    for start in range(0, len(values), rows):
        part = slice(start, start + rows)
        out[part] = _scale(values[part], top[part] if isinstance(top, np.ndarray) else top)
    return out


def _scale(values: np.ndarray, top: float | np.ndarray) -> np.ndarray:
    if values.dtype.kind in "ui" and values.dtype.itemsize <= 2:
        # Exact, and half as large as floating point: 65535 · 255 + 32767 is below 2³².
        ceiling = np.maximum(top, 0).astype(np.uint32)
        whole = np.minimum(np.maximum(values, 0).astype(np.uint32), ceiling)
        return (whole * np.uint32(255) + ceiling // np.uint32(2)) // np.maximum(ceiling, np.uint32(1))
    top = np.asarray(top, np.float64)
    factor = np.divide(255.0, top, out=np.zeros_like(top), where=top > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.nan_to_num(values.astype(np.float64) * factor, posinf=255, neginf=0)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)

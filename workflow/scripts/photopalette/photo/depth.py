"""Scale integer and floating-point samples to 8 bits."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from photopalette.run.job import log

_BLOCK = 1 << 20  # values at a time: intermediate results are four to eight times as large


@dataclass
class Survey:
    """The properties of values that decide how they are scaled."""

    largest: float = 0.0
    faults: set[str] = field(default_factory=set)

    def add(self, values: np.ndarray) -> None:
        """Take more values into account."""
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
    """Survey values block by block."""
    seen = Survey()
    for block in blocks:
        seen.add(block)
    return seen


def white(dtype: np.dtype, bits: int, seen: Survey) -> float:
    """Choose the value that becomes white; 0 becomes black.

    White is the largest integer of that many bits, or 65535 if integers of 32 bits and more go no further, since
    programs store 16-bit samples in them. By convention it is 1 for floating-point values (sharpening may exceed it,
    up to 1.1); otherwise it is 255 if they go no further, or else their maximum. The log warns of unconventional
    ranges, and of negative, infinite and NaN values.
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


def to_8_bit(values: np.ndarray, top: float | np.ndarray) -> np.ndarray:
    """Scale values from 0–`top` to 0–255, rounded and clipped; NaN becomes 0.

    Parameters
    ----------
    values
        Integers or floating-point numbers of any shape.
    top
        The value of white, or one for each value (premultiplied alpha); where it is 0, the result is 0.

    Returns
    -------
    ndarray
        uint8, of the shape of `values`.
    """
    out = np.empty(values.shape, np.uint8)
    rows = max(1, _BLOCK // max(1, values[:1].size))
    for start in range(0, len(values), rows):
        part = slice(start, start + rows)
        out[part] = _scale(values[part], top[part] if isinstance(top, np.ndarray) else top)
    return out


def _scale(values: np.ndarray, top: float | np.ndarray) -> np.ndarray:
    """Scale a block of values."""
    if values.dtype.kind in "ui" and values.dtype.itemsize <= 2:
        # Exact, with half the memory of floating point: 65535 · 255 + 32767 is below 2³².
        ceiling = np.maximum(top, 0).astype(np.uint32)
        whole = np.minimum(np.maximum(values, 0).astype(np.uint32), ceiling)
        return (whole * np.uint32(255) + ceiling // np.uint32(2)) // np.maximum(ceiling, np.uint32(1))
    top = np.asarray(top, np.float64)
    factor = np.divide(255.0, top, out=np.zeros_like(top), where=top > 0)
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.nan_to_num(values.astype(np.float64) * factor, posinf=255, neginf=0)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)

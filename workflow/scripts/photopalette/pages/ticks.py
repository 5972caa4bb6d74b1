"""Ticks of a chart and their labels, as in matplotlib, which takes longer to import than a page to write."""

import math

# SI prefixes from 10⁻³⁰ to 10³⁰.
_PREFIXES = ("q", "r", "y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q")


def linear_ticks(low: float, high: float, intervals: int) -> list[float]:
    """Choose evenly spaced round numbers from `low` to `high`, with at most `intervals` between them.

    The result is that of :class:`matplotlib.ticker.MaxNLocator` with ``steps=[1, 2, 2.5, 5, 10]``, within the bounds.
    """
    width, middle = high - low, (low + high) / 2
    # Ticks between numbers such as 1000.001 and 1000.002 are rounded relative to 1000.
    offset = math.copysign(10 ** (math.log10(abs(middle)) // 1), middle) if abs(middle) / width >= 100 else 0.0
    scale = 10 ** (math.log10(width / intervals) // 1)
    step = scale * next(digits for digits in (1, 2, 2.5, 5, 10) if scale * digits >= width / intervals)
    first = (low - offset) // step * step
    return [tick for n in range(intervals + 2) if low <= (tick := n * step + first + offset) <= high]


def integer_ticks(low: int, high: int) -> list[int]:
    """Choose evenly spaced round integers from `low` to `high`, 16 to 320 apart, with at most eight intervals.

    The result is that of :class:`matplotlib.ticker.MaxNLocator` with ``integer=True``, within the bounds.
    """
    step = next(step for step in (2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40) if 8 * step >= high - low)
    return list(range(-(-low // step) * step, high + 1, step))


def log_ticks(low: float, high: float) -> list[float]:
    """Choose 1, 2, 3 and 5 times powers of ten from `low` to `high`, or evenly spaced numbers if these are too few.

    The result is that of :class:`matplotlib.ticker.LogLocator` with ``subs=(1, 2, 3, 5)``, within the bounds, for up
    to nine powers of ten.
    """
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high))
    ticks = [digit * 10.0**power for power in range(first, last + 1) for digit in (1, 2, 3, 5)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    has_power = math.ceil(math.log10(low)) <= last
    return ticks if has_power or len(ticks) > 1 else linear_ticks(low, high, 9)


def with_prefix(number: float, form: str = "g") -> str:
    """Write a number ≥ 0 with an SI prefix, such as 250k, as :class:`matplotlib.ticker.EngFormatter` does.

    Parameters
    ----------
    number
        The number to write.
    form
        Format of the number before the prefix.
    """
    thousands = math.floor(math.log10(number) / 3) if number else 0
    thousands = min(max(thousands, -10), 10)
    text = format(number / 10.0 ** (3 * thousands), form)
    if float(text) >= 1000 and thousands < 10:  # by rounding up
        thousands += 1
        text = format(number / 10.0 ** (3 * thousands), form)
    return text + _PREFIXES[thousands + 10]

"""Charts laid out in percent of their area, so that a page shows them without a program, in any width and theme."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from photopalette.pages.ticks import integer_ticks, linear_ticks, log_ticks, with_prefix

_TICKS = 16  # ticks of k, at most
_LABEL = (24, 10)  # width and height of a level's label, with room to spare, in percent of the area


class Scale:
    """Convert values to places on an axis, in percent from `low` to `high`; if those are equal, to the middle."""

    def __init__(self, low: float, high: float, log: bool = False):
        self.log = log
        self.low, self.high = self._of(low), self._of(high)

    def _of(self, value: float) -> float:
        return math.log(value) if self.log else value

    def __call__(self, value: float) -> float:
        if self.low == self.high:
            return 50.0
        return round(100 * (self._of(value) - self.low) / (self.high - self.low), 3)


def k_scale(n_clusters: Sequence[int]) -> tuple[Scale, list[int]]:
    """Choose the axis of k, logarithmic if the last k is at least 16 times the first, and its ticks.

    Parameters
    ----------
    n_clusters
        Ascending.
    """
    first, last = n_clusters[0], n_clusters[-1]
    scale = Scale(first, last, log=last >= 16 * first)
    if scale.log:
        ticks = [first, *(2**power for power in range(9)), last]
    elif len(n_clusters) <= _TICKS:
        ticks = list(n_clusters)
    else:
        ticks = [first, *integer_ticks(first, last), last]
    # Both ends have a tick; ticks that would touch them or their neighbour are left out, and those beyond the ends.
    kept = [first]
    for tick in ticks[1:-1]:
        if scale(tick) - scale(kept[-1]) >= 5.5 and scale(last) - scale(tick) >= 5.5:
            kept.append(tick)
    return scale, kept if first == last else [*kept, last]


def curve(
    n_clusters: Sequence[int],
    values: Sequence[float | None],
    *,
    kind: str = "number",
    marks: Mapping[int, str] | None = None,
    upper: Sequence[float | None] | None = None,
    hollow: Collection[int] = (),
    second: Sequence[float | None] | None = None,
    levels: Mapping[float, str] | None = None,
) -> dict[str, Any]:
    """Lay out a curve over k.

    Parameters
    ----------
    n_clusters
        Ascending.
    values
        A value for each k; None leaves a gap.
    kind
        ``number``: a linear axis around the values. ``amount``: a linear axis from zero, with SI prefixes.
        ``difference``: a logarithmic axis.
    marks
        Texts to write at a k.
    upper
        Upper edge of a band above the curve.
    hollow
        The k whose points are hollow.
    second
        A second, thinner curve; None leaves out a k, but no gap.
    levels
        Texts to write at horizontal lines, by their values: at their left end, below them unless the curve is there.

    Returns
    -------
    dict
        What charts.html prints. Places are in percent, from the left and from the top.
    """
    x, x_ticks = k_scale(n_clusters)
    levels = levels or {}
    seen = [value for value in (*values, *(upper or ()), *(second or ())) if value is not None]
    if kind == "difference":
        seen = [value for value in seen if value > 0]
    y, y_ticks = _y_scale([*seen, *levels], kind)

    def top(value: float) -> float:
        return round(100 - y(max(value, math.exp(y.low)) if y.log else value), 3)

    def line(of: Sequence[float | None], gaps: bool) -> str:
        path, drawn = [], False
        for k, value in zip(n_clusters, of, strict=True):
            if value is not None:
                path.append(f"{'L' if drawn else 'M'}{x(k):g} {top(value):g}")
            drawn = value is not None or (drawn and not gaps)
        return "".join(path)

    band = ""
    if upper is not None:
        both = [
            (k, low, high) for k, low, high in zip(n_clusters, values, upper, strict=True) if None not in (low, high)
        ]
        there = [f"{x(k):g} {top(high):g}" for k, _, high in both]
        back = [f"{x(k):g} {top(low):g}" for k, low, _ in reversed(both)]
        band = f"M{'L'.join(there + back)}Z" if both else ""
    points = [
        {
            "k": k,
            "left": x(k),
            "top": top(value),
            "words": with_prefix(value, ".2f") if kind == "amount" else f"{value:.3g}",
            "hollow": k in hollow,
        }
        for k, value in zip(n_clusters, values, strict=True)
        if value is not None
    ]
    return {
        "line": line(values, gaps=True),
        "second": line(second, gaps=False) if second else "",
        "band": band,
        "points": points,
        "x_ticks": [(x(k), k) for k in x_ticks],
        "y_ticks": [(top(value), label) for value, label in y_ticks],
        "levels": [(top(value), words) for value, words in levels.items()],
        # Those whose text has to be above the line.
        "above": [words for value, words in levels.items() if _is_near(points, top(value))],
        "marks": [
            (point["left"], point["top"], words)
            for k, words in (marks or {}).items()
            for point in points
            if point["k"] == k
        ],
    }


def _is_near(points: Sequence[Mapping[str, Any]], top: float) -> bool:
    """Tell whether the axis, or a curve through points, crosses the place of a label below a horizontal line."""
    width, height = _LABEL
    if top + height > 100:  # the axis is as near
        return True
    tops = np.interp(range(width + 1), [point["left"] for point in points], [point["top"] for point in points])
    return bool(((tops > top) & (tops < top + height)).any())


def _y_scale(seen: Sequence[float], kind: str) -> tuple[Scale, list[tuple[float, str]]]:
    """Choose the axis of the values and its ticks, each with its label."""
    if not any(seen):
        # All are zero, or there are none.
        return Scale(0, 1), [(0.0, "0")] if seen else []
    low, high = min(seen), max(seen)
    if kind == "difference":
        low, high = low / 1.15, high * 1.15
        return Scale(low, high, log=True), [(tick, f"{tick:g}") for tick in log_ticks(low, high)]
    if kind == "amount":
        low, write = 0.0, with_prefix
        high *= 1.04
    else:
        margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
        low, high, write = low - margin, high + margin, "{:.3g}".format
    return Scale(low, high), [(tick, write(float(np.round(tick, 12)))) for tick in linear_ticks(low, high, 4)]

"""What a proven lower bound says about a fit: by how much any other palette could be better at most."""

import math
from collections.abc import Mapping
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any

# Of the inertia, within which two sums of the same squares may differ by rounding.
_ROUNDING = 1e-9
# Percent above which a bound does not say much.
_WIDE = 1.0


def round_down(value: float, digits: int = 12) -> float:
    """Round a number ≥ 0 down to a number of significant digits, so that what it bounds stays bounded."""
    return float(Context(prec=digits, rounding=ROUND_FLOOR).create_decimal(Decimal(value)))


def gap(inertia: float, lower_bound: float) -> float:
    """Compute how far an inertia may be above the least possible, in percent of it, rounded up to four decimals.

    What rounding alone may make, a billionth of the inertia, is no gap.
    """
    if inertia <= 0:
        return 0.0
    share = 1 - lower_bound / inertia - _ROUNDING
    return math.ceil(max(share, 0.0) * 1e6) / 1e4


def certified(rows: Mapping[int, Mapping[str, str]], k: int) -> dict[str, Any] | None:
    """Return what certificates.csv proves about the inertia in scores.csv at one k; None where that is nothing.

    Parameters
    ----------
    rows
        Those of certificates.csv, as text, by k.
    k
        Number of clusters.

    Returns
    -------
    dict or None
        ``k``, ``lower_bound`` and ``gap``; ``kept``, the number of colours that are kept, if there are any. With a grey
        mask, or an exponent of the weights other than 1, what was minimized, and is bounded, is not the inertia.
    """
    row = rows.get(k)
    if row is None or row["method"] == "none" or float(row["weight_exponent"]) != 1 or row.get("mask"):
        return None
    kept = {"kept": int(row["kept"])} if row.get("kept") else {}
    return {"k": k, "lower_bound": float(row["lower_bound"]), "gap": float(row["gap"]), **kept}


def describe_gap(k: int, gap: float, kept: int = 0, among: str = "") -> str:
    """Say in a sentence without its full stop what a gap in percent proves about k colours, some of which are kept.

    `among` are words to say which colours there are.
    """
    if k == kept:
        return f"{'the one colour is' if k == 1 else f'all {k} colours are'} kept, so that there is no other palette"
    colors = f"{'no single colour' if k == 1 else f'no {k} colours'}{among}"
    if kept:
        colors += " with the one that is kept" if kept == 1 else f" with the {kept} that are kept"
    if gap == 0:
        return f"{colors} can have less squared error"
    unit = 10 if gap > 0.1 else 100
    share = f"{math.floor((100 - gap) * unit + 1e-6) / unit:g} % of this squared error"
    if gap > _WIDE:
        return f"{colors} can have less than {share}, so that a better palette may exist"
    return f"{colors} can have less than {share}"

"""Small CSV tables, without pandas, which takes longer to import than any of them takes to compute."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read a table as one dictionary per row, with every cell as text."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None) -> str:
    """Format rows as CSV.

    Parameters
    ----------
    rows
        Cells by column. None becomes an empty cell, infinity "inf".
    columns
        Columns to write; those of the first row by default.
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, list(columns or rows[0]), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Round the floats in a row to four decimals, or to six significant digits if that keeps more of them.

    No number but 0 is rounded to 0.
    """
    return {name: _round(cell) if isinstance(cell, float) else cell for name, cell in row.items()}


def _round(value: float) -> float:
    decimals = 4
    if value and math.isfinite(value):
        decimals = max(decimals, 5 - math.floor(math.log10(abs(value))))
    return round(float(value), decimals)


def to_shares(counts: Sequence[int], digits: int) -> list[float]:
    """Write counts as shares of their sum, to a number of digits at which they add up to exactly one.

    Each is rounded down, and those that lost most get a last digit more until nothing is missing (largest remainder,
    Hamilton 1792); of those that lost the same, the first.
    """
    unit, total = 10**digits, sum(counts)
    whole = [count * unit // total for count in counts]
    by_loss = sorted(range(len(counts)), key=lambda place: -(counts[place] * unit % total))
    for place in by_loss[: unit - sum(whole)]:
        whole[place] += 1
    return [part / unit for part in whole]


def to_percents(shares: Iterable[float]) -> list[float]:
    """Write shares, which :func:`to_shares` has given six digits, in percent to one decimal: they add up to 100."""
    return [round(100 * share, 1) for share in to_shares([round(1e6 * share) for share in shares], 3)]


def to_number(cell: str) -> float:
    """Convert a cell to a number; an empty cell becomes NaN."""
    return float(cell) if cell else math.nan

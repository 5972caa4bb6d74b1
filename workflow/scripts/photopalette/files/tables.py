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


def to_number(cell: str) -> float:
    """Convert a cell to a number; an empty cell becomes NaN."""
    return float(cell) if cell else math.nan

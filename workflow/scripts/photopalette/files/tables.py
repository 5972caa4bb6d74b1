"""Tables of a few rows, by the csv module: pandas takes longer to import than any of them to work out."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read a table, every cell as it is written there, by the names of its columns."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None) -> str:
    """Write a table of the given columns, or those of the first row; None becomes an empty cell, infinity "inf"."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(columns or rows[0]), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def rounded(row: Mapping[str, Any], decimals: int = 4, significant: int = 6) -> dict[str, Any]:
    """Round a row's floats to so many decimals, or to so many significant digits where those reach further.

    What is small is not nothing: only 0 becomes 0.
    """
    return {
        name: _round(cell, decimals, significant) if isinstance(cell, float) else cell for name, cell in row.items()
    }


def _round(value: float, decimals: int, significant: int) -> float:
    if value and math.isfinite(value):
        decimals = max(decimals, significant - 1 - math.floor(math.log10(abs(value))))
    return round(float(value), decimals)


def to_number(cell: str) -> float:
    """Read a number; an empty cell is not a number."""
    return float(cell) if cell else math.nan

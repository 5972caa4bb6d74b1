"""Tables of a few rows, by the csv module: pandas takes longer to import than any of them to work out."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read a table, every cell as it is written there, by the names of its columns."""
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None) -> str:
    """Write a table of the given columns, or those of the first row; None becomes an empty cell."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(columns or rows[0]), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def rounded(row: Mapping[str, Any], digits: int = 4) -> dict[str, Any]:
    """Round a row's floats to so many digits, and leave all else."""
    return {name: float(np.round(cell, digits)) if isinstance(cell, float) else cell for name, cell in row.items()}


def to_number(cell: str) -> float:
    """Read a number; an empty cell is not a number."""
    return float(cell) if cell else math.nan

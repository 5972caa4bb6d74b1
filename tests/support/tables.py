"""Read the tables of the results, and what is promised of them, without the project's own code."""

import csv
import re
from pathlib import Path

from project import ROOT


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read the rows of a table, by column."""
    with path.open() as file:
        return list(csv.DictReader(file))


def documented_columns(table: str) -> list[str]:
    """List the columns of a table (`scores.csv`) that results/README.md describes."""
    page = (ROOT / "results/README.md").read_text()
    rows = page.partition(f"| column of `{table}` |")[2].partition("\n\n")[0].splitlines()[2:]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]

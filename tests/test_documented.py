"""Every promise in docs/what-happens-when.md has a test."""

import ast
import re

import pytest

from project import ROOT

PAGE = (ROOT / "docs/what-happens-when.md").read_text()


def tables(text: str, level: str) -> dict[str, list[list[str]]]:
    """Read the rows, cell by cell, of each table below a heading of this level; the row of column names is left out."""
    parts = [part.partition("\n") for part in text.split(f"\n{level} ")[1:]]
    rows = {title: re.findall(r"^\| (.+) \|$", body, re.MULTILINE)[1:] for title, _, body in parts}
    return {title: [row.split(" | ") for row in found] for title, found in rows.items() if found}


promises, _, proofs = PAGE.partition("\n## The tests behind each row\n")
PROMISED, PROVEN = tables(promises, "##"), tables(proofs, "###")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", proofs)))


def test_every_row_has_two_cells():
    assert sum(map(len, PROMISED.values())) >= 45
    assert [row for found in (PROMISED, PROVEN) for rows in found.values() for row in rows if len(row) != 2] == []


def test_every_promise_has_its_tests():
    """In the same sections, in the same order, under the same words, each once."""
    assert {title: [row[0] for row in rows] for title, rows in PROVEN.items()} == {
        title: [row[0] for row in rows] for title, rows in PROMISED.items()
    }
    assert all(len({row[0] for row in rows}) == len(rows) for rows in PROMISED.values())


def test_every_row_of_tests_names_a_test():
    assert [row[0] for rows in PROVEN.values() for row in rows if "::test_" not in row[-1]] == []


def test_no_promise_is_cluttered_with_tests():
    assert "::test_" not in promises


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_named_test_exists(path, name):
    module = ast.parse((ROOT / "tests" / path).read_text())
    assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}

"""A module's tests are found by its name, and what several test modules need stands once."""

import ast
from collections import defaultdict
from fnmatch import fnmatch
from pathlib import Path

from project import ROOT

SCRIPTS, TESTS = ROOT / "workflow/scripts", ROOT / "tests"
# Modules without tests of their name, and why.
ELSEWHERE = {
    "kernels/*.py": "what they compute is tested where it is called, against scikit-learn and scikit-image",
    "pages/html.py": "tested with the page that is made by it, in scripts/test_explorer.py",
    "run/packages.py": "tested with what depends on the versions: run/test_cache.py, scripts/test_provenance.py",
}


def place(module: Path) -> str:
    """Say where a module is: `scripts/score.py`, `photo/tiff.py`."""
    return str(module.relative_to(SCRIPTS.parent)).removeprefix("scripts/photopalette/")


def imported(source: str) -> set[str]:
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {name for node in nodes for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]}


def test_every_module_has_tests_of_its_name():
    modules = [place(path) for path in SCRIPTS.rglob("*.py") if path.name != "__init__.py"]
    assert len(modules) > 50
    without = {name for name in modules if not (TESTS / name).with_name(f"test_{Path(name).name}").exists()}
    assert {name for name in without if not any(fnmatch(name, pattern) for pattern in ELSEWHERE)} == set()
    assert all(any(fnmatch(name, pattern) for name in without) for pattern in ELSEWHERE), "a reason is out of date"


def test_no_test_module_imports_another():
    found = {
        f"{path.relative_to(TESTS)} imports {name}"
        for path in TESTS.rglob("*.py")
        for name in imported(path.read_text())
        if name and any(part.startswith(("test_", "conftest")) for part in name.split("."))
    }
    assert found == set()


def test_no_helper_stands_twice():
    """Nor does a constant, whatever it is called there; programs that run alone may have their own."""
    places = defaultdict(set)
    for path in [*TESTS.rglob("test_*.py"), *TESTS.rglob("conftest.py"), *TESTS.glob("support/*.py")]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_"):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                places[ast.unparse(body)].add(f"{path.relative_to(TESTS)}::{node.name}")
            elif isinstance(node, ast.Assign):
                places[ast.unparse(node.value)].add(f"{path.relative_to(TESTS)}::{ast.unparse(node.targets[0])}")
    assert [sorted(names) for text, names in places.items() if len(names) > 1 and len(text) > 40] == []

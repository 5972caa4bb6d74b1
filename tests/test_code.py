"""A digest changes with every file that a script is made of, and with no other."""

import ast
import re
import shutil

import pytest

from _code import digest, local_imports
from project import ROOT


def test_imports_are_found_wherever_they_stand():
    source = (
        "import numpy, _a  # and\nfrom _b import (\n    x,\n)\nfrom __future__ import y\ndef f():\n"
        "    from _c import z\n    import os\n    import _d as e, _f\nx = 'import _g'  # from _h import i\n"
    )
    assert local_imports(source) == ["_a", "_b", "_c", "_d", "_f"]


def test_every_import_of_the_workflow_is_found():
    for path in sorted((ROOT / "workflow/scripts").glob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        assert local_imports(path.read_text()) == sorted(name for name in names if re.match("_[^_]", name)), path.name


@pytest.fixture
def workflow(tmp_path):
    (tmp_path / "scripts").mkdir()
    files = {
        "scripts/one.py": "from _direct import a\n",
        "scripts/_direct.py": "import _further\n",
        "scripts/_further.py": "import _direct\n",
        "scripts/_other.py": "",
        "page.html": "<html>",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_digest_follows_imports_and_files(workflow):
    def now():
        return digest(["scripts/one.py", "page.html"], lambda name: str(workflow / name))

    before = now()
    assert re.fullmatch("[0-9a-f]{16}", before)
    for name in ("scripts/one.py", "scripts/_direct.py", "scripts/_further.py", "page.html"):
        text = (workflow / name).read_text()
        (workflow / name).write_text(text + "\n")
        assert now() != before, name
        (workflow / name).write_text(text)
    (workflow / "scripts/_other.py").write_text("1")
    assert now() == before
    moved = workflow.rename(workflow.with_name("moved"))
    assert digest(["scripts/one.py", "page.html"], lambda name: str(moved / name)) == before


def test_all_that_decodes_is_a_part_of_resizing_and_not_of_downloading(tmp_path):
    shutil.copytree(ROOT / "workflow/scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))

    def now(script):
        return digest([f"scripts/{script}.py"], lambda name: str(tmp_path / name))

    resize, download = now("resize"), now("download")
    for name in ("decode", "depth", "kinds", "metadata", "srgb", "tiff"):
        path = tmp_path / f"scripts/_{name}.py"
        text = path.read_text()
        path.write_text(text + "\n")
        assert now("resize") != resize, name
        assert now("download") == download, name
        path.write_text(text)
    assert now("resize") == resize

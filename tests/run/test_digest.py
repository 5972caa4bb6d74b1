"""A digest changes with every file that a script is made of, and with no other."""

import ast
import re
import shutil

import pytest

from photopalette.run.digest import digest, modules
from project import ROOT


def test_modules_are_found_wherever_they_are_named():
    source = (
        "import numpy, photopalette.color.table  # and\nfrom photopalette.files.tables import (\n    x,\n)\n"
        "def f():\n    import photopalette.run.job as j\n    load('photopalette.kernels.search')\nphotopalette = 1\n"
    )
    found = ["color/table", "files/tables", "kernels/search", "run/job"]
    assert modules(source) == [f"scripts/photopalette/{name}.py" for name in found]


def test_every_import_of_the_workflow_is_found():
    for path in sorted((ROOT / "workflow").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
        ours = {f"scripts/{name.replace('.', '/')}.py" for name in names if name.startswith("photopalette")}
        assert ours <= set(modules(path.read_text())), path.name
        assert all((ROOT / "workflow" / name).is_file() for name in modules(path.read_text())), path.name


@pytest.fixture
def workflow(tmp_path):
    files = {
        "scripts/one.py": "from photopalette.a.direct import a\nimport photopalette.run.job\n",
        "scripts/photopalette/a/direct.py": "import photopalette.b.further\n",
        "scripts/photopalette/b/further.py": "import photopalette.a.direct\n",
        "scripts/photopalette/b/other.py": "",
        "scripts/photopalette/run/job.py": "",
        "page.html": "<html>",
        "rules/run.smk": "from photopalette.b.other import b\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_digest_follows_imports_and_files(workflow):
    def now():
        return digest(["scripts/one.py", "page.html"], lambda name: str(workflow / name))

    before = now()
    assert re.fullmatch("[0-9a-f]{16}", before)
    rooms = "scripts/photopalette"
    for name in ("scripts/one.py", f"{rooms}/a/direct.py", f"{rooms}/b/further.py", "page.html"):
        text = (workflow / name).read_text()
        (workflow / name).write_text(text + "\n")
        assert now() != before, name
        (workflow / name).write_text(text)
    rules = digest(["rules/run.smk"], lambda name: str(workflow / name))
    for name in (f"{rooms}/b/other.py", f"{rooms}/run/job.py"):
        (workflow / name).write_text("1")
    assert now() == before
    assert digest(["rules/run.smk"], lambda name: str(workflow / name)) != rules
    moved = workflow.rename(workflow.with_name("moved"))
    assert digest(["scripts/one.py", "page.html"], lambda name: str(moved / name)) == before


def test_all_that_decodes_is_a_part_of_resizing_and_not_of_downloading(tmp_path):
    shutil.copytree(ROOT / "workflow/scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))

    def now(script):
        return digest([f"scripts/{script}.py"], lambda name: str(tmp_path / name))

    resize, download = now("resize"), now("download")
    for name in ("decode", "depth", "file_types", "metadata", "color_management", "tiff"):
        path = tmp_path / f"scripts/photopalette/photo/{name}.py"
        text = path.read_text()
        path.write_text(text + "\n")
        assert now("resize") != resize, name
        assert now("download") == download, name
        path.write_text(text)
    assert now("resize") == resize


@pytest.mark.parametrize(
    ("module", "kernels"),
    [
        ("kmeans/lloyd", {"search", "geometry"}),
        ("kmeans/fit", {"search", "palette", "geometry"}),
        ("quality/metrics", {"metrics", "vision"}),
        ("pictures/indexed", {"dither"}),
    ],
)
def test_a_module_depends_on_the_kernels_that_it_calls_and_on_no_others(module, kernels):
    read = []

    def place(name):
        read.append(name)
        return str(ROOT / "workflow" / name)

    digest([f"scripts/photopalette/{module}.py"], place)
    found = {name.removesuffix(".py").rpartition("kernels/")[2] for name in read if "/kernels/" in name}
    assert found == kernels | {"compiled", "jit", "signatures"}

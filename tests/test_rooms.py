"""The package's rooms depend on one another in one direction only, as docs/design.md says."""

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from project import ROOT

WORKFLOW = ROOT / "workflow"
SCRIPTS = WORKFLOW / "scripts"
PACKAGE = SCRIPTS / "photopalette"

_, _, text = (ROOT / "docs/design.md").read_text().partition("\n## The rooms\n")
TABLE = dict(re.findall(r"^\| `(\w+)` \| .+? \| (.+?) \| .+? \|$", text.partition("\n## ")[0], re.MULTILINE))
ORDER = list(TABLE)[::-1]  # from below
FILES = sorted(path for path in WORKFLOW.rglob("*") if path.suffix in (".py", ".smk"))

# The names of `run` that may be imported, as they have no effect on a byte of the results: a log, errors, text for
# messages, whether an optional package is there.
BY_ROOMS = {"job.log", "job.JobError", "packages.installed", "secrets.redact", "secrets.shown"}
# Whether a source is a path or a URL, and what of a URL is shown and recorded; an error that is not ours to report;
# what a message suggests in place of a path that leads nowhere.
BY_SOURCES = BY_ROOMS | {"job.is_disk_full", "paths.nearest", "secrets.HIDDEN", "secrets.is_local", "secrets.unsigned"}
# Which modules a kernel is compiled from, so that it is compiled again when one of them has changed.
BY_KERNELS = BY_ROOMS | {"digest.modules"}
# What runs a job, where its code is, and the cache, with the packages that its pieces depend on.
BY_SCRIPTS = BY_SOURCES | {
    *("job.run", "job.SCRIPTS"),
    *("cache.FOLDER", "cache.Cache", "packages.KERNELS", "packages.PNG", "packages.SKLEARN"),
}


def imports(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each module that a file imports, with the names it takes from it."""
    source = path.read_text()
    if path.suffix == ".smk":
        source = "\n".join(re.findall(r"^(?:from|import) .*", source, re.MULTILINE))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), [alias.name for alias in node.names]


def ours(path: Path) -> list[tuple[str, str, list[str]]]:
    """List the modules of the package that a file imports, each by its room and name, with the names taken from it."""
    found = [(module.split("."), names) for module, names in imports(path) if module.startswith("photopalette")]
    return [(parts[1], parts[2], names) for parts, names in found]


def room(path: Path) -> str | None:
    """Name the room that a file is in; None for a script."""
    return path.parent.name if path.parent.parent == PACKAGE else None


def test_every_room_and_every_module_is_in_the_table():
    there = {folder.name: {path.stem for path in folder.glob("*.py")} - {"__init__"} for folder in PACKAGE.iterdir()}
    there.pop("__init__.py", None)
    there.pop("__pycache__", None)
    assert {name: set(re.findall(r"`(\w+)`", modules)) for name, modules in TABLE.items()} == there


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(WORKFLOW)) for path in FILES])
def test_modules_are_imported_by_their_full_names(path):
    """The digests of code find them so; a relative import, or one of a room, they would not find."""
    for module, _ in imports(path):
        assert not module.startswith(".")
        if module.split(".")[0] == "photopalette":
            assert (SCRIPTS / module.replace(".", "/")).with_suffix(".py").is_file(), module


@pytest.mark.parametrize("name", ORDER)
def test_a_room_imports_only_itself_and_rooms_below(name):
    below = ORDER[: ORDER.index(name) + 1]
    arrows = {f"{path.name} → {other}" for path in (PACKAGE / name).glob("*.py") for other, _, _ in ours(path)}
    assert {arrow for arrow in arrows if arrow.partition(" → ")[2] not in below} == set()


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(WORKFLOW)) for path in FILES])
def test_nothing_imports_a_script(path):
    scripts = {script.stem for script in (*SCRIPTS.glob("*.py"), *WORKFLOW.glob("*.py"))}
    assert {module for module, _ in imports(path)} & scripts == set()


def test_no_init_has_code():
    for path in PACKAGE.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path
        assert isinstance(body[0].value, ast.Constant), path
        assert isinstance(body[0].value.value, str), path
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(ORDER)


def test_no_module_is_hidden_by_an_installed_one_or_hides_one():
    """What is started by its path has its folder in ``sys.path``, and so the names of all the files in it."""
    installed = packages_distributions().keys() | sys.stdlib_module_names
    assert "photopalette" not in installed
    assert importlib.util.find_spec("photopalette").submodule_search_locations == [str(PACKAGE)]
    programs = {
        path.parent for path in (WORKFLOW / "scripts").rglob("*.py") if '__name__ == "__main__"' in path.read_text()
    }
    names = {path.stem for folder in (WORKFLOW, *programs) for path in folder.glob("*.py")}
    assert len(names) > 20
    assert names & installed == set()


# The room `config` and the rule files make no file of the results: what they tell the scripts are parameters.
MAKERS = [path for path in FILES if path.is_relative_to(SCRIPTS) and room(path) not in ("run", "config")]


@pytest.mark.parametrize("path", MAKERS, ids=[str(path.relative_to(SCRIPTS)) for path in MAKERS])
def test_nothing_of_run_has_an_effect_on_the_results(path):
    """No digest covers ``run``: what is imported from it are names of which it is known that they have none."""
    allowed = {None: BY_SCRIPTS, "photo": BY_SOURCES, "kernels": BY_KERNELS}.get(room(path), BY_ROOMS)
    of_run = [(module, names) for other, module, names in ours(path) if other == "run"]
    assert {f"{module}.{name}" for module, names in of_run for name in names} <= allowed
    assert all(names for _, names in of_run), "a module as a whole"


def test_every_name_that_is_listed_is_used():
    taken = {
        f"{module}.{name}" for path in FILES for other, module, names in ours(path) if other == "run" for name in names
    }
    assert taken >= BY_SCRIPTS

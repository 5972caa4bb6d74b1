"""Machine code is made once, kept, and made again wherever it is missing."""

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photopalette.kernels import compiled as _compiled
from photopalette.kernels.compiled import _folders, load_or_compile
from photopalette.kernels.signatures import SIGNATURES, Signature
from project import ROOT, no_room

SCRIPTS = ROOT / "workflow/scripts"
SEARCH, METRICS = "photopalette.kernels.search", "photopalette.kernels.metrics"


@pytest.fixture
def built(monkeypatch):
    """The modules that were compiled, by a compiler that only lists them."""
    built = []
    monkeypatch.setattr(_compiled, "compile_kernels", lambda module: built.append(module) or b"machine code")
    return built


def test_compiled_once_and_loaded_from_then_on(tmp_path, built):
    folders = [tmp_path / "environment/share", tmp_path / "cache"]
    assert [load_or_compile(SEARCH, folders) for _ in range(3)] == [b"machine code"] * 3
    assert len(built) == 1
    assert not folders[1].exists()


def test_source_as_it_comes_from_github_has_its_code_already(tmp_path, built, monkeypatch):
    """Snakemake takes the end off the last line of what it fetches; changed source has code of its own."""
    load_or_compile(SEARCH, [tmp_path])
    folder = shutil.copytree(_compiled._FOLDER, tmp_path / "kernels")
    monkeypatch.setattr(_compiled, "_FOLDER", folder)
    source = (folder / "search.py").read_bytes()
    for content, count in ((source.rstrip(), 1), (source + b"x = 1\n", 2)):
        (folder / "search.py").write_bytes(content)
        load_or_compile(SEARCH, [tmp_path])
        assert len(built) == count


@pytest.mark.parametrize(
    ("file", "compiled"),
    [
        ("search", {SEARCH}),
        ("metrics", {METRICS}),
        ("geometry", {SEARCH}),
        ("dither", set()),
        *((name, {SEARCH, METRICS}) for name in ("jit", "signatures", "compiled")),
    ],
)
def test_a_changed_source_compiles_what_is_made_from_it(tmp_path, built, monkeypatch, file, compiled):
    monkeypatch.setattr(_compiled, "_FOLDER", shutil.copytree(_compiled._FOLDER, tmp_path / "kernels"))
    modules = {SEARCH, METRICS}
    for module in modules:
        load_or_compile(module, [tmp_path])
    path = tmp_path / f"kernels/{file}.py"
    path.write_text(path.read_text() + "x = 1\n")
    built.clear()
    for module in modules:
        load_or_compile(module, [tmp_path])
    assert set(built) == compiled


def test_a_kernel_whose_parameters_are_not_those_of_the_table_is_not_compiled(monkeypatch):
    text = "differences: float64[n], first: float64[m, 3]"
    monkeypatch.setitem(_compiled.SIGNATURES["metrics"], "delta_e", Signature(text))
    with pytest.raises(TypeError, match=r"parameters of delta_e in .*metrics\.py are not those of signatures\.py"):
        _compiled.compile_kernels(METRICS)


@pytest.mark.parametrize("package", ["llvmlite", "numba"])
def test_code_is_compiled_again_by_another_version_of_what_compiles_it(tmp_path, built, monkeypatch, package):
    load_or_compile(SEARCH, [tmp_path])
    known = _compiled.metadata.version
    monkeypatch.setattr(_compiled.metadata, "version", lambda name: "0.1" if name == package else known(name))
    load_or_compile(SEARCH, [tmp_path])
    assert len(built) == 2


def test_two_at_once_compile_once(tmp_path, built):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: load_or_compile(SEARCH, [tmp_path]), range(8))) == {b"machine code"}
    assert len(built) == 1


@pytest.mark.parametrize("damage", [b"", b"half", b"x" * 44], ids=["empty", "half", "other"])
def test_what_is_damaged_is_compiled_again(tmp_path, built, damage):
    load_or_compile(SEARCH, [tmp_path])
    (file,) = tmp_path.glob("kernels-*")
    file.write_bytes(damage)
    assert load_or_compile(SEARCH, [tmp_path]) == b"machine code"
    assert len(built) == 2
    assert load_or_compile(SEARCH, [tmp_path]) == b"machine code"
    assert len(built) == 2


def test_where_nothing_can_be_written_the_next_folder_is_used(tmp_path, built):
    (tmp_path / "file").touch()
    folders = [tmp_path / "file/share", tmp_path / "cache"]
    load_or_compile(SEARCH, folders)
    assert load_or_compile(SEARCH, folders) == b"machine code"
    assert len(built) == 1
    nowhere = [tmp_path / "file/a", tmp_path / "file/b"]
    assert load_or_compile(SEARCH, nowhere) == b"machine code"
    assert len(built) == 2


def test_where_there_is_no_room_nothing_is_left_behind(tmp_path, built):
    """Compiled once even so: it takes seconds."""
    folders = [tmp_path / "environment", tmp_path / "cache"]
    with no_room(10):
        assert load_or_compile(SEARCH, folders) == b"machine code"
    assert len(built) == 1
    assert [path.name for folder in folders for path in folder.iterdir()] == ["lock", "lock"]


def test_the_users_cache_is_where_the_environment_says(monkeypatch):
    environment = Path(sys.prefix, "share/photo-palette-study")
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert _folders() == [environment, Path("/home/me/.cache/photo-palette-study")]
    for cache, folder in (("/cache", "/cache"), ("", "/home/me/.cache")):
        monkeypatch.setenv("XDG_CACHE_HOME", cache)
        assert _folders() == [environment, Path(folder, "photo-palette-study")]


def test_a_user_without_a_home_has_the_environment_alone(monkeypatch):
    def nobody(uid):
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr("pwd.getpwuid", nobody)
    for variable in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    assert _folders() == [Path(sys.prefix, "share/photo-palette-study")]


def test_code_of_another_processor_has_the_same_bytes():
    """Whatever processor numba is told of, it makes the code that is kept for this one."""
    kernels = [f"photopalette.kernels.{name}" for name in SIGNATURES]
    script = f"import sys, hashlib; sys.path.insert(0, {str(SCRIPTS)!r}); import photopalette.kernels.compiled as c\n"
    script += f"for name in {kernels}: print(name, hashlib.sha256(c.compile_kernels(name)).hexdigest())"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    kept = [f"{name} {hashlib.sha256(load_or_compile(name, _folders())).hexdigest()}" for name in kernels]
    assert run.stdout.splitlines() == kept

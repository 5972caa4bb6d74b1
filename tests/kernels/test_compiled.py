"""Machine code is made once, kept, and made again wherever it is missing."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photopalette.kernels import compiled as _compiled
from photopalette.kernels.compiled import _folders, kept
from project import ROOT, no_room

SCRIPTS = ROOT / "workflow/scripts"


@pytest.fixture
def builds():
    """A compiler that counts what it does."""

    def build():
        build.count += 1
        return b"machine code"

    build.count = 0
    return build


def test_compiled_once_and_loaded_from_then_on(tmp_path, builds):
    folders = [tmp_path / "environment/share", tmp_path / "cache"]
    assert [kept(folders, builds) for _ in range(3)] == [b"machine code"] * 3
    assert builds.count == 1
    assert not folders[1].exists()


def test_source_as_it_comes_from_github_has_its_code_already(tmp_path, builds, monkeypatch):
    """Snakemake takes the end off the last line of what it fetches; changed source has code of its own."""
    kept([tmp_path], builds)
    source = _compiled._SOURCE.read_bytes()
    monkeypatch.setattr(_compiled, "_SOURCE", tmp_path / "loops.py")
    for content, count in ((source.rstrip(), 1), (source + b"x = 1\n", 2)):
        _compiled._SOURCE.write_bytes(content)
        kept([tmp_path], builds)
        assert builds.count == count


@pytest.mark.parametrize("package", ["llvmlite", "numba"])
def test_code_is_compiled_again_by_another_version_of_what_compiles_it(tmp_path, builds, monkeypatch, package):
    kept([tmp_path], builds)
    known = _compiled.metadata.version
    monkeypatch.setattr(_compiled.metadata, "version", lambda name: "0.1" if name == package else known(name))
    kept([tmp_path], builds)
    assert builds.count == 2


def test_two_at_once_compile_once(tmp_path, builds):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: kept([tmp_path], builds), range(8))) == {b"machine code"}
    assert builds.count == 1


@pytest.mark.parametrize("damage", [b"", b"half", b"x" * 44], ids=["empty", "half", "other"])
def test_what_is_damaged_is_compiled_again(tmp_path, builds, damage):
    kept([tmp_path], builds)
    (file,) = tmp_path.glob("kernels-*")
    file.write_bytes(damage)
    assert kept([tmp_path], builds) == b"machine code"
    assert builds.count == 2
    assert kept([tmp_path], builds) == b"machine code"
    assert builds.count == 2


def test_where_nothing_can_be_written_the_next_folder_is_used(tmp_path, builds):
    (tmp_path / "file").touch()
    folders = [tmp_path / "file/share", tmp_path / "cache"]
    kept(folders, builds)
    assert kept(folders, builds) == b"machine code"
    assert builds.count == 1
    nowhere = [tmp_path / "file/a", tmp_path / "file/b"]
    assert kept(nowhere, builds) == b"machine code"
    assert builds.count == 2


def test_where_there_is_no_room_nothing_is_left_behind(tmp_path):
    """Compiled once even so: it takes seconds."""
    folders, built = [tmp_path / "environment", tmp_path / "cache"], []

    def build():
        built.append(1)
        return b"machine code" * 1000

    with no_room():
        assert kept(folders, build) == b"machine code" * 1000
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
    script = f"import sys, hashlib; sys.path.insert(0, {str(SCRIPTS)!r}); import photopalette.kernels.compiled as c"
    script += "; print(hashlib.sha256(c.compile_kernels()).hexdigest())"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == hashlib.sha256(kept(_folders())).hexdigest()

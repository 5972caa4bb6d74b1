"""A piece is taken from an earlier run only if it is whole and was made from the same."""

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

import answer
from photopalette.color.table import save_table
from photopalette.run import packages as _packages
from photopalette.run.cache import Cache
from project import no_room

KERNELS, PNG, SKLEARN = {"llvmlite", "numba"}, {"pillow", "pyoxipng"}, {"scikit-learn", "scipy"}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept/job/image"


def test_what_was_kept_is_read_again(folder):
    cache = Cache(folder, "code", packages=("numpy",))
    key = cache.key("median-cut", 3, b"pixels")
    assert cache.read(key) is None
    cache.write(key, b"row")
    assert Cache(folder, "code", packages=("numpy",)).read(key) == b"row"


def test_a_piece_is_made_once(folder):
    made = []

    def make():
        made.append(1)
        return b"row"

    cache = Cache(folder, "code")
    assert [cache.get(make, "octree", 3), cache.get(make, "octree", 3)] == [b"row", b"row"]
    assert Cache(folder, "code").get(make, "octree", 3) == b"row"
    assert len(made) == cache.made == 1


def test_everything_that_it_was_made_from_counts(folder):
    cache = Cache(folder, "code", packages=("numpy",))
    keys = {
        cache.key("median-cut", 3, b"pixels"),
        cache.key("octree", 3, b"pixels"),
        cache.key("median-cut", 4, b"pixels"),
        cache.key("median-cut", 3, b"others"),
        Cache(folder, "edited", packages=("numpy",)).key("median-cut", 3, b"pixels"),
        Cache(folder, "code", packages=("pillow",)).key("median-cut", 3, b"pixels"),
        Cache(folder, "code", packages=("no-such-package",)).key("median-cut", 3, b"pixels"),
    }
    assert len(keys) == 7


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 35], ids=["empty", "short", "other"])
def test_what_is_damaged_counts_as_missing(folder, damage):
    cache = Cache(folder, "code")
    cache.write(cache.key(1), b"row")
    (folder / cache.key(1)).write_bytes(damage)
    assert cache.read(cache.key(1)) is None


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    (tmp_path / "kept").write_text("a file in the way")
    cache = Cache(tmp_path / "kept", "code")
    cache.write(cache.key(1), b"row")
    assert cache.read(cache.key(1)) is None
    cache.delete_unused()


def test_where_there_is_no_room_nothing_is_left_behind(folder):
    cache = Cache(folder, "code")
    with no_room():
        cache.write(cache.key(1), b"row" * 1000)
    assert cache.read(cache.key(1)) is None
    assert list(folder.iterdir()) == []


def test_nothing_unused_is_kept(folder):
    cache = Cache(folder, "code")
    for piece in range(4):
        cache.write(cache.key(piece), b"row")
    (folder / "left-by-a-kill").mkdir()
    again = Cache(folder, "code")
    assert again.read(again.key(2)) == b"row"
    again.write(again.key(9), b"new")
    again.keep(3)
    again.keep(5)  # which is not there
    again.delete_unused()
    assert {path.name for path in folder.iterdir()} == {cache.key(2), cache.key(3), cache.key(9)}


@pytest.mark.parametrize(
    ("job", "packages"),
    [
        ("answer", {"numpy"} | KERNELS | PNG),
        ("compare", {"imagequant", "numpy"} | KERNELS | PNG | SKLEARN),
        ("error", {"matplotlib", "numpy", "pillow"} | KERNELS),
        ("scatter", {"choreographer", "plotly"}),
        ("silhouette_plot", {"matplotlib", "numpy", "pillow"}),
    ],
)
def test_a_job_keeps_its_pieces_by_the_packages_that_make_them(folder, monkeypatch, job, packages):
    """A new version of each of them makes the pieces anew; one of any other package does not."""
    named = importlib.import_module(job)._PACKAGES

    def key(updated):
        monkeypatch.setattr(_packages, "version", lambda name: "2" if name == updated else "1")
        return Cache(folder, "code", packages=named).key(1)

    others = {"colour-science", "imagequant", "jinja2", "scikit-image", "snakemake"} | KERNELS | PNG | SKLEARN
    assert {name for name in others | packages if key(name) != key(None)} == packages


@pytest.mark.parametrize("refine", ["swaps", "none"])
def test_the_answer_is_kept_by_scikit_learn_where_that_fits(coffee_table, tmp_path, monkeypatch, refine):
    monkeypatch.chdir(tmp_path)
    save_table("pixels.npz", coffee_table)
    kmeans = {"fit_on": "colors", "refine": refine, "init": "k-means++", "n_init": 1, "max_iter": 9}
    kmeans |= {"tol": 0.0, "random_state": 0, "algorithm": "lloyd"}
    job = SimpleNamespace(
        wildcards=SimpleNamespace(image="photo"),
        input=SimpleNamespace(pixels="pixels.npz"),
        output=SimpleNamespace(search="search.json", stops="stops.zip", reconstructed="reconstructed.png"),
        params=SimpleNamespace(
            code="code",
            kmeans=kmeans,
            palette={"order": "share", "colors": "mean"},
            reconstruct={"dither": "none"},
            target={"delta_e_mean": 25},
            viewing=60,
        ),
    )

    def keys(updated):
        monkeypatch.setattr(_packages, "version", lambda name: "2" if name == updated else "1")
        answer.main(job)
        return {path.name for path in Path(".snakemake/kept/answer/photo").iterdir()}

    before = keys(None)
    assert {name for name in sorted(KERNELS | SKLEARN) if not keys(name) & before} == (
        KERNELS | SKLEARN if refine == "none" else KERNELS
    )

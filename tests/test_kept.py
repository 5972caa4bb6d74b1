"""A piece is taken from an earlier run only if it is whole and was made from the same."""

import pytest

from _kept import Kept
from project import no_room


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept/job/image"


def test_what_was_kept_is_read_again(folder):
    kept = Kept(folder, "code", packages=("numpy",))
    key = kept.key("median-cut", 3, b"pixels")
    assert kept.read(key) is None
    kept.write(key, b"row")
    assert Kept(folder, "code", packages=("numpy",)).read(key) == b"row"


def test_everything_that_it_was_made_from_counts(folder):
    kept = Kept(folder, "code", packages=("numpy",))
    keys = {
        kept.key("median-cut", 3, b"pixels"),
        kept.key("octree", 3, b"pixels"),
        kept.key("median-cut", 4, b"pixels"),
        kept.key("median-cut", 3, b"others"),
        Kept(folder, "edited", packages=("numpy",)).key("median-cut", 3, b"pixels"),
        Kept(folder, "code", packages=("pillow",)).key("median-cut", 3, b"pixels"),
        Kept(folder, "code", packages=("no-such-package",)).key("median-cut", 3, b"pixels"),
    }
    assert len(keys) == 7


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 35], ids=["empty", "short", "other"])
def test_what_is_damaged_counts_as_missing(folder, damage):
    kept = Kept(folder, "code")
    kept.write(kept.key(1), b"row")
    (folder / kept.key(1)).write_bytes(damage)
    assert kept.read(kept.key(1)) is None


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path):
    (tmp_path / "kept").write_text("a file in the way")
    kept = Kept(tmp_path / "kept", "code")
    kept.write(kept.key(1), b"row")
    assert kept.read(kept.key(1)) is None
    kept.forget_the_rest()


def test_where_there_is_no_room_nothing_is_left_behind(folder):
    kept = Kept(folder, "code")
    with no_room():
        kept.write(kept.key(1), b"row" * 1000)
    assert kept.read(kept.key(1)) is None
    assert list(folder.iterdir()) == []


def test_nothing_unused_is_kept(folder):
    kept = Kept(folder, "code")
    for piece in range(4):
        kept.write(kept.key(piece), b"row")
    (folder / "left-by-a-kill").mkdir()
    again = Kept(folder, "code")
    assert again.read(again.key(2)) == b"row"
    again.write(again.key(9), b"new")
    again.forget_the_rest()
    assert sorted(path.name for path in folder.iterdir()) == sorted([kept.key(2), kept.key(9)])

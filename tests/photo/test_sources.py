"""A source names a file, and what keeps it from being read is said."""

import os
from pathlib import Path

import pytest

from photopalette.photo.sources import local_fault, misplaced, path_of, size_and_time, source_fault, sources, with_tilde

pytestmark = pytest.mark.usefixtures("in_folder")


def test_homes_are_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "data"))
    Path("data").mkdir()
    for name in ("Cup.JPG", "tea.png"):
        Path("data", name).touch()
    assert path_of("~/tea.png") == f"{tmp_path}/data/tea.png"
    assert path_of("~root/tea.png") == os.path.expanduser("~root") + "/tea.png" != "~root/tea.png"
    assert local_fault("~/tea.png") is None
    assert local_fault("~/cup.jpg").endswith("; did you mean ~/Cup.JPG?")
    assert with_tilde(f"{tmp_path}/data/tea.png", "~/t*.png") == "~/tea.png"
    assert with_tilde("elsewhere/tea.png", "~/t*.png") == "elsewhere/tea.png"
    Path("~").mkdir()
    Path("~/tea.png").touch()
    assert path_of("~/tea.png") == "~/tea.png", "a file of that very name wins"


def test_a_photo_where_its_copy_goes_is_misplaced():
    Path("data/raw").mkdir(parents=True)
    Path("link").symlink_to("data/raw")
    images = {
        "cup": {"source": "data/raw/cup"},
        "saucer": {"source": "data/raw/saucer.jpg"},
        "spoon": {"source": "link/spoon"},
        "milk": {"source": "data/raw/cup"},  # another image's copy goes there
        "web": {"source": "https://example.org/data/raw/web"},
    }
    assert misplaced(images) == [
        "  - images.cup.source: data/raw/cup is where its own copy goes; move it out of data/raw",
        "  - images.spoon.source: link/spoon is where its own copy goes; move it out of data/raw",
        "  - images.milk.source: data/raw/cup is where its own copy goes; move it out of data/raw",
    ]


def test_a_changed_file_has_another_size_or_time():
    assert size_and_time("cup.jpg") is None
    Path("cup.jpg").write_bytes(b"cup")
    os.utime("cup.jpg", ns=(0, 5))
    assert size_and_time("cup.jpg") == (3, 5)


def test_an_image_has_one_source_or_those_of_its_set():
    assert sources({"source": "cup.jpg"}) == ["cup.jpg"]
    assert sources({"source": None, "photos": {"b": "b.jpg", "a": "a.jpg"}}) == ["b.jpg", "a.jpg"]


@pytest.mark.parametrize(
    "source",
    ["cup.jpg", "./ftp:cup.jpg", "~/cup.jpg", "https://example.org/a.jpg", "https://h/ü.jpg", "skimage:coffee", "C:"],
)
def test_the_text_of_a_sound_source_is_no_fault(source):
    Path("C:").touch()
    assert source_fault(source) is None

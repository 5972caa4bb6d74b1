"""A pattern matches what people mean by it; where nothing is there, what comes nearest is named."""

import os
from pathlib import Path

import pytest

from photopalette.photo.sources import local_fault
from photopalette.run.paths import matches, nearest, nearest_pattern, photographs

FILES = [
    *("photos/a.jpg", "photos/B.JPG", "photos/c.Jpeg", "photos/n.png", "photos/notes.txt", "photos/.hidden.jpg"),
    *(
        "[2024] trip/x.jpg",
        "2 trip/y.jpg",
        "more/[2024] trip/z.jpg",
        "photos/IMG [1].jpg",
        "data/Cup.JPG",
        "data/tea.png",
    ),
    *("texts/a.txt", "Ünï/é.jpg"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    Path("empty").mkdir()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("photos/*.jpg", ["photos/B.JPG", "photos/IMG [1].jpg", "photos/a.jpg"]),
        ("photos/*.JPG", ["photos/B.JPG", "photos/IMG [1].jpg", "photos/a.jpg"]),
        ("photos/*.jp*g", ["photos/B.JPG", "photos/IMG [1].jpg", "photos/a.jpg", "photos/c.Jpeg"]),
        ("photos/?.[jp][pn]g", ["photos/B.JPG", "photos/a.jpg", "photos/n.png"]),
        ("photos/?.[!j]*", ["photos/n.png"]),
        ("photos/[a-c].*", ["photos/a.jpg", "photos/c.Jpeg"]),
        ("photos/A.*", []),
        ("photos/.hidden.*", ["photos/.hidden.jpg"]),
        ("[2024] trip/*.jpg", ["[2024] trip/x.jpg"]),
        ("[!2024] trip/*.jpg", []),
        ("[0-9] trip/*.jpg", ["2 trip/y.jpg"]),
        ("more/[2024] trip/*.JPG", ["more/[2024] trip/z.jpg"]),
        ("*/[2024] trip/*.jpg", ["more/[2024] trip/z.jpg"]),
        ("photos/IMG [[]*.jpg", ["photos/IMG [1].jpg"]),
        ("**/z.*", ["more/[2024] trip/z.jpg"]),
        ("**/t*.png", ["data/tea.png"]),
        ("m*/**", ["more/[2024] trip/z.jpg"]),
        ("./photos//n.*", ["./photos/n.png"]),
        ("Ünï/*.jpg", ["Ünï/é.jpg"]),
        ("*", []),
    ],
)
def test_pattern_matches(pattern, expected):
    assert matches(pattern) == expected


def test_absolute_pattern(folder, tmp_path):
    assert matches(f"{tmp_path}/photos/n.*") == [f"{tmp_path}/photos/n.png"]


@pytest.mark.parametrize(
    ("pattern", "nearest"),
    [
        ("Photos/*.jpg", 'did you mean "photos/*.jpg" (3 files)?'),
        ("photo/*.jpg", 'did you mean "photos/*.jpg" (3 files)?'),
        ("U\u0308nï/*.jpg", 'did you mean "Ünï/*.jpg" (1 file)?'),
        ("photos/*.tif", 'did you mean "photos/*.jpg" (3 files)?'),
        ("Photos/*.tif", 'did you mean "photos/*.jpg" (3 files)?'),
        ("data/t*.jpg", 'did you mean "data/t*.png" (1 file)?'),
        ("photos/DSC*.jpg", 'did you mean "photos/*.jpg" (3 files)?'),
        ("photos/DSC*.png", 'did you mean "photos/*.png" (1 file)?'),
        ("phot?/*.jpg", 'did you mean "photos/*.jpg" (3 files)?'),
        ("more/[2023] trip/*.jpg", 'did you mean "more/[2024] trip/*.jpg" (1 file)?'),
        ("photos/IMG [1]*.jpg", 'did you mean "photos/IMG [[]1]*.jpg" (1 file)?'),
        ("more/*.jpg", 'did you mean "more/*/*.jpg" (1 file)?'),
        ("photos/xyz/*.jpg", "there is no folder photos/xyz; photos has no folders"),
        ("more/xyz/*.jpg", "there is no folder more/xyz; more has [2024] trip"),
        ("empty/*.jpg", "empty has no files"),
        ("texts/*.jpg", "texts has 1 file, but no photographs"),
        ("xyzzy/*.jpg", "there is no folder xyzzy; this folder has 2 trip, [2024] trip, data, empty, more and 3 more"),
    ],
)
def test_the_nearest_pattern_is_suggested(pattern, nearest):
    assert matches(pattern) == []
    assert nearest_pattern(pattern) == nearest


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("data/cup.jpg", "data/Cup.JPG"),
        ("Data/cup.jpg", "data/Cup.JPG"),
        ("data/cup", "data/Cup.JPG"),
        ("data/Cup.jpeg ", "data/Cup.JPG"),
        ("data/tea.jpg", "data/tea.png"),
        ("cup.jpg", "data/Cup.JPG"),
        ("photos/hiden.jpg", None),
        ("photos/IMG [2].jpg", "photos/IMG [1].jpg"),
        ("Ünï/e\u0301.jpg", "Ünï/é.jpg"),
        ("photos/zzz.jpg", None),
        ("nowhere/cup.jpg", None),
    ],
)
def test_the_nearest_path_is_suggested(path, nearest):
    remedy = f"did you mean {nearest}?" if nearest else "correct 'source'"
    assert local_fault(path) == f"there is no file {path} (in {os.getcwd()}); {remedy}"


def test_a_name_with_the_same_extension_is_nearer_and_any_photograph_than_other_files():
    for name in ("Rose.jpg", "Rose.png", "Rose.txt", "a.txt"):
        Path("empty", name).touch()
    assert nearest("empty/Rosa.png") == "empty/Rose.png"
    assert nearest("empty/Rosa.jpg") == "empty/Rose.jpg"
    assert nearest("empty/Rosa.txt") == "empty/Rose.txt"
    assert nearest("empty/Rosa.heic") in ("empty/Rose.jpg", "empty/Rose.png")


@pytest.mark.parametrize(("number", "more"), [(1, ""), (5, ""), (6, " and 1 more"), (7, " and 2 more")])
def test_up_to_five_folders_are_listed(number, more):
    for name in "12345678"[:number]:
        Path("empty", name).mkdir()
    names = ", ".join("12345"[:number])
    assert nearest_pattern("empty/xyz/*.jpg") == f"there is no folder empty/xyz; empty has {names}{more}"


def test_the_photographs_of_a_folder_are_those_by_extension():
    names = ["photos/B.JPG", "photos/IMG [1].jpg", "photos/a.jpg", "photos/c.Jpeg", "photos/n.png"]
    assert photographs("photos") == names
    assert photographs("texts") == photographs("nowhere") == []

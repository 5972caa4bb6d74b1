"""A photograph, mask or palette on this machine counts as another file once its size or time is another."""

import os
import shutil
import tarfile
import time
from pathlib import Path

import pytest
from PIL import Image

from project import NUMBERS_ALONE, Project, shared

YEAR = 365 * 86_400
IMAGES = {
    "cup": {"source": "photos/cup.png"},
    "link": {"source": "link.png"},
    "home": {"source": "~/home.png"},
    "all": {"source": "trip/*.png"},
    "odd": {"source": "{k}.png"},
    "set": {"source": ["photos/a.png", "photos/b.png"], "together": True},
    "cutout": {"source": "skimage:coffee", "mask": "mask.png"},
    "brand": {"source": "skimage:coffee", "palettes": {"print": "brand.hex"}},
}
FILES = ["photos/cup.png", "home/home.png", "trip/c.png", "{k}.png", "photos/a.png", "photos/b.png"]


def draw(path: Path, color: str, size=(24, 16)):
    """Draw a picture, white on the left, that takes as many bytes in any other colour."""
    path.parent.mkdir(exist_ok=True, parents=True)
    picture = Image.new("RGB", size, color)
    picture.paste("white", (0, 0, size[0] // 2, size[1]))
    picture.save(path, "PNG", compress_level=0)


@pytest.fixture(scope="session")
def studied_once(tmp_path_factory) -> Project:
    """A project of files of every kind on this machine, that has run."""

    def finish(folder: Path) -> Project:
        project = Project(folder, {"images": IMAGES, "resize": {"width": 24, "height": 16}, "n_clusters": [2]})
        project.config |= NUMBERS_ALONE
        for name in FILES:
            draw(folder / name, "teal")
        draw(folder / "photos/old cup.png", "olive")
        draw(folder / "mask.png", "white", (600, 400))
        (folder / "link.png").symlink_to("photos/cup.png")
        (folder / "brand.hex").write_text("ff8800\n003366\n")
        project.make(HOME=str(folder / "home"))
        return project

    return shared(tmp_path_factory, "studied", finish)


@pytest.fixture
def studied(studied_once, tmp_path_factory, monkeypatch) -> Project:
    project = studied_once.copy(tmp_path_factory.mktemp("studied") / "project")
    monkeypatch.setenv("HOME", str(project.folder / "home"))
    monkeypatch.chdir(project.folder)
    return project


def replacement(path: str, seconds: float) -> Path:
    """Make another file of the same size, as many seconds older."""
    new, old = Path(f"{path}.new"), Path(path).stat()
    if path.endswith(".png"):
        draw(new, "black", Image.open(path).size)
    else:
        new.write_text("00ff88\n663300\n")
    os.utime(new, ns=(old.st_atime_ns, old.st_mtime_ns - int(seconds * 1e9)))
    assert new.stat().st_size == old.st_size
    return new


def turn(path: str) -> None:
    """Let a symbolic link point elsewhere, as one that came from an archive does."""
    Path(path).unlink()
    Path(path).symlink_to("photos/old cup.png")
    os.utime(path, (0, 0), follow_symlinks=False)


def move(path: str, seconds: float = YEAR) -> None:
    replacement(path, seconds).replace(path)


def copy(path: str) -> None:
    shutil.copy2(replacement(path, 0.001), path)


def unpack(path: str) -> None:
    with tarfile.open("archive.tar", "w") as archive:
        archive.add(replacement(path, YEAR), path)
    with tarfile.open("archive.tar") as archive:
        archive.extractall(filter="data")


@pytest.mark.parametrize(
    ("replace", "path", "images"),
    [
        (move, "photos/cup.png", {"cup", "link"}),
        (copy, "photos/cup.png", {"cup", "link"}),
        (unpack, "photos/cup.png", {"cup", "link"}),
        (turn, "link.png", {"link"}),
        (move, "home/home.png", {"home"}),
        (move, "trip/c.png", {"all-c"}),
        (move, "{k}.png", {"odd"}),
        (move, "photos/a.png", {"set"}),
        (copy, "photos/b.png", {"set"}),
    ],
)
def test_a_photo_replaced_by_an_older_one_is_studied(studied, replace, path, images):
    replace(path)
    raw = sorted(studied.folder.glob("data/raw/*"))
    before = {file: file.read_bytes() for file in raw}
    studied.make(*(f"data/raw/{file.name}" for file in raw))
    assert {file.name for file in raw if file.read_bytes() != before[file]} == images
    assert studied.planned() != {}, "all that is made of the copies"
    assert studied.planned(*(f"data/raw/{file.name}" for file in raw)) == {}


@pytest.mark.parametrize(
    ("path", "made"), [("mask.png", "results/cutout/resized.png"), ("brand.hex", "results/brand/comparison.csv")]
)
def test_a_mask_or_palette_replaced_by_an_older_one_counts(studied, path, made):
    before = (studied.folder / made).read_bytes()
    move(path)
    studied.make(made)
    assert (studied.folder / made).read_bytes() != before
    assert studied.planned(made) == {}


def test_a_copy_of_the_project_and_files_put_back_rerun_nothing(studied):
    assert studied.planned() == {}
    assert "Nothing to be done" in studied.make()
    for path in ("photos/cup.png", "mask.png", "brand.hex"):
        shutil.copy2(path, "kept")
        move(path)
        assert studied.planned() != {}
        shutil.copy2("kept", path)
    assert studied.planned() == {}


def test_files_from_the_future_are_studied_once(studied):
    """A camera's clock, or another time zone's share; for files of every kind, and the folders and config."""
    tomorrow = time.time() + 86_400
    paths = [path for path in studied.folder.glob("**/*.png") if "results" not in path.parts]
    for path in (*paths, Path("brand.hex"), Path("photos"), Path("config/config.yaml"), studied.folder):
        os.utime(path, (tomorrow, tomorrow))
    assert studied.planned()["download"] == 6
    studied.make()
    assert Path("data/raw/cup").stat().st_mtime < time.time() + 1
    assert studied.planned() == {}
    assert "Nothing to be done" in studied.make()
    move("photos/cup.png", -60)
    assert studied.planned("data/raw/cup") == {"download": 1}


def test_a_project_from_the_future_goes_on(studied):
    """Its workflow, as it comes out of an archive of another time zone, and what a clock that was ahead has dated."""
    tomorrow = time.time() + 86_400
    for folder in ("workflow", "data", "results", ".snakemake"):
        for path in (studied.folder / folder).rglob("*"):
            os.utime(path, (tomorrow, tomorrow), follow_symlinks=False)
    assert studied.planned() == {}
    studied.config["background"] = "black"
    studied.config["n_clusters"] = [2, 3]
    studied.make()
    assert studied.planned() == {}
    assert "Nothing to be done" in studied.make()

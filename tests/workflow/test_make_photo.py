"""One photograph without an editor: `make photo=…`, apart from the configured experiment."""

import json
import shutil
import stat

import pytest
from PIL import Image

from photopalette.photo.fetch import bundled_path
from project import ROOT, run_program

NAMES = ["my photos/it's $HOME `id`.jpg", "my photos/B.JPG"]


@pytest.fixture
def doorstep(project):
    """A checkout with photographs in it, whose set-up is done."""
    shutil.copy(ROOT / "Makefile", project.folder)
    shutil.copy(ROOT / "requirements.txt", project.folder)
    (project.folder / ".venv").symlink_to(ROOT / ".venv")
    photograph = Image.open(bundled_path("skimage:coffee")).convert("RGB").resize((24, 16))
    for name in NAMES:
        (project.folder / name).parent.mkdir(exist_ok=True)
        photograph.save(project.folder / name, "JPEG")
    (project.folder / "results").mkdir()
    project.write_config()
    return project


def make(project, *arguments):
    # The set-up is that of the checkout that is tested, and is left alone.
    return run_program(["make", "--silent", "--assume-old=setup", *arguments], project.folder)


def studied(project):
    config = json.loads((project.folder / "studies/config/config.yaml").read_text())
    return {name: entry["source"] for name, entry in config["images"].items()}


def test_one_photo_gets_its_page(doorstep):
    run = make(doorstep, f"photo={NAMES[0]}")
    assert run.returncode == 0, run.stdout
    page = doorstep.folder / run.stdout.splitlines()[-1]
    assert page == doorstep.folder / "studies/results/it-s-HOME-id/explorer.html"
    assert "<title>" in page.read_text()
    assert studied(doorstep) == {"it-s-HOME-id": "../my photos/it's $HOME `id`.jpg"}
    assert (doorstep.folder / "studies/results/it-s-HOME-id/k10/palette.csv").exists(), "with the defaults"
    assert list((doorstep.folder / "results").iterdir()) == [], "the experiment of the config is left alone"
    again = make(doorstep, f"photo={NAMES[0]}")
    assert again.stdout.splitlines()[-1] == "studies/results/it-s-HOME-id/explorer.html"
    make(doorstep, "clean")
    assert not (doorstep.folder / "studies").exists()
    assert (doorstep.folder / NAMES[0]).exists()


def test_photos_that_are_not_there_start_nothing(doorstep):
    run = make(doorstep, "photo=my photos/b.jpg nowhere.tif my photos/*.tif")
    assert run.returncode == 2
    assert f"there is no file my photos/b.jpg (in {doorstep.folder}); did you mean my photos/B.JPG?" in run.stdout
    assert "there is no file nowhere.tif (in " in run.stdout
    assert "Traceback" not in run.stdout
    assert not (doorstep.folder / "studies").exists()


def test_only_the_user_can_read_a_config_with_a_password(doorstep):
    run = make(doorstep, "photo=http://alice:hunter2@127.0.0.1:9/cup.jpg?token=5ecre7")
    assert run.returncode != 0
    assert "http://…@127.0.0.1:9/cup.jpg?token=… could not be fetched" in run.stdout
    assert "hunter2" not in run.stdout
    assert "5ecre7" not in run.stdout
    assert stat.S_IMODE((doorstep.folder / "studies/config/config.yaml").stat().st_mode) == 0o600

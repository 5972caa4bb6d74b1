"""A folder of strangers' files: each one that is not a photograph fails alone, with the reason in one line."""

import os
import re

import pytest
from PIL import Image

from photopalette.photo.fetch import bundled_path
from project import NUMBERS_ALONE

NAMES = ["with space.png", "quo'te\".png", "ünï €.png", "new\nline.png", "../beside.png", "-rf.png", "{k}.png"]
NAMES += ["$(id)`id`;id.png", "<results>.png", "*?[a].png", "a//b.png"]


def photograph(path, size=(24, 16)):
    path.parent.mkdir(exist_ok=True)
    Image.open(bundled_path("skimage:coffee")).resize(size).save(path, "PNG")


@pytest.fixture
def strangers(project):
    """A project with a folder of files that are not photographs, and the message that each image name should get."""
    folder = project.folder / "in"
    folder.mkdir()
    (folder / "empty.jpg").touch()
    (folder / "page.jpg").write_text("<html><body>Sign in")
    (folder / "drawing.jpg").write_text("<svg/>")
    photograph(folder / "whole.png", (600, 400))
    (folder / "cut.png").write_bytes((folder / "whole.png").read_bytes()[:9000])
    (folder / "folder").mkdir()
    (folder / "loop.jpg").symlink_to("loop.jpg")
    Image.new("RGB", (1, 1), "teal").save(folder / "pixel.png")
    large = "is 600 × 400 pixels, 0.24 megapixels, over the limit of 0.1; raise max_megapixels if you trust it"
    said = {
        "empty": ("in/empty.jpg", "download: image 'empty': in/empty.jpg is empty (0 bytes); check 'source'"),
        "page": ("in/page.jpg", "(it looks like a web page); save the picture itself, not the page around it"),
        "drawing": ("in/drawing.jpg", "(it looks like an SVG drawing, not a raster image); export it as PNG"),
        "cut": ("in/cut.png", "resize: image 'cut': in/cut.png is damaged (image file is truncated"),
        "large": ("in/whole.png", f"resize: image 'large': in/whole.png {large}"),
        "folder": ("in/folder", "download: image 'folder': in/folder is a directory; name a file in it"),
        "loop": ("in/loop.jpg", "download: image 'loop': in/loop.jpg is a symbolic link that points to itself"),
        "long": ("x" * 300, f"download: image 'long': the name {'x' * 300} is too long (300 bytes); rename the file"),
        "gone": ("in/gone.jpg", "download: image 'gone': there is no file in/gone.jpg (in "),
    }
    project.config["images"] |= {image: {"source": source} for image, (source, _) in said.items()}
    project.config["images"]["large"]["max_megapixels"] = 0.1
    project.config["images"]["saved"] = {"source": "in/cut.png", "allow_truncated": True}
    project.config["images"]["pixel"] = {"source": "in/pixel.png", "n_clusters": [1, 2]}
    project.config |= {"scatter": {"static": False}, "n_clusters": [2], "compare": []}
    return project, {image: message for image, (_, message) in said.items()}


def test_broken_files_cost_only_themselves(strangers):
    project, said = strangers
    whole = ("scores.csv", "recommendation.json", "montage.png", "inertia.png", "silhouette.png")
    good = [f"results/pixel/{artefact}" for artefact in whole]
    good += ["results/tiny/k2/reconstructed.png", "results/saved/k2/reconstructed.png"]
    bad = [f"results/{image}/k2/palette.csv" for image in said]
    output = project.fail("--keep-going", *good, *bad)
    for image, message in said.items():
        assert message in output, image
    assert [target for target in [*good, *bad] if (project.folder / target).exists()] == good
    assert re.search(
        r"WARNING .*is damaged \(image file is truncated.*using the part that can be decoded",
        (project.folder / "logs/resize/saved.log").read_text(),
    )
    assert sorted(os.listdir(project.folder / "data")) == ["raw"]


def test_unreadable_sources_start_nothing_without_keep_going(strangers):
    project, _ = strangers
    output = project.fail()
    for line in (
        "Photographs can't be read (--keep-going skips them):",
        "  - images.folder.source: in/folder is a directory; name a file in it",
        "  - images.loop.source: in/loop.jpg is a symbolic link that points to itself; name the file it "
        "should point to",
        f"  - images.long.source: the name {'x' * 300} is too long (300 bytes); rename the file",
        f"  - images.gone.source: there is no file in/gone.jpg (in {project.folder}); correct 'source'",
    ):
        assert line in output.splitlines()
    assert not (project.folder / "results").exists()


def test_a_dry_run_knows_of_missing_photographs(project):
    project.config["images"]["gone"] = {"source": "in/gone.jpg"}
    assert "in/gone.jpg" in project.fail("--dry-run")


def test_photographs_in_a_home(project):
    """Found below ``~``, recorded so, missed when they change, and verified."""
    home = project.folder / "a home"
    home.mkdir()
    photograph(home / "cup.png")
    photograph(home / "trip/B.PNG")
    project.config["images"] = {"cup": {"source": "~/cup.png"}, "trip": {"source": "~/trip/*.png"}}
    project.config |= NUMBERS_ALONE | {"n_clusters": [2]}
    project.make(HOME=str(home))
    record = (project.folder / "results/provenance.json").read_text()
    assert '"source": "~/cup.png"' in record
    assert '"source": "~/trip/B.PNG"' in record
    assert str(home) not in record
    verified = project.verify(HOME=str(home))
    assert verified.returncode == 0, verified.stdout
    photograph(home / "cup.png", (16, 24))
    run = project.snakemake("--dry-run", "data/raw/cup", "data/raw/trip-B", HOME=str(home))
    assert re.search(r"^download +1$", run.stdout, re.MULTILINE)


def test_source_files_of_any_name(project):
    for name in NAMES:
        photograph(project.folder / name)
    project.config["images"] = {f"n{number}": {"source": name} for number, name in enumerate(NAMES)}
    targets = [f"results/{image}/resized.png" for image in project.config["images"]]
    project.make(*targets)
    assert all((project.folder / target).exists() for target in targets)
    assert sorted(os.listdir(project.folder / "data")) == ["raw"]
    assert "Nothing to be done" in project.make(*targets)
    # Snakemake can't follow these two, so that their change has to be seen by other means.
    for name in ("{k}.png", "<results>.png"):
        photograph(project.folder / name, (16, 24))
    assert project.planned(*targets) == {"download": 2, "resize": 2}

"""The workflow runs in other environments than the one it was set up in: without what is optional, or docstrings."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from PIL import Image
from pillow_heif import register_heif_opener

from photopalette.photo.fetch import bundled_path
from project import ROOT, TINY, Project, use_environment_of

# What the licences keep out of some environments, by the names of their files.
OPTIONAL = ("imagequant", "pillow_heif", "_pillow_heif")


@pytest.fixture
def without(tmp_path, monkeypatch):
    """A project that is run by a Python whose environment has all packages but the optional ones."""
    packages = use_environment_of(tmp_path / "environment", monkeypatch)
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if path.name.partition("-")[0].partition(".")[0] not in OPTIONAL:
            (packages / path.name).symlink_to(path)
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project", TINY | {"compare": ["octree", "wu"]})


def test_without_what_is_optional_all_is_made_and_the_record_says_so(without, finished_once):
    without.make()
    made, whole = without.products(), finished_once.products()
    # But for what has the other quantizers in it, the bytes are those that the whole environment makes.
    differ = {name for name in whole if made[name] != whole[name]}
    compared = {f"tiny/comparison.{suffix}" for suffix in ("csv", "png", "zip")}
    assert differ == compared | {"tiny/explorer.html", "provenance.json", "SHA256SUMS"}
    assert made.keys() == whole.keys()
    record = json.loads(made["provenance.json"])["packages"]
    assert {name for name, version in record.items() if version is None} == {"imagequant", "pillow-heif"}


def test_without_pillow_heif_a_heic_photo_is_refused_plainly_and_the_others_are_finished(without):
    register_heif_opener()
    photograph = Image.open(bundled_path("skimage:coffee")).resize((24, 16))
    photograph.save(without.folder / "phone.heic", "HEIF")
    without.config["images"]["phone"] = {"source": "phone.heic"}
    without.config |= {"compare": [], "target": None, "scatter": {"static": False}, "n_clusters": [2]}
    assert "phone.heic is HEIC, and pillow-heif is not installed; pip install pillow-heif" in without.fail(
        "--keep-going"
    )
    made = without.products()
    assert {"tiny/explorer.html", "index.html", "provenance.json"} <= made.keys()
    assert "pillow-heif is not installed" in json.loads(made["provenance.json"])["faults"]["phone"]


@pytest.mark.parametrize("compare", [["octree", "imagequant"], None], ids=["named", "by default"])
def test_without_imagequant_a_comparison_with_it_starts_nothing(without, compare):
    del without.config["compare"]
    without.config |= {"compare": compare} if compare else {}
    message = "imagequant is not installed; pip install imagequant, or take 'imagequant' out of 'compare'"
    assert message in without.fail()
    assert not (without.folder / "data").exists()


PROGRAMS = [
    str(path.relative_to(ROOT))
    for folder in ("workflow", "bench", "tests")
    for path in sorted((ROOT / folder).glob("*.py"))
    if "ArgumentParser(" in path.read_text()
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_without_docstrings_every_program_starts(program):
    run = subprocess.run([sys.executable, "-OO", ROOT / program, "--help"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("usage: ")

"""A finished experiment can be shown to be repeatable."""

import hashlib
import json
import shutil

import pytest
from PIL import Image

from project import Project, run_program


def test_sums_hold_for_every_file(finished_once):
    results = finished_once.folder / "results"
    check = run_program(["sha256sum", "--check", "--strict", "SHA256SUMS"], results)
    assert check.returncode == 0, check.stdout
    listed = {line.split("  ", 1)[1] for line in (results / "SHA256SUMS").read_text().splitlines()}
    assert listed == finished_once.products().keys() - {"SHA256SUMS", "provenance.json"}


def test_a_run_repeats_and_tampering_shows(finished):
    results = finished.folder / "results"
    Image.new("RGB", (24, 16)).save(results / "tiny/k2/reconstructed.png")
    sums, scores = results / "SHA256SUMS", results / "tiny/scores.csv"
    # A table forged together with its sum can only be told by running again.
    forged = scores.read_text().replace("tiny,2,2,rgb,", "tiny,2,2,rgb,1")
    digest = hashlib.sha256(scores.read_bytes()).hexdigest()
    scores.write_text(forged)
    new = hashlib.sha256(forged.encode()).hexdigest()
    sums.write_text(sums.read_text().replace(f"{digest}  tiny/", f"{new}  tiny/"))
    seen = finished.verify()
    assert seen.returncode == 1
    verdicts = [line.partition(" (")[0] for line in seen.stdout.splitlines()[-3:]]
    same = len(sums.read_text().splitlines()) - 2
    assert verdicts == [
        "changed: tiny/k2/reconstructed.png",
        "different: tiny/scores.csv",
        f"{same} same, 1 changed, 1 different",
    ]


def test_having_nothing_to_verify_is_reported_plainly(project):
    nothing = project.verify()
    assert nothing.returncode == 2
    assert "finish the experiment first" in nothing.stdout
    assert "Traceback" not in nothing.stdout


@pytest.mark.parametrize(("name", "content"), [("provenance.json", '{"images": {'), ("SHA256SUMS", "0123")])
def test_a_record_that_is_not_whole_is_reported_plainly(project, name, content):
    results = project.folder / "results"
    results.mkdir()
    for file, text in {"provenance.json": '{"images": {}}', "SHA256SUMS": "", name: content}.items():
        (results / file).write_text(text)
    seen = project.verify()
    assert seen.returncode == 2
    assert "is damaged: finish the experiment first" in seen.stdout
    assert "Traceback" not in seen.stdout


def test_another_place_and_user_make_the_same_bytes(finished_once, tmp_path):
    """Nor do asserts and docstrings that are left out; not even the record of a run says where it ran, or as whom."""
    folder = tmp_path / "a place of another's, ü"
    folder.mkdir()
    other = Project(folder, finished_once.config)
    person = {"HOME": str(tmp_path), "USER": "somebody", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    other.make("--cores", "1", PYTHONOPTIMIZE="2", **person)
    assert other.products() == finished_once.products()
    record = json.loads((folder / "results/provenance.json").read_text())
    assert record["sources"]["tiny"]["source"] == "skimage:coffee"
    shutil.rmtree(folder)

"""What a run prints and leaves behind, whether it finishes or not."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from project import NUMBERS_ALONE


@pytest.fixture
def mixed(project):
    """Two sound photographs, and three files that are not photographs."""
    Image.radial_gradient("L").resize((24, 16)).convert("RGB").save(project.folder / "sound.png")
    (project.folder / "page.jpg").write_text("<html>")
    (project.folder / "empty.jpg").touch()
    broken = {name: {"source": f"{name}.jpg"} for name in ("page", "empty", "gone")}
    project.config["images"] |= {"sound": {"source": "sound.png"}} | broken
    project.config |= NUMBERS_ALONE | {"n_clusters": [2], "figures": NUMBERS_ALONE["figures"] | {"explorer": True}}
    return project


def test_the_others_get_their_pages_despite_broken_photographs(mixed):
    run = mixed.snakemake("--cores", "2", "--keep-going")
    assert run.returncode == 1
    assert "Traceback" not in run.stdout
    results = mixed.folder / "results"
    record = json.loads((results / "provenance.json").read_text())
    assert list(record["images"]) == ["tiny", "sound"]
    assert record["faults"].keys() == {"page", "empty", "gone"}
    page = (results / "index.html").read_text()
    assert "3 photographs could not be studied" in page
    for reason in ("looks like a web page", "is empty (0 bytes)", "there is no file gone.jpg"):
        assert reason in page
        assert any(reason in fault for fault in record["faults"].values())
        assert run.stdout.rpartition("3 failed; finished results are kept:")[2].count(reason) == 1
    assert re.search(r"^2 of 5 images, 2 palettes: made in [\d minh]+s\.$", run.stdout, re.MULTILINE)
    assert run.stdout.endswith("Look at results/index.html\n")
    scores = (results / "scores.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in scores] == ["image", "tiny", "sound"]
    sums = (results / "SHA256SUMS").read_text()
    assert "sound/explorer.html" in sums
    assert "page/" not in sums
    before = mixed.products()

    again = mixed.snakemake("--cores", "2", "--keep-going")
    assert again.returncode == 1
    assert mixed.products() == before
    assert "K-means" not in again.stdout

    for name in ("page", "empty", "gone"):
        (mixed.folder / f"{name}.jpg").write_bytes((mixed.folder / "sound.png").read_bytes())
    output = mixed.make()
    assert "tiny: K-means" not in output
    record = json.loads((results / "provenance.json").read_text())
    assert list(record["images"]) == ["tiny", "sound", "page", "empty", "gone"]
    assert record["faults"] == {}
    assert "could not be studied" not in (results / "index.html").read_text()
    assert output.endswith("Look at results/index.html\n")


def test_a_run_that_stops_counts_what_is_done(mixed):
    mixed.config["images"].pop("gone")
    run = mixed.snakemake("--cores", "1")
    assert run.returncode == 1
    # The scheduler is free to finish a sound one first.
    done = len(list(mixed.folder.glob("results/*/explorer.html")))
    assert re.search(rf"^{done} of 4 images.*: made in \d+ s\.$", run.stdout, re.MULTILINE)


def test_all_broken_leaves_no_page(mixed):
    del mixed.config["images"]["tiny"], mixed.config["images"]["sound"]
    run = mixed.snakemake("--cores", "2", "--keep-going")
    assert run.returncode == 1
    assert "0 of 3 images" in run.stdout
    assert "index.html" not in run.stdout.splitlines()[-1]
    assert not (mixed.folder / "results/index.html").exists()


def test_one_line_per_job_is_printed(finished):
    """On the screen; the file keeps Snakemake's own report, and -p brings it back."""
    output = finished.make("--forcerun", "montage")
    story = [line for line in output.splitlines() if re.match(r"\s*\d+ %  ", line)]
    assert [line.partition("%  ")[2] for line in story] == [
        "tiny: lay out the montage",
        "all images: record what made the results",
    ]
    assert len(output.splitlines()) <= len(story) + 8
    (log,) = re.findall(r"Complete log\(s\): (.*)", output)
    report = Path(log).read_text()
    for told in ("Reason: Forced execution", "Finished jobid", "Select jobs to execute"):
        assert told in report
    assert "Finished jobid" in finished.make("--forcerun", "montage", "-p")


def test_nothing_to_do_says_where_to_look(finished):
    assert finished.make().endswith("1 image, 2 palettes: nothing to do.\nLook at results/index.html\n")


def test_a_dry_run_is_left_to_snakemake(finished):
    output = finished.snakemake("--dry-run", "--forcerun", "montage").stdout
    assert re.search(r"^montage +1$", output, re.MULTILINE)
    assert "Reason: Forced execution" in output


def test_a_dry_run_and_a_report_have_no_last_words(finished):
    for arguments in (["--dry-run"], ["--report", "report.zip"], ["--lint"]):
        assert "Look at" not in finished.snakemake(*arguments).stdout


def test_the_last_words_are_about_the_requested_file(finished):
    output = finished.make("--forcerun", "reconstruct", "--", "results/tiny/k2/reconstructed.png")
    assert re.search(r"^1 image, 1 palette: made in \d+ s\.$", output, re.MULTILINE)
    assert output.endswith("Look at results/tiny/k2/reconstructed.png\n")
    assert "%  " not in finished.make("--quiet", "rules", "--forcerun", "montage")

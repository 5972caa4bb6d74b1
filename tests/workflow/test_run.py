"""What a run prints and leaves behind, whether it finishes or not."""

import json
import re
import subprocess
import sys
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
    output = mixed.fail("--keep-going")
    results = mixed.folder / "results"
    record = json.loads((results / "provenance.json").read_text())
    assert list(record["images"]) == ["tiny", "sound"]
    assert record["faults"].keys() == {"page", "empty", "gone"}
    page = re.sub("&nbsp;|\N{NO-BREAK SPACE}", " ", (results / "index.html").read_text())
    assert "3 photographs could not be studied" in page
    for reason in ("looks like a web page", "is empty (0 bytes)", "there is no file gone.jpg"):
        assert reason in page
        assert any(reason in fault for fault in record["faults"].values())
        assert output.rpartition("3 failed; finished results are kept:")[2].count(reason) == 1
    assert re.search(r"^2 of 5 images, 2 palettes: made in .+\.$", output, re.MULTILINE)
    assert output.endswith("Look at results/index.html\n")
    scores = (results / "scores.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in scores] == ["image", "tiny", "sound"]
    sums = (results / "SHA256SUMS").read_text()
    assert "sound/explorer.html" in sums
    assert "page/" not in sums
    before = mixed.products()

    assert "K-means" not in mixed.fail("--keep-going")
    assert mixed.products() == before

    for name in ("page", "empty", "gone"):
        (mixed.folder / f"{name}.jpg").write_bytes((mixed.folder / "sound.png").read_bytes())
    output = mixed.make()
    assert "tiny: K-means" not in output
    record = json.loads((results / "provenance.json").read_text())
    assert list(record["images"]) == ["tiny", "sound", "page", "empty", "gone"]
    assert record["faults"] == {}
    assert "could not be studied" not in (results / "index.html").read_text()
    assert output.endswith("Look at results/index.html\n")


def test_in_another_folder_paths_lead_there(mixed, tmp_path_factory):
    """As docs/reuse.md calls it: from outside, with a folder that is relative to where one is."""
    mixed.write_config()
    command = [sys.executable, "-m", "snakemake", "--snakefile", mixed.folder / "workflow/Snakefile", "--cores", "2"]
    command += ["--directory", mixed.folder.name, "--keep-going"]
    run = subprocess.run(command, cwd=mixed.folder.parent, capture_output=True, text=True)
    assert run.returncode == 1
    assert not (mixed.folder / mixed.folder.name).exists()
    record = json.loads((mixed.folder / "results/provenance.json").read_text())
    assert record["faults"].keys() == {"page", "empty", "gone"}
    assert f"3 failed; finished results are kept (paths are relative to {mixed.folder.name}):" in run.stderr
    assert "empty.jpg is empty (0 bytes)" in run.stderr.rpartition("3 failed")[2]
    assert run.stderr.endswith(f"Look at {mixed.folder.name}/results/index.html\n")


def test_reasons_that_fill_an_environment_variable(mixed):
    """Linux allows it 128 KiB."""
    long = "/".join(["x" * 200] * 19)
    mixed.config["images"] = {"tiny": mixed.config["images"]["tiny"]} | {
        f"gone-{number}": {"source": f"{long}/{number}.jpg"} for number in range(36)
    }
    output = mixed.fail("--keep-going")
    assert "36 failed" in output
    assert "1 of 37 images" in output
    faults = json.loads((mixed.folder / "results/provenance.json").read_text())["faults"]
    assert len(json.dumps(faults)) > 2**17


@pytest.mark.parametrize(
    ("name", "words"),
    [("SIGKILL", "killed, perhaps for want of memory"), ("SIGILL", "ended by an illegal instruction: ")],
)
def test_the_signal_that_ended_a_job_is_named(mixed, name, words):
    mixed.config["images"] = {name: {"source": "sound.png"} for name in ("sound", "other")}
    (mixed.folder / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "script = Path(sys.orig_argv[-1])\n"
        "if script.name.endswith('flatten.py') and b'/other' in script.read_bytes():\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
    )
    output = mixed.fail("--keep-going", PYTHONPATH=str(mixed.folder))
    assert f"  - other: {words}" in output
    assert f"({name})" in output
    assert words in json.loads((mixed.folder / "results/provenance.json").read_text())["faults"]["other"]


def test_a_snakemake_without_its_internals_makes_the_same(mixed):
    """As another release may have them elsewhere: niceties are missing then, and nothing else."""
    mixed.config["images"] = {name: mixed.config["images"][name] for name in ("tiny", "sound")}
    mixed.make()
    expected = mixed.products()
    (mixed.folder / "results/tiny/k2/reconstructed.png").unlink()
    internals = mixed.folder / "workflow/scripts/photopalette/run/internals.py"
    text = internals.read_text()
    internals.write_text(text.replace("return function(*arguments)", "raise AttributeError"))
    assert internals.read_text() != text
    output = mixed.make("--forceall")
    assert "Finished jobid" in output
    products = mixed.products()
    for made in (products, expected):
        made.pop("provenance.json")  # it has the sum of the code
        made["SHA256SUMS"] = re.sub(rb".*provenance.json\n", b"", made["SHA256SUMS"])
    assert products == expected
    mixed.config["images"]["page"] = {"source": "page.jpg"}
    assert "looks like a web page" in mixed.fail("--keep-going")


def test_a_run_that_stops_counts_what_is_done(mixed):
    mixed.config["images"].pop("gone")
    output = mixed.fail("--cores", "1")
    # The scheduler is free to finish a sound one first.
    done = len(list(mixed.folder.glob("results/*/explorer.html")))
    said = rf"{done} of 4 images.*: made in .+" if done else r"4 images, none finished in .+"
    assert re.search(rf"^{said}\.$", output, re.MULTILINE)


def test_all_broken_leaves_no_page(mixed):
    del mixed.config["images"]["tiny"], mixed.config["images"]["sound"]
    output = mixed.fail("--keep-going")
    assert "3 images, none finished in " in output
    assert "index.html" not in output.splitlines()[-1]
    assert not (mixed.folder / "results/index.html").exists()


def test_one_line_per_job_is_printed(finished):
    """On the screen; the file keeps Snakemake's own report, and -p brings it back."""
    output = finished.make("--forcerun", "montage")
    lines = [line for line in output.splitlines() if re.match(r"\s*\d+ %  ", line)]
    assert [line.partition("%  ")[2] for line in lines] == [
        "tiny: lay out the montage",
        "all images: record what made the results",
    ]
    assert len(output.splitlines()) <= len(lines) + 8
    (log,) = re.findall(r"Complete log\(s\): (.*)", output)
    report = Path(log).read_text()
    for told in ("Reason: Forced execution", "Finished jobid", "Select jobs to execute"):
        assert told in report
    assert "Finished jobid" in finished.make("--forcerun", "montage", "-p")


def test_nothing_to_do_says_where_to_look(finished):
    assert finished.make().endswith("1 image, 2 palettes: nothing to do.\nLook at results/index.html\n")


@pytest.mark.parametrize("target", [["results/tiny/resized.png"], ["--until", "resize"]])
def test_nothing_to_do_counts_only_what_was_asked_for(project, target):
    assert project.make(*target).endswith("\nLook at results/tiny/resized.png\n")
    assert project.make(*target).endswith("\n1 image: nothing to do.\n")


def test_a_dry_run_is_left_to_snakemake(finished):
    output = finished.snakemake("--dry-run", "--forcerun", "montage").stdout
    assert re.search(r"^montage +1$", output, re.MULTILINE)
    assert "Reason: Forced execution" in output


def test_a_dry_run_and_a_report_have_no_last_words(finished):
    for arguments in (["--dry-run"], ["--report", "report.zip"], ["--lint"]):
        assert "Look at" not in finished.snakemake(*arguments).stdout


def test_the_last_words_are_about_the_requested_file(finished):
    output = finished.make("--forcerun", "reconstruct", "--", "results/tiny/k2/reconstructed.png")
    assert re.search(r"^1 image: made in .+\.$", output, re.MULTILINE)
    assert output.endswith("Look at results/tiny/k2/reconstructed.png\n")
    assert "%  " not in finished.make("--quiet", "rules", "--forcerun", "montage")

"""The oldest and the newest release of Snakemake make the same bytes as the one that is pinned."""

import json
import re

import pytest

from project import ROOT, TINY, Project

RELEASES = ("oldest", "newest")


def finish(folder, **environment):
    project = Project(folder, TINY)
    output = project.make(**environment)
    assert "Traceback" not in output
    assert re.search(r"^1 image, 2 palettes: made in .*\.\nLook at results/index\.html\n\Z", output, re.MULTILINE)
    again = project.make(**environment)
    assert again.endswith("\n1 image, 2 palettes: nothing to do.\nLook at results/index.html\n")
    return project


def products(project):
    """All results, but for the one that tells versions, and its sum."""
    made = project.products()
    record = json.loads(made.pop("provenance.json"))
    made["SHA256SUMS"] = re.sub(rb".*provenance.json\n", b"", made["SHA256SUMS"])
    return record["packages"].pop("snakemake"), record["packages"], made


@pytest.fixture(scope="module")
def pinned(tmp_path_factory):
    return products(finish(tmp_path_factory.mktemp("pinned"), PYTHONPATH=""))


@pytest.mark.parametrize("release", RELEASES)
def test_same_bytes(tmp_path, pinned, release):
    version, packages, made = products(finish(tmp_path, PYTHONPATH=str(ROOT / f".venv-{release}")))
    if release == "oldest":
        (oldest,) = re.findall(r'^min_version\("(.*)"\)', (ROOT / "workflow/Snakefile").read_text(), re.MULTILINE)
        assert version == oldest != pinned[0]
    assert packages == pinned[1]
    assert made == pinned[2]


@pytest.mark.parametrize("release", RELEASES)
def test_failures_are_told(tmp_path, release):
    project = Project(tmp_path, TINY)
    (tmp_path / "page.jpg").write_text("<html>")
    project.config["images"]["page"] = {"source": "page.jpg"}
    output = project.fail("--keep-going", PYTHONPATH=str(ROOT / f".venv-{release}"))
    words = output.rpartition("1 of 2 images, 2 palettes: made in ")[2]
    assert "1 failed; finished results are kept:\n  - page: " in words
    assert "looks like a web page" in words
    assert words.endswith("\nLook at results/index.html\n")

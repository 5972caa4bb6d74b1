"""What runs elsewhere is kept in step: the container, the pinned extras, the profiles."""

import re

import pytest
import yaml

from project import ROOT
from requirements import PROJECT, names, pins

EXTRAS = ("slurm", "s3")


def test_the_container_is_the_environment_of_the_requirements():
    dockerfile = (ROOT / "Dockerfile").read_text()
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python = next(entry for entry in environment["dependencies"] if str(entry).startswith("python="))
    assert re.search(r"^FROM python:([\d.]+)-slim", dockerfile, re.MULTILINE)[1] == python.removeprefix("python=")
    assert "ARG REQUIREMENTS=requirements.txt" in dockerfile
    assert re.search(r"pip install .*--compile --require-hashes --requirement /tmp/\${REQUIREMENTS}", dockerfile)
    assert re.search(r"apt-get install .*chromium-headless-shell fonts-dejavu-core", dockerfile)
    # What is copied is not ignored.
    copied = set(re.findall(r"^COPY (\S+)", dockerfile, re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert copied <= {line.removeprefix("!") for line in ignored if line.startswith("!")}
    # Without a name and a home, Snakemake does not start; a cluster may give any user id.
    assert re.search(r"^ENV HOME=/tmp USER=\w+$", dockerfile, re.MULTILINE)


@pytest.mark.parametrize("extra", EXTRAS)
def test_extras_are_pinned_to_the_versions_of_the_default_environment(extra):
    groups = PROJECT["dependency-groups"]
    ours, theirs = pins("requirements.txt"), pins(f"requirements-{extra}.txt")
    default = names(PROJECT["project"]["dependencies"])
    assert {name: theirs[name] for name in default} == {name: ours[name] for name in default}
    added = names(groups[extra])
    assert added <= theirs.keys()
    assert not added & ours.keys()


def test_profiles_group_alike():
    """No profile can include another, so that the list stands in both."""
    slurm, kubernetes = (
        yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text()) for name in ("slurm", "kubernetes")
    )
    assert slurm["groups"] == kubernetes["groups"]


@pytest.mark.parametrize("name", ["slurm", "kubernetes"])
def test_profiles_group_every_rule_but_the_one_that_needs_a_browser(name):
    profile = yaml.safe_load((ROOT / f"profiles/{name}/config.yaml").read_text())
    scripts = {path.stem for path in (ROOT / "workflow/scripts").glob("[!_]*.py")}
    assert profile["executor"] == name
    assert {*profile["groups"]} == scripts - {"scatter"}
    assert {*profile.get("set-resources", ())} <= scripts

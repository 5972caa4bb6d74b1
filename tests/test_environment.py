"""environment.yml offers conda users the versions of requirements.txt."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "kaleido": "python-kaleido", "snakemake": "snakemake-minimal"}


def test_conda_and_pip_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    names = [re.match(r"[\w-]+", requirement)[0] for requirement in wanted]
    expected = {CONDA_NAMES.get(name, name): pinned[name] for name in names}

    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, installer, by_pip = environment["dependencies"]
    assert installer == "pip"
    offered = dict(dependency.split("=", 1) for dependency in conda)
    offered |= dict(dependency.split("==", 1) for dependency in by_pip["pip"])
    python = offered.pop("python")
    assert offered == expected
    assert python >= project["project"]["requires-python"].removeprefix(">=")
    assert environment["channels"][:2] == ["conda-forge", "bioconda"]


def test_every_requirement_is_pinned_by_hash():
    blocks = re.split(r"\n(?=[\w-])", (ROOT / "requirements.txt").read_text().strip())
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)

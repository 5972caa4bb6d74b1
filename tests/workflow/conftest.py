"""Run the whole pipeline in folders of the tests' own, on tiny images, with the real browser."""

import copy
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TINY = {
    "images": {"tiny": {"source": "skimage:coffee"}},
    "n_clusters": [2, 3],
    "resize": {"width": 24, "height": 16},
    "kmeans": {"n_init": 2},
    "scatter": {"width": 200, "height": 180},
}


class Project:
    """A folder with the workflow and a config, in bytes if it is to be broken, and snakemake to run there."""

    def __init__(self, folder: Path, config: dict[str, Any]):
        self.folder = folder
        self.config: dict[str, Any] | bytes = copy.deepcopy(config)
        for name in ("Snakefile", "environment.yml"):
            shutil.copy(ROOT / name, folder)
        for name in ("workflow", "profiles"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "config").mkdir()

    def write_config(self) -> None:
        text = self.config if isinstance(self.config, bytes) else yaml.safe_dump(self.config, sort_keys=False).encode()
        (self.folder / "config/config.yaml").write_bytes(text)

    def snakemake(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.write_config()
        return subprocess.run(
            [sys.executable, "-m", "snakemake", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )

    def make(self, *arguments: str) -> str:
        run = self.snakemake("--cores", "2", *arguments)
        assert run.returncode == 0, run.stdout
        return run.stdout

    def planned(self, *arguments: str) -> Counter[str]:
        """Count the jobs of a dry run, as rule or as rule:k."""
        run = self.snakemake("--dry-run", *arguments)
        assert run.returncode == 0, run.stdout
        jobs = Counter()
        for rule, body in re.findall(r"^(?:local)?rule (\w+):\n((?:    .*\n)+)", run.stdout, re.MULTILINE):
            k = re.search(r"wildcards: .*\bk=(\d+)", body)
            jobs[f"{rule}:{k[1]}" if k else rule] += 1
        jobs.pop("all", None)
        return jobs

    def products(self) -> dict[str, bytes]:
        """Read every file of the results."""
        results = self.folder / "results"
        return {
            str(path.relative_to(results)): path.read_bytes() for path in sorted(results.rglob("*")) if path.is_file()
        }


@pytest.fixture
def project(tmp_path) -> Project:
    """A project that has not run."""
    return Project(tmp_path, TINY)


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("finished"), TINY)
    project.make()
    return project


@pytest.fixture(scope="session")
def backup(finished_once, tmp_path_factory) -> Path:
    return shutil.copytree(finished_once.folder, tmp_path_factory.mktemp("backup") / "finished")


@pytest.fixture
def finished(finished_once, backup) -> Iterator[Project]:
    """A project that has run to its end, put back as it was after the test."""
    project = copy.copy(finished_once)
    project.config = copy.deepcopy(TINY)
    yield project
    shutil.rmtree(project.folder)
    shutil.copytree(backup, project.folder)

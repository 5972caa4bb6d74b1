"""The workflow runs wherever it was cloned to."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from project import TINY, Project


@pytest.mark.parametrize("place", ["my projects/it's mine (2)/palette", 'say "cheese"; & $HOME ünï'])
def test_a_folder_of_any_name(tmp_path, monkeypatch, place):
    """With a Python of its own in it, as after the set-up: Snakemake leaves its path to a shell, unquoted."""
    folder = tmp_path / place
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (mine,) = (folder / ".venv/lib").glob("python*/site-packages")
    (mine / "environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
    project = Project(folder, TINY)
    monkeypatch.setattr(sys, "executable", str(folder / ".venv/bin/python"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    project.make()
    assert project.snakemake("--report", "report.zip").returncode == 0
    assert (folder / "report.zip").exists()

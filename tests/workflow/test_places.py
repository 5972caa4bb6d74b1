"""The workflow runs wherever it was cloned to."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from project import TINY, Project


def test_a_folder_of_any_name(tmp_path, monkeypatch, finished_once):
    """With a Python of its own in it, as after the set-up: Snakemake leaves its path to a shell, unquoted.

    The results are those of any other folder, with twice as many cores.
    """
    folder = tmp_path / "it's mine (2)" / 'say "cheese"; & $HOME `id` ünï'
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (mine,) = (folder / ".venv/lib").glob("python*/site-packages")
    (mine / "environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (folder / ".venv/share").symlink_to(Path(sys.prefix, "share"))  # compiled code
    project = Project(folder, TINY)
    monkeypatch.setattr(sys, "executable", str(folder / ".venv/bin/python"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    project.make("--cores", "4")
    assert project.products() == finished_once.products()
    assert project.snakemake("--report", "report.zip").returncode == 0
    assert (folder / "report.zip").exists()

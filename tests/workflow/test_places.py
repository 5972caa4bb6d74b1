"""The workflow runs wherever it was cloned to."""

import csv
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from PIL import Image

from project import NUMBERS_ALONE, TINY, Project


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


MODULE = """
configfile: "config/config.yaml"
module photos:
    snakefile: {snakefile!r}
    config: config
    prefix: "art"
use rule * from photos as photos_*
"""


def test_a_module_with_a_prefix_reads_its_files_where_the_config_says(project):
    """From the working directory on, whatever lies below the prefix, where all goes that is made."""
    project.config["images"] = {
        "cup": {"source": "cup.png", "mask": "mask.png", "palettes": {"print": "print.hex"}},
        "set": {"source": ["cup.png"], "together": True},
    }
    project.config |= NUMBERS_ALONE | {"n_clusters": [2], "resize": None}
    (project.folder / "art").mkdir()
    for folder, color in ((project.folder, "#ff8800"), (project.folder / "art", "#0000ff")):
        Image.new("RGB", (24, 16), color).save(folder / "cup.png")
        Image.new("L", (24, 16), 255).save(folder / "mask.png")
        (folder / "print.hex").write_text(f"{color[1:]}\n")
    (project.folder / "art/mask.png").unlink()
    (project.folder / "outer.smk").write_text(MODULE.format(snakefile=str(project.folder / "workflow/Snakefile")))
    targets = ["art/results/cup/comparison.csv", "art/results/set/resized.png"]
    project.make("--snakefile", "outer.smk", *targets)
    for name in ("cup", "set"):
        picture = Image.open(project.folder / f"art/results/{name}/resized.png")
        assert picture.getcolors() == [(24 * 16, (255, 136, 0))]
    table = list(csv.DictReader((project.folder / "art/results/cup/comparison.csv").open()))
    assert next(row["mse"] for row in table if row["method"] == "print") == "0.0"
    assert not (project.folder / "results").exists()
    assert project.planned("--snakefile", "outer.smk", *targets) == {}
    Image.new("RGB", (24, 16), "teal").save(project.folder / "cup.png")
    assert project.planned("--snakefile", "outer.smk", *targets)["photos_download"]

    project.config["images"]["cup"]["source"] = "art/data/raw/cup"
    run = project.snakemake("--snakefile", "outer.smk", "--cores", "1", *targets)
    assert "images.cup.source: art/data/raw/cup is where its own copy goes; move it out of art/data/raw" in run.stdout

    project.config["images"] = {"gone": {"source": "gone.png"}}
    run = project.snakemake("--snakefile", "outer.smk", "--dry-run", "art/data/raw/gone")
    assert run.returncode == 1
    assert re.search(r"^\s*gone\.png$", run.stdout, re.MULTILINE), run.stdout

"""The workflow runs wherever it was cloned to."""

import csv
import os
import re
import shutil
import sysconfig

import pytest
from PIL import Image

from project import NUMBERS_ALONE, ROOT, TINY, Project, run_program, use_environment_of

# What the C library says of an id that no account has, in every Python that is started.
NOBODY = """\
import pwd
def getpwuid(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = getpwuid
"""


def test_a_folder_of_any_name(tmp_path, monkeypatch, finished_once):
    """With a Python of its own in it, as after the set-up: Snakemake leaves its path to a shell, unquoted.

    The results are those of any other folder, with twice as many cores.
    """
    folder = tmp_path / "it's mine (2)" / 'say "cheese"; & $HOME `id` ünï'
    folder.mkdir(parents=True)
    packages = use_environment_of(folder / ".venv", monkeypatch)
    (packages / "environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
    project = Project(folder, TINY)
    project.make("--cores", "4", PATH=os.environ["PATH"])
    assert project.products() == finished_once.products()
    project.make("--report", "report.zip")
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
    message = "images.cup.source: art/data/raw/cup is where its own copy goes; move it out of art/data/raw"
    assert message in project.fail("--snakefile", "outer.smk", *targets)

    project.config["images"] = {"gone": {"source": "gone.png"}}
    output = project.fail("--snakefile", "outer.smk", "--dry-run", "art/data/raw/gone")
    assert re.search(r"^\s*gone\.png$", output, re.MULTILINE), output


@pytest.mark.parametrize("home", [None, "{}/a file"])
def test_a_user_id_without_an_account(project, finished_once, home):
    """As containers are run (docker run --user 1234): no name, and no home or one that nothing can be kept in."""
    place = project.folder / "place"
    place.mkdir()
    (place / "a file").touch()
    (place / "sitecustomize.py").write_text(NOBODY)
    (place / "id").write_text("#!/bin/sh\necho 4321; exit 1\n")
    (place / "id").chmod(0o755)
    shutil.copy(ROOT / "Makefile", project.folder)
    (project.folder / ".venv").symlink_to(ROOT / ".venv")
    project.write_config()
    unset = ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": str(place), "PATH": f"{place}{os.pathsep}{environment['PATH']}"}
    if home:
        environment["HOME"] = home.format(place)
    run = run_program(["make", "--assume-old=setup"], project.folder, env=environment, timeout=project.timeout)
    assert run.returncode == 0, run.stdout
    assert project.products() == finished_once.products()
    kept = {path.name for path in (project.folder / ".snakemake/home").glob("*/*")}
    assert {"snakemake", "matplotlib"} <= kept
    assert not (project.folder / "~").exists()

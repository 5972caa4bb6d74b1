"""The workflow runs from GitHub, as `snakedeploy deploy-workflow` sets it up."""

import os
import shutil
import subprocess

from project import NUMBERS_ALONE

SNAKEFILE = """
configfile: "config/config.yaml"

module photo_palette_study:
    snakefile: github("someone/photo-palette-study", path="workflow/Snakefile", tag="v1")
    config: config

use rule * from photo_palette_study
"""


def test_a_deployed_workflow_makes_everything(project, tmp_path_factory):
    """To Git, a folder of the test is GitHub."""
    origin = tmp_path_factory.mktemp("origin")
    repository = shutil.copytree(project.folder, origin / "someone/photo-palette-study", symlinks=True)
    (origin / "someone/photo-palette-study.git").symlink_to(repository)
    settings = origin / "gitconfig"
    settings.write_text(
        f'[url "{origin}/"]\n    insteadOf = https://github.com/\n[user]\n    name = x\n    email = x@example.org\n'
    )
    environment = {"GIT_CONFIG_GLOBAL": str(settings), "XDG_CACHE_HOME": str(origin / "cache")}
    for command in ("init --quiet", "add .", "commit --quiet --message x", "tag v1"):
        subprocess.run(["git", "-C", repository, *command.split()], check=True, env={**os.environ, **environment})

    deployed = tmp_path_factory.mktemp("deployed")
    (deployed / "workflow").mkdir()
    (deployed / "workflow/Snakefile").write_text(SNAKEFILE)
    project.folder = deployed
    (deployed / "config").mkdir()
    project.config |= NUMBERS_ALONE | {"n_clusters": [2], "figures": NUMBERS_ALONE["figures"] | {"scatter": True}}
    project.make(**environment)
    assert (deployed / "results/tiny/k2/scatter.png").exists(), "drawn by a program beside a script"
    assert (deployed / "results/index.html").exists()

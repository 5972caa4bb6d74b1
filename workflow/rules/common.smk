"""Read the configuration, check what a run needs before it starts, and answer the rules' questions."""

import re
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

# In a working directory without a config of its own, the default experiment runs.
if "images" not in config:
    here, shipped = Path("config/config.yaml"), workflow.source_path("../../config/config.yaml")

    configfile: here if here.exists() else shipped


def shared(*names):
    """Name the modules that a script imports as inputs, so that editing one reruns its users."""
    return [workflow.source_path(f"../scripts/{name}") for name in ("_job.py", *names)]


def templates(*names):
    """Name a page's templates as inputs, so that editing one reruns its users."""
    return [workflow.source_path(f"../templates/{name}") for name in ("base.html", "base.css", *names)]


sys.path.insert(0, str(Path(shared("_browser.py", "_config.py")[-1]).parent))

from _browser import BrowserError, find_browser
from _config import ConfigError, resolve

try:
    IMAGES = resolve(config, yaml.safe_load(Path(workflow.source_path("../schemas/config.schema.yaml")).read_text()))
except ConfigError as error:
    raise WorkflowError(str(error)) from None


def local_source(image):
    """Name an image's source where it is a file here."""
    source = IMAGES[image]["source"]
    return [] if source.startswith(("http://", "https://", "skimage:")) else [source]


missing = [
    f"  - images.{image}.source: there is no file {path} (in {Path.cwd()})"
    for image in IMAGES
    for path in local_source(image)
    if not Path(path).is_file()
]
if missing:
    raise WorkflowError("Photographs are missing:\n" + "\n".join(missing))


wildcard_constraints:
    image=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    k=r"[1-9][0-9]*",


def setting(key):
    """Hand a rule one section of an image's settings, so that other keys rerun nothing."""
    return lambda wildcards: IMAGES[wildcards.image][key]


def per_k(pattern, **more):
    """List an image's files of all k."""
    return lambda wildcards: expand(pattern, image=wildcards.image, k=IMAGES[wildcards.image]["n_clusters"], **more)


def comparison(image):
    """Name the table of other quantizers where the config asks for any."""
    return [f"results/{image}/comparison.csv"] if IMAGES[image]["compare"] else []


def artefacts(image):
    """List all that an image's settings ask for, under its folder."""
    settings = IMAGES[image]
    yield from ("scores.csv", "recommendation.json", "inertia.png", "silhouette.png", "montage.png", "explorer.html")
    yield from (f"k{k}/error.png" for k in settings["n_clusters"])
    if settings["scatter"]["static"]:
        yield from ("scatter.png", *(f"k{k}/scatter.png" for k in settings["n_clusters"]))
    if settings["compare"]:
        yield from ("comparison.csv", "comparison.png")


def rules_per_n_clusters(name):
    """Name a rule for every set of k in use, because one with an output per k has a fixed list of them.

    Yields the rule's name, its k, and a pattern of its images.
    """
    groups = {}
    for image, settings in IMAGES.items():
        groups.setdefault(tuple(settings["n_clusters"]), []).append(re.escape(image))
    for number, (n_clusters, images) in enumerate(groups.items(), start=1):
        yield name if number == 1 else f"{name}_{number}", n_clusters, "|".join(images)


onstart:
    # Known before the first job: without a browser the run would end after all the fits.
    if any(job.rule.name.startswith("scatter") for job in workflow.dag.needrun_jobs()):
        try:
            find_browser()
        except BrowserError as error:
            raise WorkflowError(str(error)) from None

"""Read the configuration, check what a run needs before it starts, and answer the rules' questions."""

import fcntl
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


sys.path.insert(0, str(Path(shared("_browser.py", "_config.py")[-1]).parent))

from _browser import BrowserError, find_browser
from _config import ConfigError, expand_globs, resolve

try:
    schema = yaml.safe_load(Path(workflow.source_path("../schemas/config.schema.yaml")).read_text())
    IMAGES = expand_globs(resolve(config, schema))
except ConfigError as error:
    raise WorkflowError(str(error)) from None


def local_source(image):
    """Name an image's source where it is a file, here or, with a default storage, in the bucket."""
    source = IMAGES[image]["source"]
    return [] if source.startswith(("http://", "https://", "skimage:")) else [source]


def is_there(path):
    """Look for a source where Snakemake will: here or, with a default storage, in the bucket."""
    return exists(path) if workflow.storage_settings.default_storage_provider else Path(path).is_file()


# Looked for once, before the first job: with its copy in data/raw, Snakemake would not miss a source.
place = workflow.storage_settings.default_storage_prefix or Path.cwd()
missing = [
    f"  - images.{image}.source: there is no file {path} (in {place})"
    for image in IMAGES
    for path in local_source(image)
    if workflow.is_main_process and not is_there(path)
]
if missing:
    raise WorkflowError("Photographs are missing:\n" + "\n".join(missing))


wildcard_constraints:
    image=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    k=r"[1-9][0-9]*",


def grow(amount):
    """Ask for an amount of a resource that doubles with every retry, as a cluster may have killed the job for it."""
    return lambda wildcards, attempt: amount * 2 ** (attempt - 1)


def setting(key):
    """Hand a rule one section of an image's settings, so that other keys rerun nothing."""
    return lambda wildcards: IMAGES[wildcards.image][key]


def per_k(pattern):
    """List an image's files of all k."""
    return lambda wildcards: expand(pattern, image=wildcards.image, k=IMAGES[wildcards.image]["n_clusters"])


def artefacts(image):
    """List all that an image's settings ask for, under its folder."""
    settings = IMAGES[image]
    figures, n_clusters = settings["figures"], settings["n_clusters"]
    yield from ("scores.csv", "recommendation.json")
    if figures["curves"]:
        yield from ("inertia.png", "silhouette.png")
    if figures["montage"]:
        yield "montage.png"
    if figures["error"]:
        yield from (f"k{k}/error.png" for k in n_clusters)
    if figures["scatter"] and settings["scatter"]["static"]:
        yield from ("scatter.png", *(f"k{k}/scatter.png" for k in n_clusters))
    if settings["compare"]:
        yield from ("comparison.csv", "comparison.png")


def rules_per_n_clusters(name):
    """Name a rule for every set of k in use, because the outputs of one are a fixed list.

    Yields its name, its k, and a pattern of its images.
    """
    groups = {}
    for image, settings in IMAGES.items():
        groups.setdefault(tuple(settings["n_clusters"]), []).append(re.escape(image))
    for number, (n_clusters, images) in enumerate(groups.items(), start=1):
        yield name if number == 1 else f"{name}_{number}", n_clusters, "|".join(images)


def lock_folder():
    """Keep a second run out with a lock that ends with this process: Snakemake's own outlives a killed run."""
    lock_folder.file = open(".snakemake/running", "w")
    try:
        fcntl.flock(lock_folder.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WorkflowError(f"Another run is at work in {Path.cwd()}: wait for it, or stop it.") from None
    except OSError:
        pass  # a file system without locks


onstart:
    lock_folder()
    # Known before the first job: without a browser the run would end after all the fits.
    if any(job.rule.name.startswith("scatter") for job in workflow.dag.needrun_jobs()):
        try:
            find_browser()
        except BrowserError as error:
            raise WorkflowError(str(error)) from None

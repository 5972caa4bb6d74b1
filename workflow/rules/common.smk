"""Read the configuration, check what a run needs before it starts, and answer the rules' questions."""

import atexit
import functools
import gc
import json
import os
import re
import shlex
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

# The plan of a thousand photographs is millions of objects that live to the end: looking for cycles among them
# ever again, and to take them apart before leaving, is a fifth of the time.
gc.set_threshold(100_000, 50, 50)
atexit.register(gc.freeze)


# Snakemake starts scripts through a shell without quoting its Python's path, which may have a space in it.
if shlex.quote(sys.executable) != sys.executable:
    plain = Path(f".snakemake/python-{os.getpid()}")
    plain.parent.mkdir(exist_ok=True)
    plain.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    plain.chmod(0o755)
    sys.executable = str(plain.replace(".snakemake/python"))


def place(name):
    """Find a file of the workflow; what is asked for here reaches pods and other workflows too."""
    return workflow.source_path(f"../{name}")


sys.path.insert(0, str(Path(place("scripts/_code.py")).parent))

from _code import digest

# All that the rule files import, and what that imports, is brought beside it.
digest([f"scripts/{name}.py" for name in ("_browser", "_config", "_formats", "_story", "_yaml", "download")], place)

from _config import expand_globs, kinds, resolve
from _formats import FORMATS
from _source import is_local, local_fault, path_of, redact, shown
from _yaml import ConfigError, locate, read, read_command_line
from download import version


def code(*files):
    """Hand a rule one digest of its script, of all that it imports and of other files it reads."""
    return digest(files, place)


def templates(*names):
    """Name a page's templates."""
    return [f"templates/{name}" for name in ("base.html", "base.css", *names)]


def plainly(function, *arguments):
    """Call a function; what is wrong with the configuration is said without a traceback."""
    try:
        return function(*arguments)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None


# A workflow that uses this one as a module has files of its own, which are no concern of ours.
given = [] if workflow.modifier.skip_configfile else [plainly(read, Path(path)) for path in workflow.configfiles]

# In a working directory without a config of its own, the default experiment runs.
if "images" not in config:
    here, shipped = Path("config/config.yaml"), Path(workflow.source_path("../../config/config.yaml"))
    default = here if here.exists() else shipped
    # Before Snakemake's own reader, which keeps the last of two equal keys, runs the Python that a file
    # asks it to, and ends in a traceback on some damage. What --configfile names it has read by now.
    given.insert(0, plainly(read, default))

    configfile: default


schema = yaml.safe_load(Path(workflow.source_path("../schemas/config.schema.yaml")).read_text())
# Snakemake takes 2 for text within a list or a mapping, and "000000" for a number outside.
arguments = [] if workflow.modifier.skip_configfile else workflow.config_settings.config_args or []
command_line = plainly(read_command_line, arguments, functools.partial(kinds, schema))
update_config(config, command_line)


def where(keys):
    """Say where the value at some keys was given."""
    return locate(keys, given, command_line)


IMAGES = plainly(expand_globs, plainly(resolve, config, schema, where), where)

# Why some images could not be finished, by name: set for the summary of the others (run.smk).
FAULTS = json.loads(os.environ.get("PALETTE_STUDY_FAULTS", "{}"))
IMAGES = {image: settings for image, settings in IMAGES.items() if image not in FAULTS}

# What a URL has of secrets stays in `config`, which scripts are given and nobody is shown.
URLS = {image: settings["source"] for image, settings in IMAGES.items() if not is_local(settings["source"])}
for image in URLS:
    IMAGES[image]["source"] = redact(URLS[image])
# Snakemake has read its command line by now; what is left to do with it is to log it.
ARGUMENTS = tuple(sys.argv)
sys.argv[:] = map(redact, sys.argv)


# Where the default storage keeps all files, if there is one.
BUCKET = workflow.storage_settings.default_storage_provider and workflow.storage_settings.default_storage_prefix

# Snakemake deletes a job's output before the job: a photograph kept there would be gone.
raw = {os.path.join(os.path.realpath("data/raw"), image) for image in IMAGES}
misplaced = [
    f"  - images.{image}.source: {shown(settings['source'])} is where its own copy goes; move it out of data/raw"
    for image, settings in IMAGES.items()
    if is_local(settings["source"]) and os.path.realpath(path_of(settings["source"])) in raw
]
if misplaced:
    raise WorkflowError("Photographs would be overwritten:\n" + "\n".join(misplaced))


def local_source(image):
    """Name an image's source where it is a file, here or, with a default storage, in the bucket.

    Not where Snakemake can't follow it, as it takes braces for wildcards; nor where it can't be read, so that
    it costs its own image only, except in a dry run, which has to end as the run would.
    """
    source = path_of(IMAGES[image]["source"])
    if not is_local(source) or re.search(r"[{}<>]", source):
        return []
    return [source] if BUCKET or workflow.dryrun or not local_fault(source) else []


def source_time(image):
    """Tell when a source that Snakemake can't follow was changed."""
    source = IMAGES[image]["source"]
    followed = local_source(image) or not is_local(source) or local_fault(source)
    return None if followed else Path(path_of(source)).stat().st_mtime_ns


@functools.cache
def url_version(image):
    """Tell the version of the file behind a URL whose secrets may decide over it."""
    raw, record = Path("data/raw", image), Path(".snakemake/versions", image)
    if image in URLS and workflow.is_main_process:
        save = workflow.execution_settings is not None and not workflow.dryrun
        return version(URLS[image], raw, record, IMAGES[image]["download"], save)


# Looked for once, before the first job: with its copy in data/raw, Snakemake would not miss an object.
if BUCKET and workflow.is_main_process:
    missing = [
        f"  - images.{image}.source: there is no file {path} (in {BUCKET})"
        for image in IMAGES
        for path in local_source(image)
        if not exists(path)
    ]
    if missing:
        raise WorkflowError("Photographs are missing:\n" + "\n".join(missing))


NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"


wildcard_constraints:
    image=NAME,
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


def comparison(image):
    """Name the table of other quantizers where the config asks for any."""
    return [f"results/{image}/comparison.csv"] if IMAGES[image]["compare"] else []


def answer(image, *names):
    """Name files of an image's answer where the config has a target."""
    return [f"results/{image}/answer/{name}" for name in names] if IMAGES[image]["target"] else []


def has_scatter(image):
    """Tell whether an image's scatter figures, which need a browser, are asked for."""
    return IMAGES[image]["figures"]["scatter"] and IMAGES[image]["scatter"]["static"]


def artefacts(image):
    """List all that an image's settings ask for, under its folder."""
    settings = IMAGES[image]
    figures, n_clusters = settings["figures"], settings["n_clusters"]
    yield from ("scores.csv", "recommendation.json")
    if settings["target"]:
        yield from ("answer/search.json", "answer/reconstructed.png")
        yield from (f"answer/palette.{suffix}" for suffix in (*FORMATS, "png"))
    if figures["curves"]:
        yield from ("inertia.png", "silhouette.png", "quality.png")
    if figures["montage"]:
        yield "montage.png"
    if figures["explorer"]:
        yield "explorer.html"
    if figures["error"]:
        yield from (f"k{k}/error.png" for k in n_clusters)
    if figures["silhouette"]:
        yield from (f"k{k}/silhouette.png" for k in n_clusters)
    if has_scatter(image):
        yield from ("scatter.png", *(f"k{k}/scatter.png" for k in n_clusters))
    if settings["compare"]:
        yield from ("comparison.csv", "comparison.png")


def files(image):
    """List every file below an image's folder, the artefacts and what leads to them."""
    yield from artefacts(image)
    yield from ("resized.png", "pixels.npz", "silhouette.csv", "silhouettes.npz")
    for k in IMAGES[image]["n_clusters"]:
        yield from (f"k{k}/{name}" for name in ("clusters.npz", "restarts.csv", "reconstructed.png"))
        yield from (f"k{k}/palette.{suffix}" for suffix in (*FORMATS, "png"))


def rules_per_n_clusters(name):
    """Name a rule for every set of k in use, because one with an output per k has a fixed list of them.

    Yields its name, its k, and a pattern of its images.
    """
    groups = {}
    for image, settings in IMAGES.items():
        groups.setdefault(tuple(settings["n_clusters"]), []).append(re.escape(image))
    for number, (n_clusters, images) in enumerate(groups.items(), start=1):
        # A pattern of a thousand names is slow to match, and needless where there is one set.
        pattern = "|".join(images) if len(groups) > 1 else NAME
        yield name if number == 1 else f"{name}_{number}", n_clusters, pattern

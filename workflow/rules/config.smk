"""
Read the configuration, and say all that is wrong with it before anything runs.

input:  --configfile, or config/config.yaml; --config; workflow/schemas/config.schema.yaml
output: IMAGES, the settings of every image; BUCKET, FAULTS, URLS
"""

import functools
import json
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config


@functools.cache
def place(name):
    """Find a file of the workflow; what is asked for here reaches pods and other workflows too."""
    return workflow.source_path(f"../{name}")


sys.path.insert(0, str(Path(place("scripts/photopalette/run/digest.py")).parents[2]))

from photopalette.run.digest import digest

# All that the rule files import, and what that imports, is brought beside it.
digest(
    [
        f"scripts/photopalette/{module}.py"
        for module in (
            "config/settings",
            "config/yaml_file",
            "figures/browser",
            "palettes/formats",
            "palettes/quantizers",
            "photo/fetch",
            "run/internals",
            "run/progress",
        )
    ],
    place,
)

import photopalette.run.internals as internals
from photopalette.config.settings import check_palettes, expand_globs, kinds, read_schema, resolve
from photopalette.config.yaml_file import ConfigError, locate, read, read_command_line
from photopalette.photo.sources import misplaced
from photopalette.run.secrets import is_local, redact


def plainly(function, *arguments):
    """Call a function; what is wrong with the configuration is said without a traceback."""
    try:
        return function(*arguments)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None


# A workflow that uses this one as a module has files of its own, which are no concern of ours.
given = [] if internals.is_module(workflow) else [plainly(read, path) for path in internals.config_files(workflow)]

# In a working directory without a config of its own, the default experiment runs.
if "images" not in config:
    here, shipped = Path("config/config.yaml"), Path(workflow.source_path("../../config/config.yaml"))
    default = here if here.exists() else shipped
    # Before Snakemake's own reader, which keeps the last of two equal keys, runs the Python that a file
    # asks it to, and ends in a traceback on some damage. What --configfile names it has read by now.
    given.insert(0, plainly(read, default))

    configfile: default


schema = read_schema(Path(workflow.source_path("../schemas/config.schema.yaml")))
# Snakemake takes 2 for text within a list or a mapping, and "000000" for a number outside.
arguments = [] if internals.is_module(workflow) else internals.config_arguments(workflow)
command_line = plainly(read_command_line, arguments, functools.partial(kinds, schema))
update_config(config, command_line)


def where(keys):
    """Say where the value at some keys was given."""
    return locate(keys, given, command_line)


IMAGES = plainly(expand_globs, plainly(resolve, config, schema, where), where)

# Why some images could not be finished, by name: set for the summary of the others (run.smk).
record = os.environ.get("PALETTE_STUDY_FAULTS")
FAULTS = json.loads(Path(record).read_text(encoding="utf-8")) if record else {}
IMAGES = {image: settings for image, settings in IMAGES.items() if image not in FAULTS}

# What a URL has of secrets stays in `config`, which scripts are given and nobody is shown.
URLS = {
    image: settings["source"]
    for image, settings in IMAGES.items()
    if not settings["together"] and not is_local(settings["source"])
}
for image in URLS:
    IMAGES[image]["source"] = redact(URLS[image])

# Where the default storage keeps all files, if there is one.
BUCKET = internals.default_storage(workflow)

# Palettes are a part of the configuration, and read with it.
if not BUCKET:
    plainly(check_palettes, config, where)

# Where rule download puts the copies of sources, and what is known of them from one run to the next.
RAW, VERSIONS = (internals.below_prefix(workflow, folder) for folder in ("data/raw", ".snakemake/versions"))

# Snakemake deletes a job's output before the job: a photograph kept there would be gone.
if faults := misplaced(IMAGES, RAW):
    raise WorkflowError("\n".join(["Photographs would be overwritten:", *faults]))

"""
Read the configuration, and report everything that is wrong with it before any job runs.

input:  --configfile, or config/config.yaml; --config; workflow/schemas/config.schema.yaml
output: IMAGES, the settings of every image; BUCKET, FAULTS, TITLES, URLS
"""

import difflib
import functools
import json
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config


@functools.cache
def place(name):
    """Find a file of the workflow, which Snakemake then also brings to pods and to workflows that include this one."""
    return workflow.source_path(f"../{name}")


sys.path.insert(0, str(Path(place("scripts/photopalette/run/digest.py")).parents[2]))

from photopalette.run.digest import digest

# Everything that the rule files import, directly or indirectly, is brought to the same place.
digest(["rules/config.smk", "rules/common.smk", "rules/run.smk"], place)

import photopalette.run.internals as internals
from photopalette.config.settings import check_palettes, expand_globs, kinds, read_schema, resolve
from photopalette.config.yaml_file import ConfigError, locate, read, read_command_line
from photopalette.photo.sources import misplaced
from photopalette.run.secrets import is_local, redact


def without_traceback(function, *arguments):
    """Call a function, and report an error in the configuration without a traceback."""
    try:
        return function(*arguments)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None


# The files of a workflow that uses this one as a module are not ours to check.
is_module = internals.is_module(workflow)
config_files = [] if is_module else [without_traceback(read, path) for path in internals.config_files(workflow)]

# In a working directory without a config of its own, the default experiment runs.
if "images" not in config:
    here, shipped = Path("config/config.yaml"), Path(workflow.source_path("../../config/config.yaml"))
    default = here if here.exists() else shipped
    # This comes before Snakemake's own reader, which keeps the last of two equal keys, runs Python code in a file, and
    # ends in a traceback on some damaged files. The files given to --configfile it has already read.
    config_files.insert(0, without_traceback(read, default))

    configfile: default


schema = read_schema(Path(workflow.source_path("../schemas/config.schema.yaml")))
# Snakemake reads 2 as text within a list or mapping, and "000000" as a number elsewhere.
arguments = [] if is_module else internals.config_arguments(workflow)
command_line = without_traceback(read_command_line, arguments, functools.partial(kinds, schema))
update_config(config, command_line)


def where(keys):
    """Return where the value at some keys was given."""
    return locate(keys, config_files, command_line)


class Images(dict):
    """Settings per image; an image that the configuration does not name is refused with the most similar name."""

    def __missing__(self, image):
        near = difflib.get_close_matches(image, self, n=1)
        names = ", ".join([*self][:5]) + (", …" if len(self) > 5 else "")
        remedy = f"did you mean '{near[0]}'?" if near else f"it has {names}"
        raise WorkflowError(f"The configuration has no image '{image}'; {remedy}")


IMAGES = without_traceback(expand_globs, without_traceback(resolve, config, schema, where), where)

# What readers call the images, by name, be they finished or not.
TITLES = {image: settings["title"] for image, settings in IMAGES.items()}

# The reasons why some images are unfinished, by name: set when the others are summarized (run.smk).
record = os.environ.get("PALETTE_STUDY_FAULTS")
FAULTS = json.loads(Path(record).read_text(encoding="utf-8")) if record else {}
IMAGES = Images({image: settings for image, settings in IMAGES.items() if image not in FAULTS})

# The secrets in URLs stay in `config`, which is passed to scripts but never shown.
URLS = {
    image: settings["source"]
    for image, settings in IMAGES.items()
    if not settings["together"] and not is_local(settings["source"])
}
for image in URLS:
    IMAGES[image]["source"] = redact(URLS[image])

# The prefix of the default storage, if there is one.
BUCKET = internals.default_storage(workflow)

# Palette files are part of the configuration, and are checked with it.
if not BUCKET:
    without_traceback(check_palettes, config, where)

# The folders where rule download puts the copies of sources, and where their versions are recorded between runs.
RAW, VERSIONS = (internals.below_prefix(workflow, folder) for folder in ("data/raw", ".snakemake/versions"))

# Snakemake deletes the outputs of a job before it runs, and would delete a photograph that is kept there.
if faults := misplaced(IMAGES, RAW):
    raise WorkflowError("\n".join(["Photographs would be overwritten:", *faults]))

"""Study photographs with the default settings, without a config: `make photo=~/Pictures/cup.jpg`.

A photograph is a file, a folder of files, a pattern, a URL or skimage:NAME; several are separated by spaces. The
results are in studies/, which is a working directory of its own.
"""

import argparse
import glob
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from photopalette.config.names import image_names, image_titles
from photopalette.files.writing import write_whole
from photopalette.palettes.quantizers import QUANTIZERS, missing_package
from photopalette.photo.sources import local_fault, path_of, source_fault
from photopalette.run.paths import is_photograph, matches, nearest_pattern, photographs
from photopalette.run.secrets import is_local, shown

STUDIES = ROOT / "studies"


def split(text: str) -> list[str]:
    """Split a text that names photographs at spaces, except those within a name.

    The longest piece that is an existing file, a folder or a pattern with matches is one name. The name of a missing
    file ends with the extension of a photograph.
    """
    words = text.split(" ")
    sources: list[str] = []
    start = 0
    while start < len(words):
        ends = range(len(words), start, -1)
        existing = next((end for end in ends if _exists(" ".join(words[start:end]))), None)
        end = existing or next((end for end in reversed(ends) if is_photograph(words[end - 1])), len(words))
        sources.append(" ".join(words[start:end]).strip())
        start = end
    return [source for source in sources if source]


def _exists(source: str) -> bool:
    if not is_local(source) or "://" in source:
        return " " not in source
    path = path_of(source)
    return bool(source.strip()) and (os.path.lexists(path) or (glob.has_magic(path) and bool(matches(path))))


def expand(source: str) -> list[str]:
    """List the photographs that a source stands for.

    Raises
    ------
    ValueError
        If there is none; the message says why, and names the most similar path.
    """
    if fault := source_fault(source):
        raise ValueError(fault)
    if not is_local(source):
        return [source]
    path = path_of(source)
    if glob.has_magic(path) and not os.path.lexists(path):
        if not (files := matches(path)):
            raise ValueError(f'no file matches "{source}" (in {os.getcwd()}); {nearest_pattern(path)}')
        return files
    if os.path.isdir(path):
        if not (files := photographs(path)):
            raise ValueError(f"{source} is a folder without photographs; name another one")
        return files
    if fault := local_fault(source, remedy="check the name"):
        raise ValueError(fault)
    return [path]


def study(sources: list[str], folder: Path) -> dict[str, str]:
    """Write the config of a study to its folder, and return the source of every image by name."""
    images = {}
    for source, name in image_names(sources).items():
        # Paths are relative to that folder, and stay valid if both are moved together.
        relative = is_local(source) and not os.path.isabs(source)
        images[name] = os.path.relpath(source, folder) if relative else source
    titles = image_titles(images)
    config: dict[str, Any] = {
        "images": {name: {"source": source, "title": titles[name]} for name, source in images.items()}
    }
    # Whoever has a config takes these out of it; here there is none to edit.
    if missing_package(QUANTIZERS):
        config["compare"] = [method for method in QUANTIZERS if not missing_package([method])]
    # Readable only by the user, as a URL may contain a password.
    write_whole(folder / "config/config.yaml", json.dumps(config, ensure_ascii=False, indent=2).encode(), 0o600)
    return images


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", nargs="+", metavar="photo")
    parser.add_argument("--cores", default="all")
    arguments = parser.parse_args()
    sources: list[str] = []
    faults = []
    for source in (piece for text in arguments.photos for piece in split(text)):
        try:
            sources += expand(source)
        except ValueError as error:
            faults.append(str(error))
    if odd := [source for source in sources if re.search("[\ud800-\udfff]", source)]:
        faults += [f"the name of {shown(source)} is not UTF-8; rename the file" for source in odd]
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 2
    try:
        images = study(list(dict.fromkeys(sources)), STUDIES)
    except OSError as error:
        here, fault = os.path.relpath(STUDIES), error.strerror
        print(f"{here} can't be written to: {fault}; make room, or correct its permissions", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "workflow/Snakefile", "--directory", STUDIES]
    run = subprocess.run(list(map(str, [*command, "--cores", arguments.cores])), stdin=subprocess.DEVNULL)
    page = STUDIES / "results" / (f"{next(iter(images))}/explorer.html" if len(images) == 1 else "index.html")
    if run.returncode == 0:
        print(os.path.relpath(page))
    return run.returncode


if __name__ == "__main__":
    os.environ.pop("SNAKEMAKE_PROFILE", None)
    sys.exit(main())

"""Digests of code, so that editing a module reruns the rules that use it and no others."""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

# Modules are imported, and compiled code is loaded, by their full names. Parsing the code instead would add a third of
# a second to every start.
_NAME = re.compile(r"\bphotopalette\.(\w+)\.(\w+)")
# Nothing in this room has an effect on the results.
_RUN = "scripts/photopalette/run/"


def modules(source: str) -> list[str]:
    """List the package's modules that are named anywhere in a source, as paths relative to the workflow's folder."""
    return sorted({f"scripts/photopalette/{room}/{name}.py" for room, name in _NAME.findall(source)})


def digest(files: Sequence[str], place: Callable[[str], str]) -> str:
    """Hash files and the modules that they import, directly or indirectly, except those of the room ``run``.

    Parameters
    ----------
    files
        Paths relative to the workflow's folder, such as ``scripts/cluster.py``.
    place
        Maps such a path to the file's location.

    Returns
    -------
    str
        16 hexadecimal digits, which depend only on the files' names and contents.
    """
    hashes: dict[str, str] = {}
    left = list(files)
    while left:
        if (name := left.pop()) not in hashes:
            hashes[name], imported = _look_at(Path(place(name)).read_bytes())
            if name.endswith((".py", ".smk")):
                left += imported
    whole = hashlib.sha256()
    for name in sorted(hashes):
        if not name.startswith(_RUN):
            whole.update(f"{name} {hashes[name]}\n".encode())
    return whole.hexdigest()[:16]


@cache
def _look_at(content: bytes) -> tuple[str, list[str]]:
    """Hash a file, and list the modules that it names; most files are part of many digests."""
    return hashlib.sha256(content).hexdigest(), modules(content.decode("utf-8", "replace"))

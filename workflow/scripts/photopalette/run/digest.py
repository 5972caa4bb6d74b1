"""Digests of code, so that editing a module reruns the rules that use it and no others."""

import hashlib
import re
from collections.abc import Callable, Sequence
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
    contents: dict[str, bytes] = {}
    left = list(files)
    while left:
        if (name := left.pop()) not in contents:
            contents[name] = Path(place(name)).read_bytes()
            if name.endswith((".py", ".smk")):
                left += modules(contents[name].decode("utf-8"))
    whole = hashlib.sha256()
    for name in sorted(contents):
        if not name.startswith(_RUN):
            whole.update(f"{name} {hashlib.sha256(contents[name]).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]

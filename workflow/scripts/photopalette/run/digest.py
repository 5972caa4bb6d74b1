"""Tell by one digest what a script is made of, so that an edited module reruns its users and nothing else."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

# Modules are imported, and compiled code is loaded, by full names. Parsing the code took a third of a second of every
# start.
_NAME = re.compile(r"\bphotopalette\.(\w+)\.(\w+)")
# What is in this room decides over no byte.
_RUN = "scripts/photopalette/run/"


def modules(source: str) -> list[str]:
    """List the modules of ours that a program names, anywhere in it, as files below the folder of the workflow."""
    return sorted({f"scripts/photopalette/{room}/{name}.py" for room, name in _NAME.findall(source)})


def digest(files: Sequence[str], place: Callable[[str], str]) -> str:
    """Hash files and all modules that they import, directly or by way of others, but for those of the room ``run``.

    Parameters
    ----------
    files
        Names below the folder of the workflow, such as ``scripts/cluster.py``.
    place
        Says where the file of a name lies.

    Returns
    -------
    str
        16 hexadecimal digits, which depend on the files' names and contents alone.
    """
    contents: dict[str, bytes] = {}
    left = list(files)
    while left:
        if (name := left.pop()) not in contents:
            contents[name] = Path(place(name)).read_bytes()
            if name.endswith(".py"):
                left += modules(contents[name].decode("utf-8"))
    whole = hashlib.sha256()
    for name in sorted(contents):
        if not name.startswith(_RUN):
            whole.update(f"{name} {hashlib.sha256(contents[name]).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]

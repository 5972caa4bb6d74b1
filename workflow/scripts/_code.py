"""What a script is made of, told by one digest, so that an edited module reruns its users and nothing else."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

# A statement's first line, which has the module's name. Parsing the code took a third of a second of every start.
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)[ \t]+import\b|import[ \t]+(\w.*))", re.MULTILINE)


def local_imports(source: str) -> list[str]:
    """List the modules of ours that a program imports, anywhere in it: their names begin with an underscore."""
    names = {part.split()[0] for statement in _IMPORT.findall(source) for part in "".join(statement).split(",")}
    return sorted(name for name in names if name.startswith("_") and not name.startswith("__"))


def digest(files: Sequence[str], place: Callable[[str], str]) -> str:
    """Hash files and all modules that they import, directly or by way of others.

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
                left += [f"scripts/{module}.py" for module in local_imports(contents[name].decode("utf-8"))]
    whole = hashlib.sha256()
    for name in sorted(contents):
        whole.update(f"{name} {hashlib.sha256(contents[name]).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]

"""Write what a later run reads."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file whole or not at all: beside its place, to be renamed once it is complete.

    Parameters
    ----------
    path
        The file; its folder is made if there is none.
    content
        All of it.
    mode
        Who may read it and what else, as for :func:`os.chmod`; by default as for any new file.

    Raises
    ------
    OSError
        If it can't be written; then what was there before is still there, and nothing else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder, "part")
        part.write_bytes(content)
        if mode is not None:
            part.chmod(mode)
        os.replace(part, path)

"""Writing files that are never incomplete."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file atomically: into a temporary folder beside it, from where it is renamed when it is complete.

    Parameters
    ----------
    path
        File to write; its folder is created if it does not exist.
    content
        Content of the file.
    mode
        Permissions, as for :func:`os.chmod`; by default those of any new file.

    Raises
    ------
    OSError
        If it can't be written; a file that was there before is left as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        part = Path(folder, "part")
        part.write_bytes(content)
        if mode is not None:
            part.chmod(mode)
        os.replace(part, path)

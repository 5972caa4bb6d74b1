"""A cache of the pieces of a job's results, so that a rerun makes only those that have changed."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from photopalette.files.writing import write_whole
from photopalette.run.packages import installed

FOLDER = Path(".snakemake/kept")


class Cache:
    """A folder of pieces, each stored under a key that is a digest of everything it was made from.

    No result depends on the cache: a piece that is missing, damaged or can't be written is made again.

    Parameters
    ----------
    folder
        Folder of the job, which no other job uses.
    *made_from
        What all pieces are made from, above all the digest of the code.
    packages
        Packages whose versions have an effect on the pieces.
    """

    def __init__(self, folder: Path, *made_from: str, packages: tuple[str, ...] = ()):
        self.folder = folder
        self.base = [*made_from, *(f"{name} {installed(name)}" for name in packages)]
        self.used: set[str] = set()
        self.made = 0  # pieces that `get` had to make

    def get(self, make: Callable[[], bytes], *made_from: str | bytes | int) -> bytes:
        """Return a piece from the cache; make it and store it if it is not there.

        Parameters
        ----------
        make
            Makes the piece.
        *made_from
            As for :meth:`key`.
        """
        key = self.key(*made_from)
        if (content := self.read(key)) is None:
            content = make()
            self.made += 1
            self.write(key, content)
        return content

    def key(self, *made_from: str | bytes | int) -> str:
        """Compute the key of a piece, 64 hexadecimal digits, from what it is made from in addition to the rest."""
        parts = [part.hex() if isinstance(part, bytes) else part for part in made_from]
        return hashlib.sha256(json.dumps([self.base, parts]).encode()).hexdigest()

    def read(self, key: str) -> bytes | None:
        """Read a piece; return None if it is missing or damaged."""
        self.used.add(key)
        with contextlib.suppress(OSError):
            content = (self.folder / key).read_bytes()
            if hashlib.sha256(content[32:]).digest() == content[:32]:
                return content[32:]
        return None

    def write(self, key: str, content: bytes) -> None:
        """Store a piece, if there is room for it."""
        self.used.add(key)
        with contextlib.suppress(OSError):
            write_whole(self.folder / key, hashlib.sha256(content).digest() + content)

    def keep(self, *made_from: str | bytes | int) -> None:
        """Keep a piece, if it is there, for other runs, although this one does not need it."""
        self.used.add(self.key(*made_from))

    def delete_unused(self) -> None:
        """Delete the pieces that this job has neither read, written nor kept, so that the cache does not grow."""
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.name not in self.used:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

"""What an image's job has made before and need not make again: kept by the content that it was made from."""

import contextlib
import hashlib
import json
import shutil
from pathlib import Path

from photopalette.files.writing import write_whole
from photopalette.run.packages import installed

FOLDER = Path(".snakemake/kept")


class Kept:
    """Pieces of a job's results, each under a digest of all that it was made from.

    Nothing depends on it: what is missing, damaged or can't be written is only made again.

    Parameters
    ----------
    folder
        A folder of the job's own.
    *made_from
        What all pieces are made from: the digest of the code above all.
    packages
        Names of the packages whose versions decide over a byte.
    """

    def __init__(self, folder: Path, *made_from: str, packages: tuple[str, ...] = ()):
        self.folder = folder
        self.base = [*made_from, *(f"{name} {installed(name)}" for name in packages)]
        self.used: set[str] = set()

    def key(self, *made_from: str | bytes | int) -> str:
        """Digest what a piece is made from, beside what all are: 64 hexadecimal digits."""
        parts = [part.hex() if isinstance(part, bytes) else part for part in made_from]
        return hashlib.sha256(json.dumps([self.base, parts]).encode()).hexdigest()

    def read(self, key: str) -> bytes | None:
        """Return what was kept, if it is whole."""
        self.used.add(key)
        with contextlib.suppress(OSError):
            content = (self.folder / key).read_bytes()
            if hashlib.sha256(content[32:]).digest() == content[:32]:
                return content[32:]
        return None

    def write(self, key: str, content: bytes) -> None:
        """Keep a piece, if there is room."""
        self.used.add(key)
        with contextlib.suppress(OSError):
            write_whole(self.folder / key, hashlib.sha256(content).digest() + content)

    def forget_the_rest(self) -> None:
        """Remove what was neither read nor written, so that as much is kept as there are results."""
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                if path.name not in self.used:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

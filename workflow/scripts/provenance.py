"""Record what a run was made from, and the hash of every file it made."""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from _browser import browser_version, find_browser
from _job import SCRIPTS, run

# All that decides over a byte of the results.
_PACKAGES = (
    "colour-science",
    "imagequant",
    "jinja2",
    "kaleido",
    "llvmlite",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pillow",
    "plotly",
    "pyoxipng",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "snakemake",
)


def sha256(path: str | Path) -> str:
    """Hash a file: 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def code_digest(workflow: Path) -> str:
    """Hash the workflow's own files, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in workflow.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(workflow).as_posix()} {sha256(path)}\n".encode())
    return digest.hexdigest()


def provenance(
    images: dict[str, dict[str, Any]], raw: dict[str, str], faults: dict[str, str], browser: str | None
) -> dict[str, Any]:
    """Gather what one needs to repeat a run.

    Parameters
    ----------
    images
        Settings per image, as resolved.
    raw
        The file of each image's source.
    faults
        Why, for each further image that could not be studied.
    browser
        Version of the browser that drew figures; None where none did.
    """
    return {
        "images": images,
        "sources": {
            image: {"source": images[image]["source"], "sha256": sha256(path), "bytes": os.path.getsize(path)}
            for image, path in raw.items()
        },
        "faults": faults,
        "packages": {name: version(name) for name in _PACKAGES},
        "browser": browser,
        "python": platform.python_version(),
        "platform": {"system": platform.system(), "machine": platform.machine(), "libc": " ".join(platform.libc_ver())},
        "workflow_sha256": code_digest(SCRIPTS.parent),
    }


def main(snakemake: Any) -> None:
    images = snakemake.params.images
    browser = browser_version(find_browser()) if snakemake.params.browser else None
    record = provenance(images, dict(zip(images, snakemake.input.raw, strict=True)), snakemake.params.faults, browser)
    Path(snakemake.output.provenance).write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    folder = Path(snakemake.output.sums).parent
    lines = [f"{sha256(path)}  {Path(path).relative_to(folder).as_posix()}" for path in sorted(snakemake.input.results)]
    Path(snakemake.output.sums).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    run(main, snakemake)

"""Record what a run was made from, and the hash of every file it made."""

import hashlib
import json
import os
import platform
from pathlib import Path
from typing import Any

from photopalette.figures.browser import browser_version, find_browser
from photopalette.files.checksum import sha256_of
from photopalette.photo.sources import is_palette_file, path_of
from photopalette.run.job import SCRIPTS, run
from photopalette.run.packages import installed

# Packages whose versions have an effect on the results.
_PACKAGES = (
    "choreographer",
    "coloraide",
    "imagequant",
    "jinja2",
    "kiwisolver",
    "llvmlite",
    "matplotlib",
    "numba",
    "numpy",
    "pillow",
    "pillow-heif",
    "plotly",
    "pyoxipng",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "snakemake",
    "tifffile",
)


def code_digest(workflow: Path) -> str:
    """Hash the workflow's own files, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in workflow.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(workflow).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def other_files(images: dict[str, dict[str, Any]]) -> list[str]:
    """List the masks, palette files and stocks of images, as named in their settings."""
    masks = {settings["mask"] for settings in images.values() if settings["mask"]}
    palettes = {path for settings in images.values() for path in settings["palettes"].values() if isinstance(path, str)}
    stocks = (stock["colors"] for settings in images.values() for stock in settings["stock"].values())
    return sorted(masks | palettes | set(filter(is_palette_file, stocks)))


def provenance(
    images: dict[str, dict[str, Any]],
    raw: dict[str, str],
    others: dict[str, str],
    faults: dict[str, str],
    browser: str | None,
) -> dict[str, Any]:
    """Assemble the record of a run, with all that is needed to repeat it.

    Parameters
    ----------
    images
        Settings per image, as resolved.
    raw
        The file of each image's source.
    others
        The file behind each name of :func:`other_files`.
    faults
        Why, for each further image that could not be studied.
    browser
        Version of the browser that drew figures; None where none did.
    """
    return {
        "images": images,
        "sources": {
            image: {"source": images[image]["source"], "sha256": sha256_of(path), "bytes": os.path.getsize(path)}
            for image, path in raw.items()
        },
        "others": {name: {"sha256": sha256_of(path), "bytes": os.path.getsize(path)} for name, path in others.items()},
        "faults": faults,
        "packages": {name: installed(name) for name in _PACKAGES},
        "browser": browser,
        "python": platform.python_version(),
        "platform": {"system": platform.system(), "machine": platform.machine(), "libc": " ".join(platform.libc_ver())},
        "workflow_sha256": code_digest(SCRIPTS.parent),
    }


def main(snakemake: Any) -> None:
    images = snakemake.params.images
    browser = browser_version(find_browser()) if snakemake.params.browser else None
    raw = dict(zip(images, snakemake.input.raw, strict=True))
    # With a default storage, Snakemake has fetched them to other paths.
    put = dict(zip(snakemake.params.others, snakemake.input.others, strict=True))
    others = {name: put.get(path_of(name), path_of(name)) for name in other_files(images)}
    record = provenance(images, raw, others, snakemake.params.faults, browser)
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    Path(snakemake.output.provenance).write_text(text, encoding="utf-8")
    folder = Path(snakemake.output.sums).parent
    lines = [
        f"{sha256_of(path)}  {Path(path).relative_to(folder).as_posix()}" for path in sorted(snakemake.input.results)
    ]
    Path(snakemake.output.sums).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)

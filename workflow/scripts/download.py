"""Fetch an image's source, byte for byte."""

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from photopalette.files.writing import write_whole
from photopalette.photo.fetch import fetch
from photopalette.run.job import JobError, run
from photopalette.run.secrets import is_local


def archive(photos: Mapping[str, str], places: Sequence[str], target: Path, **options: Any) -> None:
    """Put photos byte for byte into one file, a ZIP archive without times or compression.

    Parameters
    ----------
    photos
        Their sources by name.
    places
        Where Snakemake has put the local ones, in the same order; their own paths do as well.
    target
        The archive.
    **options
        Of :func:`fetch`.
    """
    local = [source for source in photos.values() if is_local(source)]
    place = dict(zip(local, places, strict=True)) if len(local) == len(places) else {}
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        part, whole = Path(folder, "photo"), Path(folder, "archive")
        with zipfile.ZipFile(whole, "w") as file:
            for name, source in photos.items():
                fetch(place.get(source, source), part, None, **options)
                file.writestr(zipfile.ZipInfo(name), part.read_bytes())
        os.replace(whole, target)


def main(snakemake: Any) -> None:
    params = snakemake.params
    # Snakemake's own retries are for jobs that die without a word; a fault that was understood is
    # final. The log does not outlive an attempt, so the fault has a file beside it.
    fault = Path(snakemake.log[0]).with_suffix(".fault")
    if snakemake.resources.attempt > 1 and fault.exists() and (message := fault.read_text("utf-8", "replace")):
        raise JobError(message)
    fault.unlink(missing_ok=True)
    # A local source is wherever Snakemake has put it: with a default storage, a copy from the bucket. A URL is read
    # from the configuration: params are shown in reports and messages, and are without its secrets.
    image = snakemake.wildcards.image
    target, places = Path(snakemake.output[0]), list(snakemake.input.photos)
    try:
        if params.photos:
            archive(params.photos, places, target, **params.download)
        else:
            source = next(iter(places), params.source)
            if not is_local(source):
                source = snakemake.config["images"][image]["source"]
            fetch(source, target, params.sha256, **params.download)
    except JobError as error:
        message = f"image '{image}': {error}"
        with contextlib.suppress(OSError):  # the next attempts find out for themselves
            write_whole(fault, message.encode())
        raise JobError(message) from None


if __name__ == "__main__":
    run(main, snakemake)

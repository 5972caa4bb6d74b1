"""Fetch an image's source, byte for byte."""

import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from _job import JobError, is_disk_full, log, run
from _source import is_local, local_fault, shown

_CHUNK = 1 << 16


def fetch(
    source: str, destination: Path, sha256: str | None, timeout: float, retries: int, max_megabytes: float
) -> None:
    """Copy `source` to `destination`, whole or not at all.

    Parameters
    ----------
    source
        ``http(s)://…``, ``skimage:NAME`` or a local path.
    destination
        File to write.
    sha256
        Expected SHA-256 in lower-case hexadecimal, or None.
    timeout
        Seconds without a byte after which a request is given up.
    retries
        Further tries after a server error or a broken connection.
    max_megabytes
        Millions of bytes at which a download is stopped.

    Raises
    ------
    JobError
        If the source can't be had, or is not the expected one.
    """
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f".{destination.name}.") as folder:
        part = Path(folder) / "part"
        if source.startswith(("http://", "https://")):
            _download(source, part, timeout, retries, int(max_megabytes * 1e6))
        else:
            if is_local(source) and (fault := local_fault(source)):
                raise JobError(fault)
            try:
                shutil.copyfile(source if is_local(source) else bundled_path(source), part)
            except OSError as error:
                if is_disk_full(error):
                    raise
                raise JobError(f"{shown(source)} can't be read: {error.strerror}; correct 'source'") from None
        if part.stat().st_size == 0:
            raise JobError(f"{shown(source)} is empty (0 bytes); check 'source'")
        actual = _sha256(part)
        if sha256 and actual != sha256:
            raise JobError(
                f"{shown(source)} is not the expected file\n  expected sha256 {sha256}\n  actual sha256   {actual}\n"
                "  correct 'sha256' in the config if the new file is the right one"
            )
        log.info("%s: %d bytes, sha256 %s", shown(source), part.stat().st_size, actual)
        os.replace(part, destination)


def bundled_path(source: str) -> Path:
    """Find the photograph ``skimage:NAME`` in scikit-image's wheel.

    Raises
    ------
    JobError
        If there is none of that name; the message lists those there are.
    """
    name = source.removeprefix("skimage:")
    folder = Path(importlib.util.find_spec("skimage").submodule_search_locations[0]) / "data"
    photos = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in (".png", ".jpg", ".gif", ".tif")}
    if name not in photos:
        raise JobError(f"scikit-image ships no photo named '{name}'; it has {', '.join(photos)}")
    return photos[name]


def _download(url: str, part: Path, timeout: float, retries: int, limit: int) -> None:
    # pooch and requests take half a second to import, and local sources need neither.
    import pooch
    import requests
    import urllib3

    def guard(response: requests.Response, **_kwargs: Any) -> None:
        """Look at every answer before its body is read, those that redirect included."""
        if response.is_redirect:
            target = urljoin(response.url, response.headers["location"])
            allowed = ("https://",) if response.url.startswith("https://") else ("https://", "http://")
            if not target.lower().startswith(allowed):
                raise JobError(f"{url} redirects from {response.url} to {target}, which is not safe; correct 'source'")
            # Its body is of no use, and requests would read it to the end.
            response.iter_content = lambda *_args, **_kwargs: iter(())
            return
        length = response.headers.get("content-length", "0")
        if not length.isdecimal():
            raise JobError(f"{url} announces a length of {length!r}; open the URL in a browser to check it")
        if int(length) > limit:
            raise JobError(_too_long(url, limit))
        content = response.iter_content
        response.iter_content = lambda *args, **kwargs: _up_to(limit, content(*args, **kwargs), url)

    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(), chunk_size=_CHUNK, timeout=timeout, hooks={"response": guard}
    )
    broken = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    for attempt in range(retries + 1):
        try:
            pooch.retrieve(url, known_hash=None, fname=part.name, path=part.parent, downloader=downloader)
            return
        except requests.HTTPError as error:
            status = error.response.status_code
            fault = f"{status} {error.response.reason}"
            if status < 500 and status != 429:
                raise JobError(f"{url} answers {fault}; open the URL in a browser to check it") from None
        except requests.TooManyRedirects:
            raise JobError(f"{url} redirects without end; open the URL in a browser to check it") from None
        except broken as error:
            if certificate := re.search(r"certificate verify failed: ([^(]*)", str(error)):
                raise JobError(
                    f"{url} shows a certificate that can't be trusted ({certificate[1].strip()}); "
                    "correct 'source', or save the file by hand and name it as 'source'"
                ) from None
            fault = f"{type(error).__name__}: {error}"
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise JobError(f"{url} can't be fetched: {error}; correct 'source'") from None
        log.warning("try %d of %d: %s", attempt + 1, retries + 1, fault)
        if attempt < retries:
            time.sleep(2**attempt)
    raise JobError(
        f"{url} could not be fetched in {retries + 1} tries; the last one ended with {fault}; try again later"
    )


def _up_to(limit: int, chunks: Iterator[bytes], url: str) -> Iterator[bytes]:
    """Pass chunks on until they are too many: a server may lie about its length, or never end."""
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise JobError(_too_long(url, limit))
        yield chunk


def _too_long(url: str, limit: int) -> str:
    return f"{url} sends more than {limit / 1e6:g} MB; raise download.max_megabytes if you trust it"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(snakemake: Any) -> None:
    params = snakemake.params
    # Snakemake's own retries are for jobs that die without a word; a fault that was understood is
    # final. The log does not outlive an attempt, so the fault has a file beside it.
    fault = Path(snakemake.log[0]).with_suffix(".fault")
    if snakemake.resources.attempt > 1 and fault.exists():
        raise JobError(fault.read_text())
    fault.unlink(missing_ok=True)
    # A local source is wherever Snakemake has put it: with a default storage, a copy from the bucket.
    source = next(iter(snakemake.input.photo), params.source)
    try:
        fetch(source, Path(snakemake.output[0]), params.sha256, **params.download)
    except JobError as error:
        message = f"image '{snakemake.wildcards.image}': {error}"
        fault.write_text(message)
        raise JobError(message) from None


if __name__ == "__main__":
    run(main, snakemake)

"""Fetch a file from wherever it is, byte for byte, and tell whether it has changed there."""

import contextlib
import hashlib
import importlib.util
import os
import re
import secrets
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from _files import write_whole
from _job import JobError, is_disk_full, log
from _source import HIDDEN, is_local, local_fault, path_of, redact, shown, unsigned

# Who asks: servers such as Wikimedia's turn away what does not say. As in pyproject.toml and CITATION.cff.
USER_AGENT = "photo-palette-study/0.1.0 (https://example.org/photo-palette-study)"

_CHUNK = 1 << 16


def fetch(
    source: str,
    destination: Path,
    sha256: str | None,
    timeout: float,
    retries: int,
    max_megabytes: float,
    max_wait: float,
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
    max_wait
        Seconds that a server may ask to wait before the next try.

    Raises
    ------
    JobError
        If the source can't be had, or is not the expected one.
    """
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f".{destination.name}.") as folder:
        part = Path(folder) / "part"
        if source.startswith(("http://", "https://")):
            _download(source, part, timeout, retries, int(max_megabytes * 1e6), max_wait)
        else:
            if is_local(source) and (fault := local_fault(source)):
                raise JobError(fault)
            try:
                shutil.copyfile(path_of(source) if is_local(source) else bundled_path(source), part)
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


def version(url: str, raw: Path, record: Path, settings: Mapping[str, float], save: bool) -> str | None:
    """Tell the file behind a URL from the next one, where what may not be shown decides over it.

    A token may be a fresh one for the same photograph, or stand for another. So a URL with a new one is fetched and
    held against the file there is: it has a new version only if the bytes differ.

    Parameters
    ----------
    url
        The source, with its secrets.
    raw
        The file that was fetched before, if there is one.
    record
        Where it is kept which URLs led to this file; it holds digests, salted with the version.
    settings
        The section ``download`` of the configuration.
    save
        Whether to write the record; a dry run must not.

    Returns
    -------
    str or None
        A random name; None if the URL has no secrets but signatures.
    """
    bare = unsigned(url)
    if bare == redact(url):
        return None
    name, *known = _read_record(record)
    if _salted(name, bare) in known:
        return name
    if not (name and raw.is_file() and _has_bytes_of(url, raw, settings)):
        name, known = secrets.token_hex(8), []
    if save:
        with contextlib.suppress(OSError):  # without a record, the file is fetched once more
            write_whole(record, "\n".join([name, *known, _salted(name, bare)]).encode(), 0o600)
    return name


def _read_record(record: Path) -> list[str]:
    """Read a file's version and the digests of its URLs; no version if there is no record, or not all of it."""
    try:
        words = record.read_bytes().decode("ascii", "replace").split()
    except OSError:
        words = []
    whole = words and all(re.fullmatch("[0-9a-f]{16}" if word is words[0] else "[0-9a-f]{64}", word) for word in words)
    return words if whole else [""]


def _salted(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt} {text}".encode()).hexdigest()


def _has_bytes_of(url: str, raw: Path, settings: Mapping[str, float]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        try:
            fetch(url, Path(folder, "raw"), _sha256(raw), **{**settings, "retries": 0})
        except (JobError, OSError):
            return False  # or it can't be had, or there is no room for it: the job will say why
    return True


def _download(url: str, part: Path, timeout: float, retries: int, limit: int, max_wait: float) -> None:
    # pooch and requests take half a second to import, and local sources need neither.
    import pooch
    import requests
    import urllib3

    name = shown(url)

    def guard(response: requests.Response, **_kwargs: Any) -> None:
        """Look at every answer before its body is read, those that redirect included."""
        if response.is_redirect:
            target = urljoin(response.url, response.headers["location"])
            allowed = ("https://",) if response.url.startswith("https://") else ("https://", "http://")
            if not target.lower().startswith(allowed):
                here, there = redact(response.url), redact(target)
                raise JobError(f"{name} redirects from {here} to {there}, which is not safe; correct 'source'")
            # Its body is of no use, and requests would read it to the end.
            response.iter_content = lambda *_args, **_kwargs: iter(())
            return
        if response.status_code == 403:
            remedy = (
                "renew the signature of the URL, or save the photo by hand"
                if redact(url) != url
                else "save the photo by hand"
            )
            raise JobError(
                f"{name} returned 403 Forbidden: the server rejects automated downloads{_first_line(response, url)}; "
                f"{remedy} and name the file as 'source'"
            )
        length = response.headers.get("content-length", "0")
        if not re.fullmatch("[0-9]{1,18}", length):
            raise JobError(f"{name} declares a length of {length[:80]!r}; open the URL in a browser to check it")
        if int(length) > limit:
            raise JobError(_too_long(name, limit))
        content = response.iter_content
        response.iter_content = lambda *args, **kwargs: _up_to(limit, content(*args, **kwargs), name)

    pooch.get_logger().setLevel("WARNING")
    downloader = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=_CHUNK,
        timeout=timeout,
        headers={"User-Agent": USER_AGENT},
        hooks={"response": guard},
    )
    broken = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    for attempt in range(retries + 1):
        wait = None
        try:
            pooch.retrieve(url, known_hash=None, fname=part.name, path=part.parent, downloader=downloader)
            return
        except requests.HTTPError as error:
            status = error.response.status_code
            fault = f"{status} {_without_secrets(error.response.reason or '', url)}".strip()
            if status < 500 and status != 429:
                raise JobError(f"{name} returned {fault}; open the URL in a browser to check it") from None
            if status in (429, 503):
                wait = _retry_after(error.response.headers)
                if wait is not None and wait > max_wait:
                    raise JobError(
                        f"{name} returned {fault} and asks for a wait of {wait:.0f} seconds, more than "
                        f"download.max_wait ({max_wait:g}); raise it, or try again later"
                    ) from None
        except requests.TooManyRedirects:
            raise JobError(f"{name} redirects endlessly; open the URL in a browser to check it") from None
        except broken as error:
            if certificate := re.search(r"certificate verify failed: ([^(]*)", str(error)):
                raise JobError(
                    f"{name} has a certificate that can't be trusted ({certificate[1].strip()}); "
                    "correct 'source', or save the file by hand and name it as 'source'"
                ) from None
            fault = _broken(error, timeout)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            # Its text may quote any part of the URL, a password included.
            raise JobError(f"{name} can't be fetched ({type(error).__name__}); correct 'source'") from None
        if attempt < retries:
            log.warning("try %d of %d: %s", attempt + 1, retries + 1, fault)
            time.sleep(2**attempt if wait is None else wait)
    tries = "1 try" if retries == 0 else f"{retries + 1} tries"
    raise JobError(f"{name} could not be fetched in {tries} (the last: {fault}); try again later")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds a server asks to wait, from a number or a date; None if it does not clearly say."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,18}", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
    try:
        # By the server's own clock, if it shows it: ours may be wrong.
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        now = time.time()
    return max(0.0, until - now)


def _broken(error: Exception, timeout: float) -> str:
    """Say in a few words how a connection broke: the libraries' own are long, and quote the URL."""
    text = str(error)
    if isinstance(error, TimeoutError) or "timed out" in text:
        return f"no answer for {timeout:g} seconds"
    # The innermost comes last: [Errno 111] Connection refused, [SSL: WRONG_VERSION_NUMBER] wrong version number
    reasons = re.findall(r"\[(?:Errno -?\d+|SSL: \w+)\] ([^'\"(){}\[\]]+)", text)
    return reasons[-1].strip() if reasons else "a broken connection"


def _without_secrets(text: str, url: str) -> str:
    """Hide from what a server says each word that is in the URL, but not in what is shown of it."""
    whole, public = url + unquote(url), redact(url)
    hidden = re.sub(
        r"[\w~+/=%-]+(\.[\w~+/=%-]+)*",
        lambda word: HIDDEN if word[0] in whole and word[0] not in public else word[0],
        text,
    )
    return redact(hidden)


def _first_line(response: Any, url: str) -> str:
    """Quote the first line of an answer that says more than its status, to stand in a sentence; empty if none does."""
    kind = response.headers.get("content-type", "text/plain").lower()
    if not re.match(r"text/|\S+[/+](xml|json)", kind):
        return ""
    charset = re.search(r"charset=[\"']?([\w-]+)", kind)
    reader = _Lines()
    try:
        body = next(response.iter_content(_CHUNK), b"")
        reader.feed(body.decode(charset[1] if charset else "utf-8", "replace"))
        reader.close()
    except (OSError, LookupError, ValueError):
        return ""
    said = {"403", "forbidden", "403 forbidden", "error", "error 403", "nginx"}
    lines = [" ".join("".join(filter(str.isprintable, line)).split()) for line in reader.lines()]
    lines = [_without_secrets(line, url) for line in lines if line and line.lower().strip(" .!:") not in said]
    # A lone word is a code such as AccessDenied, with its meaning behind it.
    line = next((line for line in lines if " " in line), lines[0] if lines else "")
    return f' ("{textwrap.shorten(line, 200, placeholder="…")}")' if line else ""


class _Lines(HTMLParser):
    """Takes the text from a web page, from XML or from plain text, line by line."""

    _INLINE = frozenset(("a", "abbr", "b", "code", "em", "font", "i", "small", "span", "strong", "tt", "u"))

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.skipped = 0

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self.skipped += tag in ("script", "style")
        self.text.append("" if tag in self._INLINE else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.skipped -= tag in ("script", "style")
        self.text.append("" if tag in self._INLINE else "\n")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.text.append(data)

    def lines(self) -> list[str]:
        return "".join(self.text).splitlines()


def _up_to(limit: int, chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Pass chunks on until they are too many: a server may lie about its length, or never end."""
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise JobError(_too_long(name, limit))
        yield chunk


def _too_long(name: str, limit: int) -> str:
    return f"{name} is larger than {limit / 1e6:g} MB; raise download.max_megabytes if you trust it"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

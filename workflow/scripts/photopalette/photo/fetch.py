"""Fetch source files, unchanged, and tell whether they have changed since."""

import codecs
import contextlib
import hashlib
import importlib.util
import logging
import netrc
import os
import re
import secrets
import shutil
import tempfile
import textwrap
import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from photopalette.files.checksum import sha256_of
from photopalette.files.writing import write_whole
from photopalette.photo.sources import local_fault, path_of
from photopalette.run.job import JobError, is_disk_full, log
from photopalette.run.secrets import HIDDEN, is_local, redact, shown, unsigned

if TYPE_CHECKING:
    import requests

# Servers such as Wikimedia's reject clients without one. Version and address as in pyproject.toml and CITATION.cff.
USER_AGENT = "photo-palette-study/0.1.0 (https://example.org/photo-palette-study)"

_CHUNK = 1 << 16

# Signatures of photographs, enough for here; the next step identifies files in full.
_PHOTO = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|BM|P[1-6f][\s#]|RIFF.{4}WEBP|.{4}ftyp|II[*+]\0|MM\0[*+]|\xff\x4f\xff\x51|.{4}jP  "
    rb"|qoif",
    re.DOTALL,
)
# Beginnings of other text files, for which the next step has better messages.
_DOCUMENT = re.compile(rb"\s*%|version https://git-lfs|/\* XPM|{\\rtf|#\?R")
_PAGE = re.compile(rb"<(!doctype html|html|head|body|script|meta|title)\b", re.IGNORECASE)
# Control characters that text does not contain, unlike tabs, escapes and line ends.
_BINARY = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
# Byte order marks and their encodings.
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def fetch(
    source: str,
    destination: Path,
    sha256: str | None,
    timeout: float,
    retries: int,
    max_megabytes: float,
    max_wait: float,
) -> None:
    """Copy `source` to `destination`, which is written whole or not at all.

    Parameters
    ----------
    source
        ``http(s)://…``, ``skimage:NAME`` or a local path.
    destination
        File to write.
    sha256
        Expected SHA-256 in lower-case hexadecimal, or None.
    timeout
        Seconds without data after which an attempt fails.
    retries
        Further attempts after a server error or a broken connection.
    max_megabytes
        Size limit of a download, in millions of bytes.
    max_wait
        Longest wait before another attempt, in seconds; there is none if the server asks for more.

    Raises
    ------
    JobError
        If the source can't be read, or does not match `sha256`.
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
        actual = sha256_of(part)
        if sha256 and actual != sha256:
            raise JobError(
                f"{shown(source)} is not the expected file\n  expected sha256 {sha256}\n  actual sha256   {actual}\n"
                "  correct 'sha256' in the config if the new file is the right one"
            )
        log.info("%s: %d bytes, sha256 %s", shown(source), part.stat().st_size, actual)
        os.replace(part, destination)


def bundled_path(source: str) -> Path:
    """Find the file of the photograph ``skimage:NAME``, which comes with scikit-image.

    Raises
    ------
    JobError
        If there is none of that name; the message lists the available ones.
    """
    name = source.removeprefix("skimage:")
    folder = Path(importlib.util.find_spec("skimage").submodule_search_locations[0]) / "data"
    photos = {path.stem: path for path in sorted(folder.glob("*")) if path.suffix in (".png", ".jpg", ".gif", ".tif")}
    if name not in photos:
        has = ", ".join(photos) or "none in this installation"
        raise JobError(f"scikit-image ships no photo named '{name}'; it has {has}")
    return photos[name]


def version(url: str, raw: Path, record: Path, settings: Mapping[str, float], save: bool) -> str | None:
    """Name the version of the file behind a URL with secrets, which may decide what is fetched but must not be shown.

    A new token may give access to the same photograph or to another. So a URL with a new token is fetched and compared
    with the existing file: the version changes only if the bytes differ.

    Parameters
    ----------
    url
        The source, with its secrets.
    raw
        The file that was fetched before, which may be missing.
    record
        File of the version and the digests, salted with it, of the URLs that lead to this file.
    settings
        The section ``download`` of the configuration.
    save
        Whether to write the record, as a dry run must not.

    Returns
    -------
    str or None
        A random name; None if the URL has no secrets other than signatures.
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
        with contextlib.suppress(OSError):  # without a record, the file is fetched again
            write_whole(record, "\n".join([name, *known, _salted(name, bare)]).encode(), 0o600)
    return name


def _read_record(record: Path) -> list[str]:
    """Read the version of a file and the digests of its URLs; an empty version if the record is missing or damaged."""
    try:
        text = record.read_bytes().decode("ascii", "replace")
    except OSError:
        return [""]
    return text.split() if re.fullmatch(r"[0-9a-f]{16}(\s[0-9a-f]{64})*\s*", text) else [""]


def _salted(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt} {text}".encode()).hexdigest()


def _has_bytes_of(url: str, raw: Path, settings: Mapping[str, float]) -> bool:
    """Tell whether a URL leads to the same bytes as a file."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            fetch(url, Path(folder, "raw"), sha256_of(raw), **{**settings, "retries": 0})
        except (JobError, OSError):
            return False  # if it can't be fetched or stored, the job reports why
    return True


def _download(url: str, part: Path, timeout: float, retries: int, limit: int, max_wait: float) -> None:
    """Download a URL to a file, with further attempts after failures that may be temporary."""
    # These take a tenth of a second to import, and local sources don't need them.
    import requests
    import urllib3

    # urllib3 warns of unreadable headers with a traceback and the URL, secrets included.
    logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
    name = shown(url)
    for attempt in range(retries + 1):
        wait, remedy = min(2.0**attempt, max_wait), "try again later"
        try:
            with requests.Session() as session, _ask(session, url, timeout) as response:
                code = response.status_code
                fault = f"{code} {_plain(response.reason or '', url)}".strip() + _via(response.url)
                if code != 429 and (code < 500 or code == 511):
                    _check_status(response, url, fault)
                    _save(response, part, limit, name)
                    _check_content(response, part, url)
                    return
                asked = _retry_after(response.headers) if code in (429, 503) else None
                if asked is not None and asked > max_wait:
                    raise JobError(
                        f"{name} returned {fault} and asks for a wait of {asked:.0f} seconds, more than "
                        f"download.max_wait ({max_wait:g}); raise it, or try again later"
                    )
                wait = wait if asked is None else asked
        except requests.exceptions.ContentDecodingError:
            raise JobError(_undecodable(response, name)) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            fault, remedy = _broken(error, url, timeout)
        if attempt < retries:
            log.warning("try %d of %d: %s", attempt + 1, retries + 1, fault)
            time.sleep(wait)
    tries = "1 try" if retries == 0 else f"{retries + 1} tries"
    raise JobError(f"{name} could not be fetched in {tries} (the last: {fault}); {remedy}")


def _ask(session: "requests.Session", url: str, timeout: float) -> "requests.Response":
    """Request a URL and follow redirects, if that is safe, without reading the body of the response."""
    import requests

    name, auth = shown(url), None
    before: requests.Response | None = None
    for _ in range(session.max_redirects + 1):
        which = f"it redirects to {redact(before.headers['location'])!r}, which" if before else "it"
        try:
            target = urljoin(before.url, session.get_redirect_target(before)) if before else url
            kept = auth if before and not session.should_strip_auth(before.url, target) else None
            auth = _credentials(target) or kept
            # The libraries don't notice a truncated compressed body, and compression hardly makes photos smaller.
            # Without auth, requests would read ~/.netrc by itself.
            headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
            request = requests.Request("GET", target, headers, auth=auth or (lambda unchanged: unchanged))
            request = session.prepare_request(request)
            settings = session.merge_environment_settings(request.url, {}, True, None, None)
        except ValueError:  # from requests, urllib3 or Python for a malformed URL
            raise JobError(f"{name} can't be fetched: {which} is not a valid URL; correct 'source'") from None
        if before:
            allowed = ("https://",) if before.url.startswith("https://") else ("https://", "http://")
            if not target.lower().startswith(allowed):
                here, there = redact(before.url), redact(target)
                raise JobError(f"{name} redirects from {here} to {there}, which is not safe; correct 'source'")
        _check_certificates(settings["verify"], request.url, name)
        try:
            response = session.get_adapter(request.url).send(request, timeout=timeout, **settings)
        except requests.exceptions.InvalidHeader:
            raise JobError(f"{name} declares two different lengths; open the URL in a browser to check it") from None
        except ValueError as error:
            if not (proxy := _proxy(request.url)):
                raise JobError(f"{name} can't be fetched: {which} is not a valid URL; correct 'source'") from None
            needs = " without the package PySocks" if "SOCKS" in str(error) else ""
            raise JobError(
                f"{name} can't be fetched{_via(request.url)}, which can't be used{needs}; correct or unset {proxy[0]}"
            ) from None
        if not response.is_redirect:
            return response
        # The body of a redirect is not read, so the next request needs a new connection.
        response.close()
        # Unlike response.cookies, this includes cookies to be deleted.
        requests.cookies.extract_cookies_to_jar(session.cookies, request, response.raw)
        before = response
    raise JobError(f"{name} redirects endlessly; open the URL in a browser to check it")


def _credentials(url: str) -> tuple[bytes, bytes] | None:
    """Find the user and password for a URL, in the URL itself or in the entry of its host in ~/.netrc.

    The ``default`` entry is not used, as it would send a password to any host.
    """
    parts = urlsplit(url)
    user, password = unquote(parts.username or "").encode(), unquote(parts.password or "").encode()
    own = (user, password) if user or password else None
    if password:
        return own
    places = [os.environ["NETRC"]] if "NETRC" in os.environ else ["~/.netrc", "~/_netrc"]
    path = next(filter(os.path.exists, map(os.path.expanduser, places)), None)
    try:
        hosts = netrc.netrc(path).hosts if path else {}
    except (OSError, ValueError, netrc.NetrcParseError):
        log.warning("%s can't be read; no password is taken from it", path)
        return own
    entry = {name.lower(): entry for name, entry in hosts.items() if name != "default"}.get(parts.hostname)
    login = (entry[0] or entry[1] or "").encode() if entry and any(entry) else None
    return own if login is None or user not in (b"", login) else (login, (entry[2] or "").encode())


def _proxy(url: str) -> tuple[str, str] | None:
    """Find the variable that sets the proxy for a URL, and the proxy's address without secrets; None without proxy."""
    import requests

    proxies = requests.Session().merge_environment_settings(url, {}, None, None, None)["proxies"]
    scheme = next((key for key in (url.partition(":")[0], "all") if key in proxies), None)
    if scheme is None:
        return None
    proxy = proxies[scheme]
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    variable = next((name for name in names if os.environ.get(name) == proxy), "the system's proxy settings")
    return variable, redact(proxy if "://" in proxy else f"http://{proxy}")


def _via(url: str) -> str:
    """Name the proxy for a URL in a phrase for messages; empty without proxy."""
    proxy = _proxy(url)
    return f" through the proxy {proxy[1]} ({proxy[0]})" if proxy else ""


def _check_certificates(verify: bool | str, url: str, name: str) -> None:
    """Refuse unreadable certificates of the user, naming the variable that sets them, as the libraries do not."""
    if isinstance(verify, str) and url.startswith("https://"):
        import ssl

        try:
            ssl.create_default_context(**{"capath" if os.path.isdir(verify) else "cafile": verify})
        except OSError:
            names = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
            variable = next(variable for variable in names if os.environ.get(variable) == verify)
            raise JobError(
                f"{name} can't be fetched: {variable} names {verify}, which holds no certificates; correct or unset it"
            ) from None


def _check_status(response: "requests.Response", url: str, fault: str) -> None:
    """Raise an error for a response that is not the photo and that another attempt would not change."""
    code = response.status_code
    part = re.fullmatch(r"bytes 0-(\d{1,18})/(\d{1,18})", response.headers.get("content-range", ""))
    if code in (200, 203) or (code == 206 and part and int(part[1]) + 1 == int(part[2])):
        return
    by_hand = "save the photo by hand and name the file as 'source'"
    remedy = "open the URL in a browser to check it"
    if code == 403:
        try:
            said = _first_line(next(response.iter_content(_CHUNK), b""), response.headers, url)
        except OSError:
            said = ""
        fault += f": the server rejects automated downloads{said}"
        remedy = f"renew the signature of the URL, or {by_hand}" if redact(url) != url else by_hand
    elif code == 401:
        how = "check" if "authorization" in response.request.headers else "give"
        remedy = f"{how} the user and password in the URL or in ~/.netrc, or {by_hand}"
    elif code == 407:
        remedy = "give the proxy's user and password where it is named: http://user:password@…"
    elif code == 511:
        remedy = "sign in to this network with a browser, then try again"
    elif code < 300:
        fault += " instead of the whole photo"
    elif code < 400:
        fault += " without saying where the photo is"
    raise JobError(f"{shown(url)} returned {fault}; {remedy}")


def _save(response: "requests.Response", part: Path, limit: int, name: str) -> None:
    """Write the body of a response to a file, up to a size limit, as the declared length may be wrong."""
    too_long = f"{name} is larger than {limit / 1e6:g} MB; raise download.max_megabytes if you trust it"
    # The length may be given twice, and is ignored if the body is chunked.
    length = response.headers.get("content-length", "0").partition(",")[0]
    if "chunked" not in response.headers.get("transfer-encoding", "").lower():
        if not re.fullmatch("[0-9]{1,18}", length):
            raise JobError(f"{name} declares a length of {length[:80]!r}; open the URL in a browser to check it")
        if int(length) > limit:
            raise JobError(too_long)
    with part.open("wb") as file:
        for chunk in response.iter_content(_CHUNK):
            if file.tell() + len(chunk) > limit:
                raise JobError(too_long)
            file.write(chunk)


def _check_content(response: "requests.Response", part: Path, url: str) -> None:
    """Refuse a web page, a message or a compressed body that was sent with status 200 in place of the photo."""
    with part.open("rb") as file:
        head = file.read(_CHUNK)
    coding = response.headers.get("content-encoding", "").lower()
    if head and not set(re.split(r"[\s,]+", coding)) <= {"", "identity", "gzip", "x-gzip", "deflate"}:
        if not _PHOTO.match(head):
            raise JobError(_undecodable(response, shown(url)))
        log.warning("%s is sent with the Content-Encoding %r, but is a photo as it is", shown(url), coding[:80])
    if _is_message(head):
        what = "a web page" if _PAGE.search(head) else "text"
        said = _first_line(head, response.headers, url)
        where = f" at {redact(response.url)}" if urlsplit(response.url).netloc != urlsplit(url).netloc else ""
        raise JobError(
            f"{shown(url)} leads to {what}{where} instead of a photo{said}; open it in a browser (this network may "
            "want you to sign in), and name the photo itself as 'source'"
        )


def _is_message(head: bytes) -> bool:
    """Tell whether a body is a web page or other text rather than a file that was asked for."""
    drawing = b"<svg" in head and not re.search(b"<(!doctype )?html", head, re.IGNORECASE)
    known = drawing or _PHOTO.match(head) or _DOCUMENT.match(head)
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return bool(head.strip()) and not known and (marked or not _BINARY.search(head))


def _undecodable(response: "requests.Response", name: str) -> str:
    """Compose the message that a Content-Encoding can't be decoded."""
    coding = response.headers["content-encoding"][:80]
    return (
        f"{name} is sent with the Content-Encoding {coding!r}, which can't be undone; save the photo with a browser "
        "and name the file as 'source'"
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Parse the seconds that a server asks to wait, given as a number or a date; None if missing or invalid."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,18}", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
    try:
        # Compare with the server's clock, if given, as this machine's may be wrong.
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, OverflowError):
        now = time.time()
    return max(0.0, until - now)


def _broken(error: Exception, url: str, timeout: float) -> tuple[str, str]:
    """Describe a connection error and its remedy briefly, as the libraries' messages are long and quote the URL.

    Raises
    ------
    JobError
        If another attempt would fail, too.
    """
    request = getattr(error, "request", None)
    asked, text = request.url if request else url, str(error)
    host = urlsplit(asked).hostname
    if certificate := re.search(r"certificate verify failed: ([^(]*)", text):
        whose = shown(url) if host == urlsplit(url).hostname else f"{shown(url)} redirects to {redact(asked)}, which"
        reason, remedy = certificate[1].strip(), "correct 'source'"
        if "expired" in reason or "not yet valid" in reason:
            reason += f"; this machine's clock says {datetime.now():%Y-%m-%d %H:%M}"
            remedy = "set the clock if it is wrong"
        elif "issuer" in reason or "chain" in reason:
            remedy = "name the certificates of your network in REQUESTS_CA_BUNDLE if it has its own"
        raise JobError(
            f"{whose} has a certificate that can't be trusted ({reason}); {remedy}, or save the file by hand and name "
            "it as 'source'"
        ) from None
    # The root cause comes last: [Errno 111] Connection refused, [SSL: WRONG_VERSION_NUMBER] wrong version number
    reasons = re.findall(r"(?:\[(?:Errno -?\d+|SSL: \w+)\]|Tunnel connection failed:) ([^'\"(){}\[\]]+)", text)
    fault, remedy = reasons[-1].strip() if reasons else "a broken connection", "try again later"
    if isinstance(error, TimeoutError) or "timed out" in text:
        fault = f"no answer for {timeout:g} seconds"
    elif unknown := re.search("Failed to resolve '([^']*)'", text):
        fault = f"no address is known for {unknown[1]}: {fault}"
        remedy = "check its spelling and this machine's network"
    elif "wrong version number" in fault:
        fault, remedy = "an answer that is not encrypted", "use http:// if the server has no https://"
    elif "BadStatusLine" in text:
        fault, remedy = "an answer that is not HTTP", "check whether it should be https://, and the port"
    elif "unreachable" in fault or "Cannot assign" in fault:
        remedy = "check this machine's network"
    if proxy := _proxy(asked):
        return fault + _via(asked), f"correct {proxy[0]}, or try again later"
    return fault if host == urlsplit(url).hostname else f"{fault} at {host}", remedy


def _without_secrets(text: str, url: str) -> str:
    """Hide words in a server's text that occur in the URL but not in its redacted form."""
    whole, public = url + unquote(url), redact(url)
    hidden = re.sub(
        r"[\w~+/=%-]+(\.[\w~+/=%-]+)*",
        lambda word: HIDDEN if word[0] in whole and word[0] not in public else word[0],
        text,
    )
    return redact(hidden)


def _plain(text: str, url: str) -> str:
    """Shorten a server's text to one line without secrets or control characters."""
    line = " ".join("".join(filter(str.isprintable, text)).split())
    return textwrap.shorten(_without_secrets(line, url), 200, placeholder="…")


def _first_line(body: bytes, headers: Mapping[str, str], url: str) -> str:
    """Quote the first line of a response that says more than its status, for a message; empty if there is none."""
    kind = headers.get("content-type", "text/plain").lower()
    if not _is_message(body) and not re.match(r"text/|\S+[/+](xml|json)", kind):
        return ""
    charset = re.search(r"charset=[\"']?([\w-]+)", kind)
    marked = next((encoding for mark, encoding in _MARKS.items() if body.startswith(mark)), None)
    reader = _Lines()
    try:
        text = body.decode(marked or (charset[1] if charset else "utf-8"), "replace")
        # The first line of JSON may be just a bracket.
        reader.feed(" ".join(text.split()) if text.lstrip()[:1] in ("{", "[") else text)
        reader.close()
    except (LookupError, ValueError):
        return ""
    said = {"403", "forbidden", "403 forbidden", "error", "error 403", "nginx"}
    lines = [_plain(line, url) for line in reader.lines()]
    lines = [line for line in lines if line and line.lower().strip(" .!:") not in said]
    # A single word is a code such as AccessDenied; a later line explains it.
    line = next((line for line in lines if " " in line), lines[0] if lines else "")
    return f' ("{line}")' if line else ""


class _Lines(HTMLParser):
    """Parser that extracts the lines of text from a web page, XML or plain text."""

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

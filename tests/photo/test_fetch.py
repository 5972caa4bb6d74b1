"""Sources arrive byte for byte, whole or not at all; faults are named, and retried only if that can help."""

import base64
import errno
import gzip
import hashlib
import http.server
import os
import re
import shutil
import ssl
import subprocess
import threading
import tomllib
import zlib
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from requests.exceptions import InvalidSchema

from photopalette.photo.fetch import USER_AGENT, bundled_path, fetch, version
from photopalette.run.job import JobError
from project import ROOT, listening, no_room

BODY = bytes(range(256)) * 1000
ANOTHER = BODY[::-1]

# Secrets in a URL, and its query, which the server ignores.
SECRETS = ("alice", "hunter2", "5ecre7", "t0k3n")
QUERY = "?w=8&X-Amz-Signature=5ecre7&token=t0k3n"


def moved(location):
    return 302, [f"Location: {location}"], b""


def declared(length, body):
    """A response with a Content-Length of its own, after which the connection is closed."""
    return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode() + body


FOUND = 200, [], BODY
BUSY = 503, [], b""
TRUNCATED = declared(len(BODY), BODY[:1000])
ANSWERS = {
    "/redirect": moved("/photo"),
    "/loop": moved("/loop"),
    "/missing": (404, [], b""),
    "/down": BUSY,
    "/busy": [BUSY, FOUND],
    "/empty": (200, [], b""),
    "/truncated": TRUNCATED,
    "/cut-once": [TRUNCATED, FOUND],
    "/huge": declared(3_000_000, BODY),
    "/nonsense": declared("a lot", BODY),
    "/unzips": (200, ["Content-Encoding: gzip"], gzip.compress(bytes(30_000_000))),
    "/photo?token=another": (200, [], ANOTHER),
    # The first two go on until the test is over, the third says no more.
    "/endless": b"HTTP/1.1 200 OK\r\n\r\n",
    "/endless-redirect": b"HTTP/1.1 302 Found\r\nLocation: /photo\r\n\r\n",
    "/stalls": declared(10, b""),
}


class Server(http.server.ThreadingHTTPServer):
    """Gives each path its answer, or else the photo, and remembers what was asked.

    An answer is a status, headers and a body, or a whole response; of several in a list, the last one is repeated.
    """

    def __init__(self, protocol="HTTP/1.1"):
        handler = type("Speaker", (Handler,), {"protocol_version": protocol})
        super().__init__(("127.0.0.1", 0), handler)
        self.scheme = "http"
        self.answers = dict(ANSWERS)
        self.asked: list[str] = []
        self.requests = []  # their headers

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.server_port}{path}"

    def received(self, header):
        return [headers[header] for headers in self.requests]

    def handle_error(self, request, client_address):
        """A client that hangs up is what the tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.removesuffix(QUERY)
        self.server.asked.append(path)
        self.server.requests.append(self.headers)
        answer = self.server.answers.get(path, FOUND)
        if isinstance(answer, list):
            answer = answer[min(self.server.asked.count(path), len(answer)) - 1]
        if isinstance(answer, bytes):
            self.close_connection = True
            self.wfile.write(answer)
            while path.startswith("/endless") and not self.server.released.is_set():
                self.wfile.write(BODY)
            if path == "/stalls":
                self.server.released.wait()
            return
        status, headers, body = answer
        self.send_response(status)
        for header in (f"Content-Length: {len(body)}", *headers):
            self.send_header(*header.split(": ", 1))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def serving(server):
    server.released = threading.Event()
    with listening(server):
        yield server
        server.released.set()


@pytest.fixture(params=["HTTP/1.0", "HTTP/1.1"])
def server(request):
    """A server that closes every connection, or keeps it for the next request."""
    with serving(Server(request.param)) as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody vouches for, and its key in one file."""
    path = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    request = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [*request.split(), "-keyout", path.with_suffix(".key"), "-out", path], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".key").read_bytes())
    return path


@contextmanager
def speaking_https(certificate):
    server = Server()
    server.scheme = "https"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server


@pytest.fixture
def secure(certificate):
    """A server that speaks HTTPS."""
    with speaking_https(certificate) as server:
        yield server


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The waits between tries, not waited for."""
    waits = []
    monkeypatch.setattr("photopalette.photo.fetch.time.sleep", waits.append)
    return waits


@pytest.fixture(autouse=True)
def through(monkeypatch):
    """Set a proxy; there is no other, whatever the machine's environment says."""

    def through(**variables):
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    through()
    return through


def get(source, folder, sha256=None, timeout=300, retries=2, max_megabytes=1, max_wait=60):
    """Fetch to a folder in this one, and return what is there then."""
    raw = folder / "raw"
    raw.mkdir(exist_ok=True)
    fetch(source, raw / "photo", sha256, timeout, retries, max_megabytes, max_wait)
    assert os.listdir(raw) == ["photo"]
    return (raw / "photo").read_bytes()


def fail(source, folder, **options):
    with pytest.raises(JobError) as error:
        get(source, folder, **options)
    assert os.listdir(folder / "raw") == [], "a failed download leaves nothing behind"
    return str(error.value)


def test_url_arrives_verbatim(server, tmp_path):
    assert get(server.url("/photo"), tmp_path) == BODY


def test_redirect_is_followed(server, tmp_path):
    assert get(server.url("/redirect"), tmp_path) == BODY
    assert server.asked == ["/redirect", "/photo"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([], b""),
        ([], b"<a href='/photo'>moved</a>"),
        ([], b"x" * 5000),
        (["Connection: close"], b"moved"),
        (["Transfer-Encoding: chunked"], b"5\r\nmoved\r\n0\r\n\r\n"),
        (["Content-Encoding: br"], b"no brotli"),
        (["Set-Cookie: seen=1"], b"moved"),
    ],
)
def test_a_redirects_body_does_not_get_into_the_way(headers, body, server, tmp_path):
    server.answers["/moved"] = (302, ["Location: /moved-on", *headers], body)
    server.answers["/moved-on"] = (307, ["Location: photo", *headers], body)
    assert get(server.url("/moved"), tmp_path, retries=0) == BODY
    assert server.asked == ["/moved", "/moved-on", "/photo"]


@pytest.mark.parametrize(
    "location", ["http://[::1", "http://127.0.0.1:99999/", "/caf\xe9", "https://.../", "http://" + "a" * 70]
)
def test_a_redirect_to_what_is_no_url_is_refused(location, server, tmp_path):
    server.answers["/moved"] = moved(location)
    why = f"it redirects to '{location}', which is not a valid URL; correct 'source'"
    assert fail(server.url("/moved"), tmp_path) == f"{server.url('/moved')} can't be fetched: {why}"
    assert server.asked == ["/moved"]


def test_a_redirects_cookies_are_kept_for_their_server_until_they_are_deleted(server, tmp_path):
    with serving(Server()) as other:
        there = other.url("/photo").replace("127.0.0.1", "localhost")
        server.answers |= {
            "/1": (302, ["Location: /2", "Set-Cookie: a=1", "Set-Cookie: b=2", "Set-Cookie: c=3; Path=/nowhere"], b""),
            "/2": (302, ["Location: /3", "Set-Cookie: a=; Max-Age=0"], b""),
            "/3": moved(there),
        }
        assert get(server.url("/1"), tmp_path) == BODY
    assert server.received("Cookie") == [None, "a=1; b=2", "b=2"]
    assert other.received("Cookie") == [None]


@pytest.mark.parametrize("path", ["/busy", "/cut-once"])
def test_what_may_be_over_soon_is_tried_again(path, server, tmp_path, waits):
    assert get(server.url(path), tmp_path) == BODY
    assert server.asked == [path, path]
    assert waits == [1]


def test_retries_back_off_and_end(server, tmp_path, waits):
    message = fail(server.url("/down"), tmp_path)
    assert "could not be fetched in 3 tries (the last: 503" in message
    assert len(server.asked) == 3
    assert waits == [1, 2]


def test_no_wait_is_longer_than_max_wait(server, tmp_path, waits):
    assert "in 21 tries" in fail(server.url("/down"), tmp_path, retries=20, max_wait=10)
    assert waits == [1, 2, 4, 8, *[10] * 16]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7", 7),
        ("60", 60),
        ("Wed, 25 Nov 2020 06:59:49 GMT", 0),
        ("soon", 1),
        ("-3", 1),
        ("", 1),
        ("1.5", 1),
        ("9" * 5000, 1),
    ],
)
def test_retry_after_is_honoured(status, value, wait, server, tmp_path, waits):
    server.answers["/busy-for"] = [(status, [f"Retry-After: {value}"], b""), FOUND]
    assert get(server.url("/busy-for"), tmp_path) == BODY
    assert waits == [wait]


def test_retry_after_may_be_a_date(server, tmp_path, waits):
    start = datetime.now(UTC)
    date = format_datetime(start + timedelta(days=1), usegmt=True)
    server.answers["/busy-until"] = [(429, [f"Retry-After: {date}"], b""), FOUND]
    assert get(server.url("/busy-until"), tmp_path, max_wait=100_000) == BODY
    passed = (datetime.now(UTC) - start).total_seconds()
    assert 86_400 - passed - 1 <= waits[0] <= 86_400


@pytest.mark.parametrize("value", ["61", "Fri, 01 Jan 2100 00:00:00 GMT", "9" * 18])
def test_retry_after_has_its_limit(value, server, tmp_path, waits):
    server.answers["/busy-for"] = (503, [f"Retry-After: {value}"], b"")
    message = fail(server.url("/busy-for"), tmp_path)
    assert re.search(r"returned 503 .* asks for a wait of \d+ seconds, more than download.max_wait \(60\)", message)
    assert server.asked == ["/busy-for"]
    assert waits == []


def test_retry_after_means_nothing_elsewhere(server, tmp_path, waits):
    server.answers["/broken"] = [(500, ["Retry-After: 50"], b""), FOUND]
    assert get(server.url("/broken"), tmp_path) == BODY
    assert waits == [1]


def test_requests_say_who_asks(server, tmp_path):
    """Program, version and address are those that the project gives elsewhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    get(server.url("/redirect"), tmp_path)
    assert server.received("User-Agent") == [USER_AGENT] * 2
    assert f"{project['name']}/{project['version']} ({citation['repository-code']})" == USER_AGENT
    assert citation["version"] == project["version"]


@pytest.mark.parametrize(
    ("kind", "body", "quoted"),
    [
        (
            "text/plain",
            b"Please set a user-agent and respect our policy.\nMore.",
            "Please set a user-agent and respect our",
        ),
        (
            "text/html; charset=utf-8",
            "<html><head><title>403 Forbidden</title><style>p {color: red}</style></head><body><h1>Forbidden</h1>\n"
            "<p>Zugriff für <b>Programme</b> gesperrt.</p><p>Bye</p>".encode(),
            'automated downloads ("Zugriff für Programme gesperrt."); save the photo by hand',
        ),
        (
            "application/xml",
            b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
            '("Request has expired")',
        ),
        ("text/plain", b"x y " * 1000, "x y…"),
        (
            "text/html",
            b"<center><h1>403 Forbidden</h1></center><hr><center>nginx</center>",
            "rejects automated downloads; save",
        ),
        ("image/png", bytes(range(256)), "rejects automated downloads; save"),
        ("text/plain", b"\x1b[31mno\x00 way", '("[31mno way")'),
        ("text/html; charset=nonsense", b"no way", "rejects automated downloads; save"),
        ("text/plain", b"", "rejects automated downloads; save"),
    ],
)
def test_403_says_that_programs_are_turned_away(kind, body, quoted, server, tmp_path):
    server.answers["/no"] = (403, [f"Content-Type: {kind}"], body)
    message = fail(server.url("/no"), tmp_path)
    assert f"{server.url('/no')} returned 403 Forbidden: the server rejects automated downloads" in message
    assert quoted in message
    assert message.endswith("save the photo by hand and name the file as 'source'")
    assert len(message.splitlines()) == 1
    assert server.asked == ["/no"]


def secret_url(server, path):
    return f"http://alice:hunter2@127.0.0.1:{server.server_port}{path}{QUERY}"


@pytest.mark.parametrize(
    "path",
    ["/missing", "/down", "/truncated", "/stalls", "/endless", "/nonsense", "/empty", "/loop", "/to-file", "/no"],
)
def test_no_secret_is_in_a_message_or_a_log(path, server, tmp_path, caplog):
    caplog.set_level("DEBUG", "pipeline")
    server.answers |= {"/loop": moved(f"/loop{QUERY}"), "/to-file": moved(f"ftp://alice:hunter2@h/x{QUERY}")}
    server.answers["/no"] = (403, ["Content-Type: text/plain"], b"The token t0k3n of alice is not valid.")
    message = fail(secret_url(server, path), tmp_path, timeout=0.3, retries=1)
    assert [secret for secret in SECRETS if secret in message + caplog.text] == []
    assert f"http://…@127.0.0.1:{server.server_port}{path}?w=8&X-Amz-Signature=…&token=…" in message


@pytest.mark.parametrize("headers", [b"", b"no colon\r\n"])
def test_the_download_library_logs_no_secret(headers, server, tmp_path, caplog):
    caplog.set_level("INFO")
    server.answers["/odd"] = b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n" + BODY
    assert get(secret_url(server, "/odd"), tmp_path) == BODY
    assert [secret for secret in SECRETS if secret in caplog.text] == []


@pytest.mark.parametrize("host", ["...", "[::1", "nowhere.invalid", "127.0.0.1:99999"])
def test_no_secret_of_a_malformed_url_is_in_its_message(host, tmp_path):
    message = fail(f"http://alice:hunter2@{host}/p.jpg?sig=5ecre7", tmp_path, retries=0)
    assert [secret for secret in SECRETS if secret in message] == []
    assert f"http://…@{host}/p.jpg?sig=…" in message


def test_user_and_password_are_sent(server, tmp_path):
    assert get(secret_url(server, "/photo"), tmp_path) == BODY


def login(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.fixture
def netrc_file(tmp_path, monkeypatch):
    """A ~/.netrc in a folder of its own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("NETRC", raising=False)
    return home / ".netrc"


@pytest.mark.parametrize(
    ("entries", "user", "sent"),
    [
        ("default login alice password hunter2", "", None),
        ("machine elsewhere.example login alice password hunter2\ndefault login a password b", "", None),
        ("machine 127.0.0.1 login alice password hunter2", "", "alice:hunter2"),
        ("machine 127.0.0.1 login alice password hunter2\ndefault login a password b", "bob:s3cret@", "bob:s3cret"),
        ("machine 127.0.0.1 login alice password hunter2", "alice@", "alice:hunter2"),
        ("machine 127.0.0.1 login alice password hunter2", "bob@", "bob:"),
        ("default login a password b", "alice@", "alice:"),
        ("", "j%C3%BCrgen:%E2%82%AC@", "jürgen:€"),
        ("machine without sense hunter2", "", None),
    ],
)
def test_a_password_goes_only_to_the_host_it_is_for(entries, user, sent, netrc_file, server, tmp_path, caplog):
    netrc_file.write_text(entries)
    assert get(server.url("/redirect").replace("//", f"//{user}"), tmp_path) == BODY
    assert server.received("Authorization") == [sent and login(sent)] * 2
    assert "hunter2" not in caplog.text


def test_netrc_may_be_in_another_place_and_write_a_host_in_capitals(netrc_file, server, tmp_path, monkeypatch):
    netrc_file.with_name("passwords").write_text("machine LocalHost login alice password hunter2")
    monkeypatch.setenv("NETRC", "~/passwords")
    assert get(server.url("/photo").replace("127.0.0.1", "localhost"), tmp_path) == BODY
    assert server.received("Authorization") == [login("alice:hunter2")]


def test_a_password_that_is_refused_is_to_be_checked(server, tmp_path):
    server.answers["/no"] = (401, [], b"")
    assert "/no returned 401 Unauthorized; give the user and password in" in fail(server.url("/no"), tmp_path)
    url = server.url("/no").replace("//", "//alice:hunter2@")
    assert "/no returned 401 Unauthorized; check the user and password in the URL or in ~/.netrc, or" in fail(
        url, tmp_path
    )


def test_a_password_does_not_follow_a_redirect_to_another_host(netrc_file, server, tmp_path):
    netrc_file.write_text("machine 127.0.0.1 login alice password hunter2\ndefault login a password b")
    with serving(Server()) as other:
        server.answers["/away"] = moved(other.url("/photo").replace("127.0.0.1", "localhost"))
        assert get(server.url("/away"), tmp_path) == BODY
    assert server.received("Authorization") == [login("alice:hunter2")]
    assert other.received("Authorization") == [None]


@pytest.fixture
def asked_version(server, tmp_path):
    settings = {"timeout": 300, "retries": 0, "max_megabytes": 1, "max_wait": 0}
    (tmp_path / "raw").write_bytes(BODY)

    def ask(query, save=True):
        return version(server.url(f"/photo{query}"), tmp_path / "raw", tmp_path / "records/photo", settings, save)

    return ask


def test_a_fresh_signature_is_no_other_version_and_asks_nobody(server, asked_version):
    assert asked_version("") is None
    assert asked_version("?w=8&X-Amz-Signature=1&X-Amz-Date=2&Expires=3") is None
    assert server.asked == []


def test_a_fresh_token_is_another_version_only_if_the_bytes_differ(server, asked_version, tmp_path):
    first = asked_version("?token=1&sig=1")
    assert server.asked == [], "what there is to be fetched is fetched by the job"
    assert asked_version("?token=1&sig=1") == asked_version("?token=1&sig=2") == first
    assert server.asked == []
    assert asked_version("?token=2") == first
    assert server.asked == ["/photo?token=2"]
    assert asked_version("?token=2") == asked_version("?token=1&sig=1") == first
    assert server.asked == ["/photo?token=2"], "asked once"
    assert asked_version("?token=another", save=False) != first
    assert asked_version("?token=1&sig=1") == first, "a dry run leaves no trace"
    second = asked_version("?token=another")
    assert second != first
    (tmp_path / "raw").write_bytes(ANOTHER)
    assert asked_version("?token=another") == second
    record = (tmp_path / "records/photo").read_text()
    assert "another" not in record
    assert (tmp_path / "records/photo").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", ["", "0123456789abcdef\nab12", "0123", "\xff\0", "word " * 9, None])
def test_a_record_that_is_not_whole_is_none(asked_version, server, tmp_path, left):
    """As a kill or a full disk may have left it."""
    record = tmp_path / "records/photo"
    first = asked_version("?token=1")
    record.unlink()
    if left is None:
        record.mkdir()
    else:
        record.write_text(left, "latin-1")
    second = asked_version("?token=1")
    assert re.fullmatch("[0-9a-f]{16}", second)
    assert second != first
    if left is not None:
        assert asked_version("?token=1") == second
    assert server.asked == []


def test_a_record_outlives_a_full_disk(asked_version, tmp_path):
    first = asked_version("?token=1")
    before = (tmp_path / "records/photo").read_bytes()
    with no_room(10):
        assert asked_version("?token=2") != first
    assert asked_version("?token=1") == first
    assert (tmp_path / "records/photo").read_bytes() == before
    assert os.listdir(tmp_path / "records") == ["photo"]


def test_a_token_that_is_refused_is_left_to_the_job(server, asked_version):
    first = asked_version("?token=1&sig=1")
    server.answers["/photo?token=2"] = (403, [], b"no")
    assert asked_version("?token=2") != first


def test_no_packing_is_asked_for_that_would_hide_a_missing_end(server, tmp_path):
    get(server.url("/redirect"), tmp_path)
    assert server.received("Accept-Encoding") == ["identity", "identity"]


def test_truncated_body_is_never_kept(server, tmp_path):
    message = fail(server.url("/truncated"), tmp_path)
    assert "could not be fetched in 3 tries (the last: a broken connection)" in message


def test_stalled_server_is_given_up(server, tmp_path):
    message = fail(server.url("/stalls"), tmp_path, timeout=0.2, retries=0)
    assert "could not be fetched in 1 try (the last: no answer for 0.2 seconds)" in message


def test_unreachable_server(tmp_path):
    message = fail("http://127.0.0.1:9/photo", tmp_path, retries=0)
    assert "could not be fetched in 1 try (the last: Connection refused); try again later" in message


def test_a_name_without_an_address_is_named(server, tmp_path):
    server.answers["/lost"] = moved("http://nowhere.invalid/photo")
    for url in ("http://nowhere.invalid/photo", server.url("/lost")):
        message = fail(url, tmp_path, retries=0)
        assert f"{url} could not be fetched in 1 try (the last: no address is known for nowhere.invalid: " in message
        assert "; check its spelling and this machine's network" in message


def test_a_network_that_is_not_there_is_named(tmp_path, monkeypatch):
    def unreachable(*_arguments, **_options):
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    monkeypatch.setattr("urllib3.util.connection.create_connection", unreachable)
    message = fail("http://[2001:db8::1]/photo", tmp_path, retries=0)
    assert message.endswith("(the last: Network is unreachable); check this machine's network")


def test_a_server_without_encryption_is_named(server, tmp_path):
    message = fail(server.url("/photo").replace("http:", "https:"), tmp_path, retries=0)
    assert message.endswith("(the last: an answer that is not encrypted); use http:// if the server has no https://")


@pytest.mark.parametrize(
    ("variable", "proxy", "shown"),
    [
        ("HTTP_PROXY", "socks5://127.0.0.1:9", "socks5://127.0.0.1:9"),
        ("all_proxy", "socks5h://alice:hunter2@127.0.0.1:9", "socks5h://…@127.0.0.1:9"),
        ("ALL_PROXY", "ftp://127.0.0.1:9", "ftp://127.0.0.1:9"),
        ("http_proxy", "http://", "http://"),
        ("http_proxy", "http://:8080", "http://:8080"),
        ("HTTP_PROXY", "127.0.0.1:port", "http://127.0.0.1:port"),
        ("HTTP_PROXY", "alice:hunter2@[::1", "http://…@[::1"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named(variable, proxy, shown, server, through, tmp_path, monkeypatch):
    # As where PySocks is not installed.
    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", no_socks)
    through(**{variable: proxy})
    message = fail(server.url("/photo"), tmp_path)
    assert f"can't be fetched through the proxy {shown} ({variable}), which can't be used" in message
    assert message.endswith(f"; correct or unset {variable}")
    assert ("without the package PySocks" in message) == ("socks" in proxy)
    assert server.asked == []
    through(**{variable: proxy, "NO_PROXY": "localhost,127.0.0.1"})
    assert get(server.url("/photo"), tmp_path) == BODY


def no_socks(*_arguments, **_options):
    raise InvalidSchema("Missing dependencies for SOCKS support.")


def test_a_proxy_that_is_not_there_is_named(through, tmp_path):
    through(HTTP_PROXY="http://alice:hunter2@127.0.0.1:9", https_proxy="127.0.0.1:9")
    refused = "could not be fetched in 1 try (the last: Connection refused through the proxy "
    message = fail("http://example.org/photo", tmp_path, retries=0)
    assert f"{refused}http://…@127.0.0.1:9 (HTTP_PROXY)); correct HTTP_PROXY, or try again later" in message
    message = fail("https://example.org/photo", tmp_path, retries=0)
    assert f"{refused}http://127.0.0.1:9 (https_proxy)); correct https_proxy" in message


def test_a_proxys_own_refusal_is_named(server, through, tmp_path):
    """The server stands for a proxy, which is asked for whole URLs and knows no tunnels."""
    through(HTTP_PROXY=server.url(""), HTTPS_PROXY=server.url(""))
    server.answers["http://example.org/photo"] = (407, ["Proxy-Authenticate: Basic"], b"")
    proxy = f"through the proxy {server.url('')}"
    message = fail("http://example.org/photo", tmp_path)
    assert (
        f"photo returned 407 Proxy Authentication Required {proxy} (HTTP_PROXY); give the proxy's user and" in message
    )
    message = fail("https://example.org/photo", tmp_path, retries=0)
    assert f"(the last: 501 Unsupported method {proxy} (HTTPS_PROXY)); correct HTTPS_PROXY" in message
    assert get("http://example.org/other", tmp_path) == BODY


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "nonsense", "gzip", "deflate"])
def test_a_packed_file_that_cannot_be_unpacked_is_named(coding, server, tmp_path):
    server.answers["/packed"] = (200, [f"Content-Encoding: {coding}"], bytes(range(255, 0, -1)))
    message = fail(server.url("/packed"), tmp_path)
    assert (
        f"{server.url('/packed')} is sent with the Content-Encoding '{coding}', which can't be undone; save" in message
    )
    assert server.asked == ["/packed"], "more of the same can't help"


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
        ("aws-chunked", bytes),
        ("utf-8", bytes),
        ("", bytes),
    ],
)
def test_a_file_that_can_be_unpacked_or_was_never_packed_is_taken(coding, pack, server, tmp_path):
    photo = bundled_path("skimage:coffee").read_bytes()
    server.answers["/packed"] = (200, [f"Content-Encoding: {coding}"], pack(photo))
    assert get(server.url("/packed"), tmp_path) == photo


@pytest.mark.parametrize(
    ("kind", "body", "what", "quoted"),
    [
        ("application/json", b'{"error": "no such size"}', "text", '("{"error": "no such size"}")'),
        ("application/json", b'{\n  "code": 7,\n  "why": "gone"\n}\n', "text", '("{ "code": 7, "why": "gone" }")'),
        ("image/jpeg", b"Rate limit exceeded\nSlow down", "text", '("Rate limit exceeded")'),
        ("text/html", b"<!DOCTYPE html><title>Hotel WiFi</title><p>Sign in", "a web page", '("Hotel WiFi")'),
        ("text/html", b"<!-- <svg> --><html><body><svg></svg>Please sign in", "a web page", '("Please sign in")'),
        ("text/html; charset=latin-1", "<html>Zugriff für Gäste".encode("latin-1"), "a web page", "für Gäste"),
        ("application/xml", b"<?xml version='1.0'?><Error><Code>No</Code>", "text", '("No")'),
        ("text/plain", b"The token t0k3n of alice", "text", '("The token … of …")'),
        ("application/json", '{\n  "why": "gone"\n}'.encode("utf-8-sig"), "text", '("{ "why": "gone" }")'),
        ("application/json; charset=utf-16", '{"why": "gone"}'.encode("utf-16"), "text", '("{"why": "gone"}")'),
        ("image/jpeg", "Zugriff für Gäste".encode("utf-16"), "text", '("Zugriff für Gäste")'),
    ],
)
def test_an_error_that_comes_as_if_it_were_the_photo_is_quoted(kind, body, what, quoted, server, tmp_path):
    server.answers["/said"] = (200, [f"Content-Type: {kind}"], body)
    message = fail(secret_url(server, "/said"), tmp_path)
    assert f"/said?w=8&X-Amz-Signature=…&token=… leads to {what} instead of a photo" in message
    assert quoted in message
    assert len(message.splitlines()) == 1


def test_a_networks_login_page_is_named_with_its_address(server, tmp_path):
    server.answers["/photo.jpg"] = moved(server.url("/portal").replace("127.0.0.1", "localhost"))
    server.answers["/portal"] = (200, [], b"<html><h1>Welcome to the Grand Hotel</h1>")
    message = fail(server.url("/photo.jpg"), tmp_path)
    assert f"leads to a web page at http://localhost:{server.server_port}/portal instead of a photo" in message
    assert '("Welcome to the Grand Hotel")' in message


@pytest.mark.parametrize(
    "body",
    [
        b"P3\n1 1\n255\n1 2 3\n",
        b"P3# one pixel\n1 1\n255\n1 2 3\n",
        b"<?xml version='1.0'?><svg><title>A drawing</title></svg>",
        b"%!PS-Adobe-3.0",
        b"version https://git-lfs.github.com/spec/v1\n",
        *(bundled_path(f"skimage:{name}").read_bytes() for name in ("coffee", "rocket", "no_time_for_that_tiny")),
    ],
)
def test_what_is_a_file_of_its_own_is_left_to_the_next_step(body, server, tmp_path):
    server.answers["/file"] = (200, ["Content-Type: text/html"], body)
    assert get(server.url("/file"), tmp_path) == body


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (204, [], "204 No Content instead of the whole photo"),
        (205, [], "205 Reset Content instead of the whole photo"),
        (202, [], "202 Accepted instead of the whole photo"),
        (206, ["Content-Range: bytes 0-9/256000"], "206 Partial Content instead of the whole photo"),
        (206, [], "206 Partial Content instead of the whole photo"),
        (300, [], "300 Multiple Choices without saying where the photo is"),
        (302, [], "302 Found without saying where the photo is"),
        (304, [], "304 Not Modified without saying where the photo is"),
        (401, [], "401 Unauthorized; give the user and password in the URL or in ~/.netrc"),
        (404, [], "404 Not Found; open the URL in a browser"),
        (410, [], "410 Gone; open the URL in a browser"),
        (511, [], "511 Network Authentication Required; sign in to this network with a browser"),
    ],
)
def test_an_answer_without_the_photo_is_final(status, headers, said, server, tmp_path):
    server.answers["/answer"] = (status, headers, b"" if status in (204, 304) else BODY)
    assert f"{server.url('/answer')} returned {said}" in fail(server.url("/answer"), tmp_path)
    assert server.asked == ["/answer"]


@pytest.mark.parametrize(
    ("status", "headers"), [(203, []), (206, [f"Content-Range: bytes 0-{len(BODY) - 1}/{len(BODY)}"])]
)
def test_an_answer_with_all_of_the_photo_is_taken(status, headers, server, tmp_path):
    server.answers["/answer"] = (status, headers, BODY)
    assert get(server.url("/answer"), tmp_path) == BODY


def test_empty_body_is_refused(server, tmp_path):
    assert "is empty (0 bytes)" in fail(server.url("/empty"), tmp_path)
    server.answers["/packed"] = (200, ["Content-Encoding: br"], b"")
    assert "is empty (0 bytes)" in fail(server.url("/packed"), tmp_path)


def test_right_checksum_is_accepted(server, tmp_path):
    assert get(server.url("/photo"), tmp_path, sha256=hashlib.sha256(BODY).hexdigest()) == BODY


def test_wrong_checksum_prints_both(server, tmp_path):
    message = fail(server.url("/photo"), tmp_path, sha256="0" * 64)
    assert "0" * 64 in message
    assert hashlib.sha256(BODY).hexdigest() in message


def test_failure_leaves_an_earlier_file_alone(server, tmp_path):
    (tmp_path / "photo").write_bytes(b"earlier")
    with pytest.raises(JobError):
        fetch(server.url("/missing"), tmp_path / "photo", None, 5, 0, 1, 60)
    assert (tmp_path / "photo").read_bytes() == b"earlier"


def test_local_file(tmp_path):
    source = tmp_path / "a photo.jpg"
    source.write_bytes(BODY)
    assert get(str(source), tmp_path) == BODY


def test_missing_local_file(tmp_path):
    message = fail("nowhere.jpg", tmp_path)
    assert message == f"there is no file nowhere.jpg (in {Path.cwd()}); correct 'source'"


@pytest.mark.parametrize("path", ["/endless", "/huge", "/unzips"])
def test_download_stops_at_its_limit(path, server, tmp_path):
    url = server.url(path)
    assert fail(url, tmp_path) == f"{url} is larger than 1 MB; raise download.max_megabytes if you trust it"
    assert server.asked == [path], "more of the same can't help"


def test_download_just_below_its_limit_passes(server, tmp_path):
    assert get(server.url("/photo"), tmp_path, max_megabytes=len(BODY) / 1e6) == BODY
    shutil.rmtree(tmp_path / "raw")
    assert "is larger than" in fail(server.url("/photo"), tmp_path, max_megabytes=(len(BODY) - 1) / 1e6)


def test_a_content_length_that_is_not_a_number_is_refused(server, tmp_path):
    assert "declares a length of 'a lot'; open the URL" in fail(server.url("/nonsense"), tmp_path)


def test_a_content_length_given_twice_counts_once(server, tmp_path):
    server.answers["/twice"] = (200, [f"Content-Length: {len(BODY)}"], BODY)
    assert get(server.url("/twice"), tmp_path) == BODY


@pytest.mark.parametrize("length", ["5", "99999999999", "a lot"])
def test_a_content_length_does_not_count_beside_chunks(length, server, tmp_path):
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n"
    server.answers["/both"] = head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    assert get(server.url("/both"), tmp_path) == BODY


def test_what_is_not_http_is_named(server, tmp_path):
    server.answers["/ssh"] = b"SSH-2.0-OpenSSH_9.6\r\n"
    assert "(the last: an answer that is not HTTP); check whether it should be https://, and the port" in fail(
        server.url("/ssh"), tmp_path
    )


def test_control_characters_and_floods_of_a_server_are_not_printed(server, tmp_path):
    server.answers["/odd"] = (
        b"HTTP/1.1 404 No\x1b[31m \x07such\x00 " + b"word " * 1000 + b"\r\nContent-Length: 0\r\n\r\n"
    )
    message = fail(server.url("/odd"), tmp_path)
    assert "returned 404 No[31m such word word" in message
    assert message.isprintable()
    assert len(message) < 400


def test_body_of_a_redirect_is_not_read(server, tmp_path):
    assert get(server.url("/endless-redirect"), tmp_path) == BODY


def test_redirect_loop_ends(server, tmp_path):
    assert "redirects endlessly; open the URL in a browser" in fail(server.url("/loop"), tmp_path)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/photo"])
def test_redirect_out_of_the_web_is_refused(target, server, tmp_path):
    server.answers["/away"] = moved(target)
    assert f"to {target}, which is not safe; correct 'source'" in fail(server.url("/away"), tmp_path)


def test_untrusted_certificate_is_refused(secure, tmp_path):
    message = fail(secure.url("/photo"), tmp_path)
    assert f"{secure.url('/photo')} has a certificate that can't be trusted (self-signed certificate)" in message
    assert secure.asked == []


def test_trusted_certificate_is_accepted(secure, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert get(secure.url("/photo"), tmp_path) == BODY


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [("2001", "2002", "certificate has expired"), ("2098", "2099", "certificate is not yet valid")],
)
def test_a_certificate_of_another_time_points_to_the_clock(start, end, reason, certificate, tmp_path, monkeypatch):
    dated, options = tmp_path / "dated.pem", tmp_path / "options"
    options.write_text(
        f"[ca]\ndefault_ca=x\n[x]\ndatabase={tmp_path}/index\nserial={tmp_path}/serial\nnew_certs_dir={tmp_path}\n"
        "default_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n"
    )
    (tmp_path / "index").touch()
    (tmp_path / "serial").write_text("01")
    key = certificate.with_suffix(".key")
    asked, dates = tmp_path / "request", f"-startdate {start}0101000000Z -enddate {end}0101000000Z"
    for command in (
        f"openssl req -new -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -key {key} -out {asked}",
        f"openssl ca -batch -selfsign -notext {dates} -keyfile {key} -config {options} -in {asked} -out {dated}",
    ):
        subprocess.run(command.split(), check=True, capture_output=True)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(dated))
    dated.write_bytes(dated.read_bytes() + key.read_bytes())
    with speaking_https(dated) as server:
        message = fail(server.url("/photo"), tmp_path)
    assert f"has a certificate that can't be trusted ({reason}; this machine's clock says 20" in message
    assert "); set the clock if it is wrong, or save the file by hand" in message


@pytest.mark.parametrize("content", [None, b"nonsense", b""])
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_cannot_be_read_are_named(variable, content, secure, tmp_path, monkeypatch):
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, str(bundle))
    message = fail(secure.url("/photo"), tmp_path)
    assert f"{variable} names {bundle}, which holds no certificates; correct or unset it" in message
    assert secure.asked == []


def test_redirect_from_https_to_http_is_refused(secure, server, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secure.answers["/to-http"] = moved(server.url("/photo"))
    assert "which is not safe" in fail(secure.url("/to-http"), tmp_path)
    assert server.asked == []


def test_redirect_from_http_to_https_is_followed(secure, server, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server.answers["/to-https"] = moved(secure.url("/photo"))
    assert get(server.url("/to-https"), tmp_path) == BODY


def test_link_in_the_way_is_replaced_not_followed(server, tmp_path):
    outside, raw = tmp_path / "outside", tmp_path / "raw"
    outside.write_bytes(b"precious")
    raw.mkdir()
    (raw / "photo").symlink_to(outside)
    assert get(server.url("/photo"), tmp_path) == BODY
    assert outside.read_bytes() == b"precious"


@pytest.mark.parametrize("url", ["http://[::1", "http://.../", f"http://{'a' * 300}.example/"])
def test_malformed_url(url, tmp_path):
    assert "can't be fetched" in fail(url, tmp_path)


@pytest.mark.parametrize(
    "name",
    ["with space", "quo'te\"", "ünï €", "new\nline", "-rf", "{braces}", "$(id)`id`", "*?[a]", "a<b>", "~", "#%20"],
)
def test_local_file_of_any_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(BODY)
    assert get(name, tmp_path) == BODY
    assert get(f"raw/../{name}", tmp_path) == BODY


def test_an_unprintable_name_is_escaped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fail("new\nline", tmp_path).startswith('there is no file "new\\nline" (in ')


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "photos is a directory; name a file in it"),
        (
            lambda path: path.symlink_to(path.name),
            "photos is a symbolic link that points to itself; name the file it should point to",
        ),
        (os.mkfifo, "photos is a device or a pipe; name a regular file"),
        (Path.touch, "photos is empty (0 bytes); check 'source'"),
    ],
)
def test_things_that_are_not_files(make, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(Path("photos"))
    assert fail("photos", tmp_path) == message


def test_name_of_300_characters(tmp_path):
    assert fail("x" * 300, tmp_path) == f"the name {'x' * 300} is too long (300 bytes); rename the file"


def test_unreadable_file(tmp_path, monkeypatch):
    """Root may read everything, so permission is asked for, and denied, as it would be to anybody else."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(BODY)
    with monkeypatch.context() as denied:
        denied.setattr(os, "access", lambda path, mode: Path(path) != source)
        message = fail(str(source), tmp_path)
    assert message == f"{source} can't be read: permission denied; make it readable (chmod +r)"

    def deny(path, _part):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(shutil, "copyfile", deny)
    assert fail(str(source), tmp_path) == f"{source} can't be read: Permission denied; correct 'source'"


def test_bundled_photo(tmp_path):
    assert get("skimage:coffee", tmp_path) == Path(bundled_path("skimage:coffee")).read_bytes()


def test_an_unknown_bundled_photo_lists_the_known_ones(tmp_path):
    assert "no photo named 'tea'; it has astronaut," in fail("skimage:tea", tmp_path)


@pytest.mark.parametrize("name", ["eagle", "lily", "human_mitosis", "cells3d", "kidney", "skin"])
def test_a_photo_that_scikit_image_would_fetch_is_refused(name, tmp_path):
    assert f"scikit-image ships no photo named '{name}'; it has astronaut," in fail(f"skimage:{name}", tmp_path)


def test_a_scikit_image_without_photos_says_so(tmp_path, monkeypatch):
    place = SimpleNamespace(submodule_search_locations=[str(tmp_path / "skimage")])
    monkeypatch.setattr("photopalette.photo.fetch.importlib.util.find_spec", lambda _name: place)
    message = fail("skimage:coffee", tmp_path)
    assert message == "scikit-image ships no photo named 'coffee'; it has none in this installation"

"""Sources arrive byte for byte, whole or not at all; faults are named, and retried only if that can help."""

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
import zipfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from _fetch import USER_AGENT, bundled_path, fetch, version
from _job import JobError
from download import main
from project import listening, no_room

BODY = bytes(range(256)) * 1000


# Of a URL with secrets; the server answers as without.
SECRETS = ("alice", "hunter2", "5ecre7", "t0k3n")
QUERY = "?w=8&X-Amz-Signature=5ecre7&token=t0k3n"


class Server(http.server.ThreadingHTTPServer):
    """Answers each path in its own way and remembers what was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.agents: list[str] = []
        self.refusals: dict[str, tuple[str, bytes]] = {}
        self.waits: dict[str, tuple[int, str]] = {}
        self.scheme = "http"
        self.elsewhere = {"/to-file": "file:///etc/passwd", "/to-ftp": "ftp://127.0.0.1/photo", "/loop": "/loop"}

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.server_port}{path}"

    def handle_error(self, request, client_address):
        """A client that hangs up is what the tests are about."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.path = self.path.removesuffix(QUERY)
        self.server.asked.append(self.path)
        self.server.agents.append(self.headers["User-Agent"])
        count = self.server.asked.count(self.path)
        if self.path == "/redirect":
            self.redirect("/photo")
        elif self.path in self.server.elsewhere:
            self.redirect(self.server.elsewhere[self.path])
        elif self.path in ("/endless", "/endless-redirect"):
            self.send_response(200 if self.path == "/endless" else 302)
            self.send_header("Location", "/photo")
            self.end_headers()
            while not self.server.released.is_set():
                self.wfile.write(BODY)
        elif self.path == "/huge":
            self.reply(BODY, 3_000_000)
        elif self.path == "/nonsense":
            self.reply(BODY, "a lot")
        elif self.path == "/unzips":
            body = gzip.compress(bytes(30_000_000))
            self.reply(body, len(body), "Content-Encoding: gzip")
        elif self.path in self.server.refusals:
            kind, body = self.server.refusals[self.path]
            self.reply(body, len(body), f"Content-Type: {kind}", status=403)
        elif self.path in self.server.waits:
            status, value = self.server.waits[self.path]
            self.send_response(status if count == 1 else 200)
            self.send_header("Retry-After", value)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)
        elif self.path.startswith("/photo?token=another"):
            self.reply(b"another", 7)
        elif self.path == "/missing":
            self.send_error(404)
        elif self.path == "/down" or (self.path == "/busy" and count == 1):
            self.send_error(503)
        elif self.path == "/empty":
            self.reply(b"", 0)
        elif self.path == "/truncated" or (self.path == "/cut-once" and count == 1):
            self.reply(BODY[:1000], len(BODY))
        elif self.path == "/stalls":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.server.released.wait(20)
        else:
            self.reply(BODY, len(BODY))

    def redirect(self, location):
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def reply(self, body, length, *headers, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for header in headers:
            self.send_header(*header.split(": "))
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


@pytest.fixture
def server():
    with serving(Server()) as server:
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


@pytest.fixture
def secure(certificate):
    """A server that speaks HTTPS."""
    server = Server()
    server.scheme = "https"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The waits between tries, not waited for."""
    waits = []
    monkeypatch.setattr("_fetch.time.sleep", waits.append)
    return waits


def get(source, folder, sha256=None, timeout=5, retries=2, max_megabytes=1, max_wait=60):
    fetch(source, folder / "photo", sha256, timeout, retries, max_megabytes, max_wait)
    assert [path.name for path in folder.iterdir()] == ["photo"]
    return (folder / "photo").read_bytes()


def fail(source, folder, **options):
    with pytest.raises(JobError) as error:
        get(source, folder, **options)
    assert list(folder.iterdir()) == [], "a failed download leaves nothing behind"
    return str(error.value)


def test_url_arrives_verbatim(server, tmp_path):
    assert get(server.url("/photo"), tmp_path) == BODY


def test_redirect_is_followed(server, tmp_path):
    assert get(server.url("/redirect"), tmp_path) == BODY
    assert server.asked == ["/redirect", "/photo"]


def test_404_is_final(server, tmp_path):
    assert "returned 404 Not Found; open the URL" in fail(server.url("/missing"), tmp_path)
    assert server.asked == ["/missing"]


def test_503_is_tried_again(server, tmp_path, waits):
    assert get(server.url("/busy"), tmp_path) == BODY
    assert server.asked == ["/busy", "/busy"]
    assert waits == [1]


def test_retries_back_off_and_end(server, tmp_path, waits):
    message = fail(server.url("/down"), tmp_path)
    assert "could not be fetched in 3 tries (the last: 503" in message
    assert len(server.asked) == 3
    assert waits == [1, 2]


def in_seconds(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


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
    server.waits["/busy-for"] = (status, value)
    assert get(server.url("/busy-for"), tmp_path) == BODY
    assert waits == [wait]


def test_retry_after_may_be_a_date(server, tmp_path, waits):
    server.waits["/busy-until"] = (429, in_seconds(40))
    assert get(server.url("/busy-until"), tmp_path) == BODY
    assert 30 <= waits[0] <= 41


@pytest.mark.parametrize("value", ["61", "Fri, 01 Jan 2100 00:00:00 GMT", "9" * 18])
def test_retry_after_has_its_limit(value, server, tmp_path, waits):
    server.waits["/busy-for"] = (503, value)
    message = fail(server.url("/busy-for"), tmp_path)
    assert re.search(r"returned 503 .* asks for a wait of \d+ seconds, more than download.max_wait \(60\)", message)
    assert server.asked == ["/busy-for"]
    assert waits == []


def test_retry_after_means_nothing_elsewhere(server, tmp_path, waits):
    server.waits["/broken"] = (500, "50")
    assert get(server.url("/broken"), tmp_path) == BODY
    assert waits == [1]


def test_requests_say_who_asks(server, tmp_path):
    """Program, version and address are those that the project gives elsewhere."""
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    get(server.url("/redirect"), tmp_path)
    assert server.agents == [USER_AGENT] * 2
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
    server.refusals["/no"] = (kind, body)
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
    server.elsewhere |= {"/loop": f"/loop{QUERY}", "/to-file": f"ftp://alice:hunter2@h/x{QUERY}"}
    server.refusals["/no"] = ("text/plain", b"The token t0k3n of alice is not valid.")
    message = fail(secret_url(server, path), tmp_path, timeout=0.3, retries=1)
    assert [secret for secret in SECRETS if secret in message + caplog.text] == []
    assert f"http://…@127.0.0.1:{server.server_port}{path}?w=8&X-Amz-Signature=…&token=…" in message


def test_the_download_library_logs_no_url(server, tmp_path, monkeypatch, caplog):
    import pooch

    monkeypatch.setattr(pooch.get_logger(), "handlers", [caplog.handler])
    assert get(secret_url(server, "/photo"), tmp_path) == BODY
    assert [record for record in caplog.records if record.name == "pooch"] == []


@pytest.mark.parametrize("host", ["...", "[::1", "nowhere.invalid", "127.0.0.1:99999"])
def test_no_secret_of_a_malformed_url_is_in_its_message(host, tmp_path):
    message = fail(f"http://alice:hunter2@{host}/p.jpg?sig=5ecre7", tmp_path, retries=0)
    assert [secret for secret in SECRETS if secret in message] == []
    assert f"http://…@{host}/p.jpg?sig=…" in message


def test_user_and_password_are_sent(server, tmp_path):
    assert get(secret_url(server, "/photo"), tmp_path) == BODY


@pytest.fixture
def asked_version(server, tmp_path):
    settings = {"timeout": 5, "retries": 0, "max_megabytes": 1, "max_wait": 0}
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
    (tmp_path / "raw").write_bytes(b"another")
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
    server.refusals["/photo?token=2"] = ("text/plain", b"no")
    assert asked_version("?token=2") != first


def test_truncated_body_is_tried_again(server, tmp_path):
    assert get(server.url("/cut-once"), tmp_path) == BODY


def test_truncated_body_is_never_kept(server, tmp_path):
    message = fail(server.url("/truncated"), tmp_path)
    assert "could not be fetched in 3 tries (the last: a broken connection)" in message


def test_stalled_server_is_given_up(server, tmp_path):
    message = fail(server.url("/stalls"), tmp_path, timeout=0.2, retries=0)
    assert "could not be fetched in 1 try (the last: no answer for 0.2 seconds)" in message


def test_unreachable_server(tmp_path):
    message = fail("http://127.0.0.1:9/photo", tmp_path, retries=0)
    assert "could not be fetched in 1 try (the last: Connection refused); try again later" in message


def test_empty_body_is_refused(server, tmp_path):
    assert "is empty (0 bytes)" in fail(server.url("/empty"), tmp_path)


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
    (tmp_path / "raw").mkdir()
    assert get(str(source), tmp_path / "raw") == BODY


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
    (tmp_path / "photo").unlink()
    assert "is larger than" in fail(server.url("/photo"), tmp_path, max_megabytes=(len(BODY) - 1) / 1e6)


def test_a_content_length_that_is_not_a_number_is_refused(server, tmp_path):
    assert "declares a length of 'a lot'; open the URL" in fail(server.url("/nonsense"), tmp_path)


def test_body_of_a_redirect_is_not_read(server, tmp_path):
    assert get(server.url("/endless-redirect"), tmp_path) == BODY


def test_redirect_loop_ends(server, tmp_path):
    assert "redirects endlessly; open the URL in a browser" in fail(server.url("/loop"), tmp_path)


@pytest.mark.parametrize("path", ["/to-file", "/to-ftp"])
def test_redirect_out_of_the_web_is_refused(path, server, tmp_path):
    message = fail(server.url(path), tmp_path)
    assert f"to {server.elsewhere[path]}, which is not safe; correct 'source'" in message


def test_untrusted_certificate_is_refused(secure, tmp_path):
    message = fail(secure.url("/photo"), tmp_path)
    assert f"{secure.url('/photo')} has a certificate that can't be trusted (self-signed certificate)" in message
    assert secure.asked == []


def test_trusted_certificate_is_accepted(secure, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert get(secure.url("/photo"), tmp_path) == BODY


def test_redirect_from_https_to_http_is_refused(secure, server, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    secure.elsewhere["/to-http"] = server.url("/photo")
    assert "which is not safe" in fail(secure.url("/to-http"), tmp_path)
    assert server.asked == []


def test_redirect_from_http_to_https_is_followed(secure, server, certificate, tmp_path, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    server.elsewhere["/to-https"] = secure.url("/photo")
    assert get(server.url("/to-https"), tmp_path) == BODY


def test_link_in_the_way_is_replaced_not_followed(server, tmp_path):
    outside, raw = tmp_path / "outside", tmp_path / "raw"
    outside.write_bytes(b"precious")
    raw.mkdir()
    (raw / "photo").symlink_to(outside)
    assert get(server.url("/photo"), raw) == BODY
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
    Path("raw").mkdir()
    assert get(name, Path("raw")) == BODY
    assert get(f"raw/../{name}", Path("raw")) == BODY


def test_an_unprintable_name_is_escaped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fail("new\nline", tmp_path).startswith('there is no file "new\\nline" (in ')


def make_loop(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "photos is a directory; name a file in it"),
        (make_loop, "photos is a symbolic link that points to itself; name the file it should point to"),
        (os.mkfifo, "photos is a device or a pipe; name a regular file"),
        (Path.touch, "photos is empty (0 bytes); check 'source'"),
    ],
)
def test_things_that_are_not_files(make, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make(Path("photos"))
    Path("raw").mkdir()
    assert fail("photos", Path("raw")) == message


def test_name_of_300_characters(tmp_path):
    assert fail("x" * 300, tmp_path) == f"the name {'x' * 300} is too long (300 bytes); rename the file"


def test_unreadable_file(tmp_path, monkeypatch):
    """Root may read everything, so permission is asked for, and denied, as it would be to anybody else."""
    source = tmp_path / "photo.jpg"
    source.write_bytes(BODY)
    (tmp_path / "raw").mkdir()
    with monkeypatch.context() as denied:
        denied.setattr(os, "access", lambda path, mode: Path(path) != source)
        message = fail(str(source), tmp_path / "raw")
    assert message == f"{source} can't be read: permission denied; make it readable (chmod +r)"

    def deny(path, _part):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(shutil, "copyfile", deny)
    assert fail(str(source), tmp_path / "raw") == f"{source} can't be read: Permission denied; correct 'source'"


OPTIONS = {"timeout": 5, "retries": 0, "max_megabytes": 1, "max_wait": 1}


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job's parts, where nothing is at its source's path: Snakemake has put all elsewhere."""
    monkeypatch.chdir(tmp_path)
    for name in ("put", "logs", "raw"):
        Path(name).mkdir()
    return SimpleNamespace(
        wildcards=SimpleNamespace(image="photo"),
        input=SimpleNamespace(photos=[]),
        output=["raw/photo"],
        log=["logs/photo.log"],
        resources=SimpleNamespace(attempt=1),
        params=SimpleNamespace(source="a.jpg", photos=None, sha256=None, download=OPTIONS),
        config={"images": {"photo": {"source": "a.jpg"}}},
    )


def test_a_source_is_read_where_snakemake_has_put_it(job):
    Path("put/a").write_bytes(BODY)
    job.input.photos = ["put/a"]
    main(job)
    assert Path("raw/photo").read_bytes() == BODY
    job.params.sha256 = "0" * 64
    with pytest.raises(JobError, match=f"(?s)image 'photo': .*{hashlib.sha256(BODY).hexdigest()}"):
        main(job)


def test_a_url_comes_from_the_configuration(job, server):
    """Params are without its secrets."""
    job.params.source = "https://127.0.0.1/hidden"
    job.config["images"]["photo"]["source"] = server.url("/photo")
    main(job)
    assert Path("raw/photo").read_bytes() == BODY


def test_a_fault_is_final_only_within_its_run(job):
    with pytest.raises(JobError, match=r"image 'photo': there is no file a\.jpg") as first:
        main(job)
    Path("a.jpg").write_bytes(BODY)
    job.resources.attempt = 2
    with pytest.raises(JobError) as second:
        main(job)
    assert str(second.value) == str(first.value)
    Path("logs/photo.fault").write_text("")  # as a full disk left it
    main(job)
    job.resources.attempt = 1
    main(job)
    assert Path("raw/photo").read_bytes() == BODY
    assert not list(Path("logs").iterdir())
    job.resources.attempt = 2
    main(job)


@pytest.mark.parametrize("put", [True, False])
def test_photos_of_a_set_are_one_file_that_depends_on_their_bytes_alone(job, put):
    for name in ("a.jpg", "b.jpg"):
        Path("put" if put else ".", name).write_text(f"bytes of {name}")
    job.params.photos = {"second": "b.jpg", "coffee": "skimage:coffee", "first": "a.jpg"}
    job.input.photos = ["put/b.jpg", "put/a.jpg"] if put else []
    main(job)
    with zipfile.ZipFile("raw/photo") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "second": b"bytes of b.jpg",
            "coffee": bundled_path("skimage:coffee").read_bytes(),
            "first": b"bytes of a.jpg",
        }
        assert {(entry.date_time, entry.compress_type) for entry in archive.infolist()} == {((1980, 1, 1, 0, 0, 0), 0)}
    assert [path.name for path in Path("raw").iterdir()] == ["photo"]


def test_a_broken_photo_of_a_set_leaves_nothing(job):
    job.params.photos = {"first": "a.jpg"}
    with pytest.raises(JobError, match=r"image 'photo': there is no file a\.jpg"):
        main(job)
    assert not list(Path("raw").iterdir())


def test_bundled_photo(tmp_path):
    assert get("skimage:coffee", tmp_path) == Path(bundled_path("skimage:coffee")).read_bytes()


def test_an_unknown_bundled_photo_lists_the_known_ones(tmp_path):
    assert "no photo named 'tea'; it has astronaut," in fail("skimage:tea", tmp_path)

"""Sources arrive byte for byte, whole or not at all; faults are named, and retried only if that can help."""

import hashlib
import http.server
import threading
from pathlib import Path

import pytest

from _job import JobError
from download import bundled_path, fetch

BODY = bytes(range(256)) * 1000


class Server(http.server.ThreadingHTTPServer):
    """Answers each path in its own way and remembers what was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    def url(self, path):
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        count = self.server.asked.count(self.path)
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/photo")
            self.end_headers()
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

    def reply(self, body, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The waits between tries, not waited for."""
    waits = []
    monkeypatch.setattr("download.time.sleep", waits.append)
    return waits


def get(source, folder, sha256=None, timeout=5, retries=2, max_megabytes=1):
    fetch(source, folder / "photo", sha256, timeout, retries, max_megabytes)
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
    assert "answers 404 Not Found; open the URL" in fail(server.url("/missing"), tmp_path)
    assert server.asked == ["/missing"]


def test_503_is_tried_again(server, tmp_path, waits):
    assert get(server.url("/busy"), tmp_path) == BODY
    assert server.asked == ["/busy", "/busy"]
    assert waits == [1]


def test_retries_back_off_and_end(server, tmp_path, waits):
    message = fail(server.url("/down"), tmp_path)
    assert "could not be fetched in 3 tries; the last one ended with 503" in message
    assert len(server.asked) == 3
    assert waits == [1, 2]


def test_truncated_body_is_tried_again(server, tmp_path):
    assert get(server.url("/cut-once"), tmp_path) == BODY


def test_truncated_body_is_never_kept(server, tmp_path):
    assert "could not be fetched in 3 tries" in fail(server.url("/truncated"), tmp_path)


def test_stalled_server_is_given_up(server, tmp_path):
    assert "could not be fetched in 1 tries" in fail(server.url("/stalls"), tmp_path, timeout=0.2, retries=0)


def test_unreachable_server(tmp_path):
    assert "could not be fetched in 1 tries" in fail("http://127.0.0.1:9/photo", tmp_path, retries=0)


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
        fetch(server.url("/missing"), tmp_path / "photo", None, 5, 0, 1)
    assert (tmp_path / "photo").read_bytes() == b"earlier"


def test_local_file(tmp_path):
    source = tmp_path / "a photo.jpg"
    source.write_bytes(BODY)
    (tmp_path / "raw").mkdir()
    assert get(str(source), tmp_path / "raw") == BODY


def test_missing_local_file(tmp_path):
    message = fail("nowhere.jpg", tmp_path)
    assert message == f"there is no file nowhere.jpg (in {Path.cwd()}); correct 'source'"


def test_bundled_photo(tmp_path):
    assert get("skimage:coffee", tmp_path) == Path(bundled_path("skimage:coffee")).read_bytes()


def test_unknown_bundled_photo_lists_those_there_are(tmp_path):
    assert "no photo named 'tea'; it has astronaut," in fail("skimage:tea", tmp_path)

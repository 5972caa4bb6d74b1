"""A server on the loopback that answers as a test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from project import listening


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], bytes | int]) -> Iterator[ThreadingHTTPServer]:
    """Run a server, which lists the paths that it is asked for as `asked` and has its address as `url`.

    Parameters
    ----------
    answer
        Returns the body that is sent for a request, or the number of an error. It may give the request the headers of
        the answer, as `headers_to_send`.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.asked.append(self.path)
            body = answer(self)
            if isinstance(body, int):
                self.send_error(body)
                return
            self.send_response(200)
            for name, value in getattr(self, "headers_to_send", {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Print nothing of a client that was killed."""

    server = Server(("127.0.0.1", 0), Handler)
    server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}"
    with listening(server):
        yield server

"""A small web server that answers how the daemon is; it changes nothing and asks nobody's name.

It listens where the configuration says, on this machine alone unless that is changed.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from courseops.adapters.closing import Closing
from courseops.daemon.pages import Page, problem
from courseops.errors import CourseOpsError
from courseops.events import log

Pages = Mapping[str, Callable[[], Page]]

# Somebody who asks and does not go on must not keep a thread of ours for ever.
_PATIENCE_SECONDS = 5.0


class HealthServer(Closing):
    """
    Pages by their path ("/healthz"), each made anew for whoever asks.

    Raises:
        CourseOpsError: nobody can listen there.
    """

    def __init__(self, host: str, port: int, pages: Pages) -> None:
        try:
            self._server = _server_for(host)((host, port), _answering(pages))
        except OSError as error:
            raise CourseOpsError(
                f"cannot answer at {host}:{port}: {error.strerror}",
                hint="does another daemon run here? Else name another address in [daemon], or "
                'none: listen = ""',
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="health", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Give the port, which the system chose if it was asked to."""
        return self._server.server_port

    def close(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # The end of the daemon waits for nobody who asks how it is.
    block_on_close = False

    def server_bind(self) -> None:
        """Bind, without asking the world for our own name as the library's own does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of who hung up before the answer."""


def _server_for(host: str) -> type[_Server]:
    class OnIPv6(_Server):
        address_family = socket.AF_INET6

    return OnIPv6 if ":" in host else _Server


def _answering(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        timeout = _PATIENCE_SECONDS

        def do_GET(self) -> None:
            self._answer(with_text=True)

        def do_HEAD(self) -> None:
            self._answer(with_text=False)

        def _answer(self, *, with_text: bool) -> None:
            page = _page(pages, self.path.partition("?")[0])
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.text)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if with_text:
                self.wfile.write(page.text)

        def version_string(self) -> str:
            return "courseops"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's
            """Log nothing: a look is no event."""

    return Answering


def _page(pages: Pages, path: str) -> Page:
    if path not in pages:
        return problem(f"there are {', '.join(sorted(pages))}", HTTPStatus.NOT_FOUND)
    try:
        return pages[path]()
    except CourseOpsError as error:
        return problem(str(error))
    except Exception:
        # A fault of ours must not end the thread without an answer.
        log().exception("page could not be made", action="health", page=path)
        return problem("courseops made a mistake; its log has it", HTTPStatus.INTERNAL_SERVER_ERROR)

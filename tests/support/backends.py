"""Storage behind restic that a test has in hand: it refuses, it waits, or it never answers.

restic speaks a small protocol to a server of its own:
https://restic.readthedocs.io/en/stable/REST_backend.html
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_V2 = "application/vnd.x.restic.rest.v2"


class Storage(ThreadingHTTPServer):
    """
    A repository in a folder, spoken to over HTTP.

    With `append_only` nothing but locks is ever deleted. While `gate` is not set, whoever
    uploads data waits at it, and `is_waited_at` is set.
    """

    daemon_threads = True

    def __init__(self, folder: Path, *, append_only: bool = False) -> None:
        self.folder = folder
        self.append_only = append_only
        self.gate = threading.Event()
        self.gate.set()
        self.is_waited_at = threading.Event()
        super().__init__(("127.0.0.1", 0), _Request)

    @property
    def repository(self) -> str:
        return f"rest:http://127.0.0.1:{self.server_port}/"

    def close_gate(self) -> None:
        self.is_waited_at.clear()
        self.gate.clear()


class _Request(BaseHTTPRequestHandler):
    server: Storage
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def _kind(self) -> str:
        return self.path.split("?")[0].strip("/").split("/")[0]

    @property
    def _file(self) -> Path:
        *kind, name = self.path.split("?")[0].strip("/").split("/")
        # A folder of so many files has a folder for each first byte, as restic itself has it.
        inner = [name[:2]] if kind == ["data"] else []
        return self.server.folder.joinpath(*kind, *inner, name)

    def do_GET(self) -> None:
        if self.path.endswith("/"):
            found = (it for it in (self.server.folder / self._kind).rglob("*") if it.is_file())
            rows = [{"name": it.name, "size": it.stat().st_size} for it in found]
            v2 = self.headers.get("Accept", "") == _V2
            body = json.dumps(rows if v2 else [it["name"] for it in rows]).encode()
            self._answer(200, body, **({"Content-Type": _V2} if v2 else {}))
        elif not self._file.is_file():
            self._answer(404)
        else:
            self._give(self._file.read_bytes())

    def _give(self, content: bytes) -> None:
        span = self.headers.get("Range", "").removeprefix("bytes=")
        if not span:
            self._answer(200, content)
            return
        first, _, last = span.partition("-")
        end = min(int(last) + 1, len(content)) if last else len(content)
        where = f"bytes {first}-{end - 1}/{len(content)}"
        self._answer(206, content[int(first) : end], **{"Content-Range": where})

    def do_HEAD(self) -> None:
        there = self._file.is_file()
        size = self._file.stat().st_size if there else 0
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._kind == "data" and not self.server.gate.is_set():
            self.server.is_waited_at.set()
            self.server.gate.wait()
        if self._file.exists() and self.server.append_only:
            self._answer(403)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_bytes(content)
        self._answer(200)

    def do_DELETE(self) -> None:
        if self.server.append_only and self._kind != "locks":
            self._answer(403)
            return
        there = self._file.is_file()
        self._file.unlink(missing_ok=True)
        self._answer(200 if there else 404)

    def _answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        # Whoever waited at the gate may have hung up.
        with suppress(OSError):
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


@contextmanager
def serving(folder: Path, *, append_only: bool = False) -> Iterator[Storage]:
    """Serve the repository in a folder."""
    with Storage(folder, append_only=append_only) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.gate.set()
            server.shutdown()
            thread.join()


@contextmanager
def frozen() -> Iterator[str]:
    """Give the repository of a server that takes every connection and answers none."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"rest:http://127.0.0.1:{server.getsockname()[1]}/"

"""A real ngshare on loopback, and as much of a hub as it asks for: whose a token is."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from courseops.adapters import process
from tests.support.collecting import COURSE
from tests.support.programs import Require

PYTHON = Path(__file__).resolve().parents[2] / ".venvs" / "ngshare" / "bin" / "python"
ADMIN, TEACHER = "ops", "teacher"
_PREFIX = "/services/ngshare/api/"
# It would listen on every interface, as a service behind a hub's proxy must.
_START = """
import sys
from tornado.httpserver import HTTPServer
listen = HTTPServer.listen
HTTPServer.listen = lambda self, port, address="": listen(self, port, "127.0.0.1")
from ngshare.ngshare import main
main(sys.argv[1:])
"""
_SECONDS = 60.0


class _Hub(BaseHTTPRequestHandler):
    """Whoever holds "NAME-token" is NAME."""

    def do_GET(self) -> None:
        name, found, _ = self.headers.get("Authorization", "").partition("-token")
        body = json.dumps({"name": unquote(name.removeprefix("token "))} if found else {}).encode()
        self.send_response(200 if found else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class RealNgshare:
    """A running server."""

    url: str

    def post(self, who: str, *path: str, **fields: object) -> None:
        """Do what an instructor's or a learner's tools do."""
        where = "/".join(quote(part, safe="") for part in path)
        values = {
            name: it if isinstance(it, str) else json.dumps(it) for name, it in fields.items()
        }
        headers = {"Authorization": f"token {quote(who)}-token"}
        answer = httpx.post(f"{self.url}/{where}", headers=headers, data=values)
        assert answer.json()["success"], answer.text

    def release(self, *names: str, learners: tuple[str, ...]) -> None:
        """Make the course, with everybody in it and its assignments out."""
        self.post(ADMIN, "course", COURSE, instructors=[TEACHER])
        for learner in learners:
            who = {"first_name": "", "last_name": "", "email": ""}
            self.post(TEACHER, "student", COURSE, learner, **who)
        for name in names:
            self.post(TEACHER, "assignment", COURSE, name, files=[])

    def hand_in(self, learner: str, name: str, files: Mapping[str, bytes]) -> None:
        """Submit as nbgrader's tools do with ngshare_exchange."""
        rows = [
            {"path": path, "content": base64.encodebytes(content).decode()}
            for path, content in files.items()
        ]
        self.post(learner, "submission", COURSE, name, files=rows)


@contextmanager
def _hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hub/api"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def running_ngshare(folder: Path) -> Iterator[RealNgshare]:
    """Run a server that keeps everything in `folder`."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with _hub() as hub, (folder / "log").open("wb") as log:
        env = {
            "PATH": os.environ["PATH"],
            "JUPYTERHUB_API_URL": hub,
            "JUPYTERHUB_API_TOKEN": "its own",
            "JUPYTERHUB_CLIENT_ID": "service-ngshare",
            "JUPYTERHUB_SERVICE_PREFIX": "/services/ngshare/",
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}/",
        }
        line = [str(PYTHON), "-c", _START, "--prefix", _PREFIX, "--admins", ADMIN]
        line += ["--database", f"sqlite:///{folder}/db", "--storage", f"{folder}/files"]
        running = process.start(
            line, env=env, cwd=folder, stdout=log.fileno(), stderr=process.STDOUT
        )
        try:
            _wait(running, port, folder)
            yield RealNgshare(f"http://127.0.0.1:{port}{_PREFIX.rstrip('/')}")
        finally:
            running.kill()
            running.wait()


def _wait(running: process.Process, port: int, folder: Path) -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and running.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.stderr.write((folder / "log").read_text())
    pytest.fail("ngshare did not start")


@pytest.fixture(scope="session")
def ngshare(require: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNgshare]:
    require("ngshare", PYTHON.exists())
    with running_ngshare(tmp_path_factory.mktemp("ngshare")) as server:
        server.release("hw1", "hw2", learners=("ada", "bob", "zoë+1"))
        yield server

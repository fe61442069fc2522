"""A server for restic's repositories that takes new snapshots only, on a port of its own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.backup import UNPACKED
from tests.support.programs import Require


def _program() -> str | None:
    names = ("rest-server", "restic-rest-server", str(UNPACKED / "restic-rest-server"))
    return next(filter(None, map(shutil.which, names)), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def append_only_server(require: Require, tmp_path: Path) -> Iterator[str]:
    """Start one; give what restic calls its repository."""
    program = _program()
    require("restic-rest-server", program)
    port = _free_port()
    line = [str(program), "--append-only", "--no-auth", "--path", str(tmp_path / "served")]
    with subprocess.Popen(
        [*line, "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            while not _answers(port):
                assert server.poll() is None, "restic-rest-server ended"
                time.sleep(0.05)
            yield f"rest:http://127.0.0.1:{port}/campus"
        finally:
            server.terminate()

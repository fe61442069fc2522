"""A folder behind the walls where a stock kernel's sockets lie, and connections to them from there.

The keeper makes both for us: so no folder of the machine is shared with learners' code, which
could fill it, or lead us astray in it with links.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
from contextlib import suppress
from typing import Any

from .sandbox import Walls

_FOLDERS = "/tmp"  # noqa: S108 - the sandbox's own, of bounded size
_LONGEST_REASON = 500


def run_errand(errand: dict[str, Any], reply: int, walls: Walls) -> None:
    """Do what is asked about a meeting place, and say how it went on the socket `reply`."""
    with socket.socket(fileno=reply) as line, suppress(OSError):
        try:
            found = _run(errand, walls)
        except (OSError, ValueError) as error:
            line.sendall(f"!{error}"[:_LONGEST_REASON].encode())
            return
        if isinstance(found, socket.socket):
            with found:
                socket.send_fds(line, [b"+"], [found.fileno()])
            return
        line.sendall(found.encode())


def _run(errand: dict[str, Any], walls: Walls) -> socket.socket | str:
    path = f"{_FOLDERS}/.k-{errand['place']}"
    if errand["what"] == "make":
        return _make(path, errand["content"].encode(), walls)
    if errand["what"] == "remove":
        shutil.rmtree(path, ignore_errors=True)
        return path
    connection = connect(f"{path}/{errand['name']}")
    return "-" if connection is None else connection


def _make(path: str, content: bytes, walls: Walls) -> str:
    os.mkdir(path, 0o700)  # noqa: PTH102
    file = os.open(f"{path}/connection.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(file, "wb") as written:
        written.write(content)
    # Only now: as long as it is ours, nobody can have put anything there.
    if walls.uid is not None:
        os.chown(path, walls.uid, walls.uid)
    return path


def connect(path: str) -> socket.socket | None:
    """
    Connect to a Unix socket in a folder that others write to, but never through a link.

    None while nothing listens there.

    Raises:
        ValueError: something else than a socket is there.
    """
    try:
        found = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"has put something odd in the place of its socket: {error}") from error
    connection = socket.socket(socket.AF_UNIX)
    try:
        if not stat.S_ISSOCK(os.fstat(found).st_mode):
            raise ValueError("has put something else in the place of its socket")
        # A listener whose backlog is full blocks whoever connects.
        connection.setblocking(False)
        # connect(2) follows links; the descriptor's own name in /proc leads to this very socket.
        # Behind walls without /proc there is nothing but the learner's own for a link to lead to.
        itself = f"/proc/self/fd/{found}"
        connection.connect(itself if os.path.exists(itself) else path)  # noqa: PTH110
    except (ConnectionRefusedError, FileNotFoundError, BlockingIOError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(found)
    return connection

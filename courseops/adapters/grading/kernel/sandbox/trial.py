"""Prove the walls from behind them: each is run against, once, in a process for throwing away.

What is tried is harmless should a wall not hold: no more is taken than the walls' own limits
and a little, and what is read and reached was put there for it.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

from . import calls
from .confinement import confine
from .descriptors import close_descriptors
from .enclosure import enclose
from .landlock import landlock_version
from .leftovers import end_everyone
from .walls import Walls, WallsError

_SIGNALS_SINCE = 6


def hold(walls: Walls, *, secret: str, port: int, outsider: int) -> dict[str, Any]:
    """
    Enter the walls and run against them; give `broken`, by wall, and what is `lacking`.

    `secret` is a file that must be out of sight, `port` one of the machine's loopback where
    somebody listens, `outsider` a process of ours outside.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _say(writer, lambda: _behind_outer_walls(walls, secret, port, outsider))
    os.close(writer)
    with open(reader, "rb") as answers:  # noqa: PTH123
        told = answers.read()
    _, status = os.waitpid(child, 0)
    try:
        return dict(json.loads(told))
    except ValueError:
        return {"broken": {"trial": f"it ended without a word, with status {status}"}}


def _say(writer: int, tell: Callable[[], dict[str, Any]]) -> None:
    """Write down what `tell` gives, and end this process."""
    try:
        told = tell()
    except WallsError as error:
        told = {"broken": {"walls": str(error)}}
    except BaseException as error:
        told = {"broken": {"trial": f"{type(error).__name__}: {error}"}}
    os.write(writer, json.dumps(told).encode())
    os._exit(0)


def _behind_outer_walls(walls: Walls, secret: str, port: int, outsider: int) -> dict[str, Any]:
    enclose(walls)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _say(writer, lambda: _as_learner(walls, writer, secret, port, outsider))
    os.close(writer)
    told = b""
    # Not to the end of the pipe: what the trial forked holds it open.
    while chunk := os.read(reader, 1 << 16):
        told += chunk
        if chunk.endswith(b"}"):
            break
    _, status = os.waitpid(child, 0)
    end_everyone()
    if not told:
        raise WallsError(f"behind the walls, it ended without a word, with status {status}")
    return dict(json.loads(told))


def _as_learner(walls: Walls, writer: int, secret: str, port: int, outsider: int) -> dict[str, Any]:
    close_descriptors((writer,))
    confine(walls)
    tries: dict[str, Callable[[], str]] = {
        "files": lambda: _sees(secret, walls),
        "read-only": lambda: "; ".join(_writes()),
        "network": lambda: _reaches(port),
        "signals": lambda: _signals(outsider),
        "privileges": _gains,
        "file size": lambda: _writes_too_much("large", walls.file_bytes, walls),
        "scratch": lambda: _fills(walls),
        "memory": lambda: _takes(walls.memory_bytes),
        "interpreter": _lacks_interpreter,
        "processes": lambda: _forks(walls.processes),
    }
    broken = {wall: harm for wall, run_against in tries.items() if (harm := run_against())}
    return {"broken": broken, "lacking": list(_lacking())}


def _sees(secret: str, walls: Walls) -> str:
    if os.path.exists(secret):  # noqa: PTH110
        return f"{secret} is in sight"
    allowed = [*walls.readable, walls.scratch]
    for folder in ("/root", "/home"):
        for name in os.listdir(folder) if os.path.isdir(folder) else ():  # noqa: PTH112, PTH208
            path = f"{folder}/{name}"
            if not any(one == path or one.startswith(path + "/") for one in allowed):
                return f"{path} is in sight"
    return ""


def _writes() -> Iterator[str]:
    for folder in ("/", "/etc", "/usr", "/dev", sys.prefix):
        path = os.path.join(folder, f"trial-{os.getpid()}")  # noqa: PTH118
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except OSError:
            continue
        os.unlink(path)  # noqa: PTH108
        yield f"{folder} can be written to"


def _reaches(port: int) -> str:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return ""
    return "a server outside can be reached"


def _signals(outsider: int) -> str:
    try:
        os.kill(outsider, 0)
    except OSError:
        return ""
    return "a process outside can be signalled"


def _gains() -> str:
    if os.getuid() == 0:
        return "it is root"
    if calls.try_syscall(calls.MOUNT_SETATTR, -1, b"", 0, b"", 0) >= 0:
        return "it can mount"
    try:
        calls.unshare("", calls.NEW_USER)
    except WallsError:
        return ""
    return "it can make namespaces"


def _writes_too_much(name: str, size_bytes: int, walls: Walls) -> str:
    """Grow a sparse file past its limit, which costs no space."""
    path = f"{walls.scratch}/{name}"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        # Python ignores SIGXFSZ.
        os.ftruncate(descriptor, size_bytes + 1)
    except OSError:
        return ""
    finally:
        os.close(descriptor)
        os.unlink(path)  # noqa: PTH108
    return "a file can be larger than allowed"


def _fills(walls: Walls) -> str:
    block = b"\0" * (1 << 16)
    # In several files: a limit on one is another wall.
    left = walls.scratch_bytes + len(block)
    try:
        for number in range(1 + left // walls.file_bytes):
            with open(f"{walls.scratch}/{number}", "wb") as file:  # noqa: PTH123
                for _ in range(min(left, walls.file_bytes) // len(block)):
                    file.write(block)
                    left -= len(block)
    except OSError as error:
        return "" if error.errno == errno.ENOSPC else f"the scratch folder: {error.strerror}"
    return "the disk can be filled"


def _takes(memory_bytes: int) -> str:
    try:
        bytearray(memory_bytes)
    except MemoryError:
        return ""
    return "it can take more memory than allowed"


def _lacks_interpreter() -> str:
    child = os.fork()
    if not child:
        try:
            os.execv(sys.executable, [sys.executable, "-I", "-c", "import json, socket"])  # noqa: S606 - no shell is what we want
        finally:
            os._exit(127)
    _, status = os.waitpid(child, 0)
    return f"{sys.executable} does not run behind the walls" if status else ""


def _forks(most: int) -> str:
    """Fork until refused; whoever is left is ended by the keeper."""
    for _ in range(most + 1):
        try:
            child = os.fork()
        except OSError:
            return ""
        if not child:
            signal.alarm(20)
            signal.pause()
            os._exit(0)
    return "it can start more processes than allowed"


def _lacking() -> Iterator[str]:
    version = landlock_version()
    if not version:
        yield "Landlock (Linux 5.13), the second wall around files"
    elif version < _SIGNALS_SINCE:
        yield "Landlock's wall around signals (Linux 6.12)"
    if not os.path.exists("/proc/self"):  # noqa: PTH110
        yield "/proc, so that total memory is not watched and some programs do not start"

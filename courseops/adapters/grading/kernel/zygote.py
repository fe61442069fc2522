"""The warm process that everything is forked from: it never runs a line of a learner's.

It imports IPython and the course's libraries, makes a shell, and then forks a keeper for each
bench it is asked for. It must stay a process of one thread, because a fork copies one only:
https://man7.org/linux/man-pages/man2/fork.2.html
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from typing import NoReturn

from .frames import Message, receive, send

_LIMIT_BYTES = 1 << 20


def main(descriptor: int) -> NoReturn:
    """Serve on the socket until its other end is closed."""
    line = socket.socket(fileno=descriptor)
    line.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    asked = receive(line, limit_bytes=_LIMIT_BYTES)
    if asked is None:
        os._exit(0)
    # Nothing of what is loaded goes again; looking for what could takes its time.
    gc.disable()
    try:
        # Not at the top: what is missing here is told to our side. All of it now, because
        # behind the walls this folder is out of sight.
        from . import keeper  # noqa: PLC0415
        from .shell import Workshop  # noqa: PLC0415

        workshop = Workshop()
        complaints = _preload(asked[0]["preload"])
        workshop.warm()
        complaints += _threads()
        ready: Message = {
            "ready": True,
            "readable": _places(),
            "language_info": workshop.language_info,
            "complaints": complaints,
        }
    except Exception:
        send(line, {"ready": False, "why": traceback.format_exc()[-2000:]})
        os._exit(1)
    gc.collect()
    gc.freeze()
    gc.enable()
    # The kernel of the operating system then reaps the keepers.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    send(line, ready)
    _serve(line, partial(keeper.keep, workshop=workshop))


def _serve(line: socket.socket, keep: Callable[[socket.socket, str], NoReturn]) -> NoReturn:
    while True:
        asked = receive(line, limit_bytes=_LIMIT_BYTES)
        if asked is None:
            os._exit(0)
        message, (descriptor, *_) = asked
        if os.fork() == 0:
            line.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            keep(socket.socket(fileno=descriptor), message["walls"])
        os.close(descriptor)


def _places() -> list[str]:
    """Say where this Python and its libraries lie: a notebook must be able to read them."""
    libraries = [it for it in sys.path if Path(it).is_dir() and it.endswith("-packages")]
    return sorted({sys.prefix, sys.base_prefix, sys.exec_prefix, *libraries})


def _preload(names: Sequence[str]) -> list[str]:
    complaints = []
    for name in names:
        # What a library says while it is imported belongs to no notebook.
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                importlib.import_module(name)
            except BaseException as error:
                complaints.append(f"{name} cannot be imported: {type(error).__name__}: {error}")
    return complaints


def _threads() -> list[str]:
    """Complain of threads that a library has started: a fork leaves them behind."""
    others = [it.name for it in threading.enumerate() if it is not threading.current_thread()]
    with suppress(OSError):
        known = len(others) + 1
        unknown = len(list(Path("/proc/self/task").iterdir())) - known
        others += ["a thread of a C library"] * max(0, unknown)
    return [f"a preloaded module has started {name}; do not preload it" for name in others]


if sys.platform != "linux":
    raise SystemExit("learners' code is confined by what Linux has")

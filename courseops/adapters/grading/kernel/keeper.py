"""The process over one submission: pid 1 behind its walls, trusted, out of the learner's reach.

It writes the submission's files, forks a clean process for each notebook, says how that one
ended, and lets nothing that a notebook started outlive it. When our side hangs up, it ends
everyone and itself.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import Any, NoReturn

from .frames import NOT_READY, Message, pack, receive, receive_exactly, send
from .meeting import run_errand
from .sandbox import (
    Walls,
    WallsError,
    close_descriptors,
    confine,
    enclose,
    end_everyone,
    memory_bytes_in_use,
)
from .session import run_notebook

_LIMIT_BYTES = 64 << 20
_FIRST_LOOK_SECONDS = 1.0
_LOOK_SECONDS = 0.25


def keep(line: socket.socket, walls_text: str, workshop: Any) -> NoReturn:
    """Put up the walls and serve one bench on this socket; never returns."""
    try:
        walls = Walls.from_json(walls_text)
        enclose(walls)
        if walls.level == "none":
            os.chdir(walls.scratch)
        close_descriptors({0, 1, 2, line.fileno()})
        send(line, {"ready": os.getpid(), "scratch": str(Path.cwd())})
        _Keeper(line, walls, workshop).serve()
    except WallsError as error:
        with suppress(OSError):
            send(line, {"failed": str(error)})
    except BaseException:
        with suppress(OSError):
            send(line, {"failed": traceback.format_exc()[-1000:]})
    finally:
        with suppress(BaseException):
            end_everyone()
        os._exit(0)


class _Keeper:
    def __init__(self, line: socket.socket, walls: Walls, workshop: Any) -> None:
        self._line, self._walls, self._workshop = line, walls, workshop
        self._pid = 0
        self._why = ""
        self._look_at = 0.0
        self._woken, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self._line.fileno(), select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        while True:
            ready = {fileno for fileno, _ in poll.poll(self._until_look())}
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
            self._reap()
            self._look()
            if self._line.fileno() in ready:
                asked = receive(self._line, limit_bytes=_LIMIT_BYTES)
                if asked is None:
                    return
                self._answer(*asked)

    def _answer(self, message: Message, descriptors: list[int]) -> None:
        match message["do"]:
            case "files":
                self._write(message["files"])
                send(self._line, {"written": len(message["files"])})
            case "start" | "launch" as what:
                self._start(what, message, descriptors)
            case "interrupt" if self._pid:
                # To the whole group, as jupyter_client does.
                with suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGINT)
            case "errand":
                run_errand(message, descriptors[0], self._walls)
            case "kill" if self._pid:
                self._kill(message.get("why", "killed"))

    # -- files -----------------------------------------------------------------------------

    def _write(self, files: list[list[Any]]) -> None:
        """Write what follows on the socket into the scratch folder, before any learner's code."""
        for path, size_bytes in files:
            content = receive_exactly(self._line, size_bytes)
            if content is None:
                raise EOFError(path)
            pure = PurePosixPath(path)
            if pure.is_absolute() or ".." in pure.parts or not pure.parts:
                raise ValueError(f"the path {path!r} leads out of the folder")
            for folder in reversed(pure.parents[:-1]):
                with suppress(FileExistsError):
                    Path(folder).mkdir()
                    self._hand_over(folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(pure, flags, 0o644), "wb") as file:
                file.write(content)
            self._hand_over(pure)

    def _hand_over(self, path: PurePosixPath | Path) -> None:
        if self._walls.uid is not None:
            os.chown(path, self._walls.uid, self._walls.uid, follow_symlinks=False)

    # -- notebooks -------------------------------------------------------------------------

    def _start(self, what: str, message: Message, descriptors: list[int]) -> None:
        self._why = ""
        walls = replace(self._walls, cpu_seconds=max(1, int(message["cpu_seconds"])))
        pid = os.fork()
        if pid == 0:
            self._become(what, message, descriptors, walls)
        for descriptor in descriptors:
            os.close(descriptor)
        self._pid = pid
        self._look_at = monotonic() + _FIRST_LOOK_SECONDS
        send(self._line, {"started": pid})

    def _become(
        self, what: str, message: Message, descriptors: list[int], walls: Walls
    ) -> NoReturn:
        """Turn this fork into the process of a notebook, or into a stock kernel's."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            close_descriptors({0, 1, 2, *descriptors})
            if what == "start":
                os.environ.update(message["env"])
            confine(walls)
            if what == "launch":
                _become_program(message, descriptors)
            run_notebook(self._workshop, descriptors, [message.pop("key", "")])
        except BaseException:
            with suppress(BaseException):
                os.write(descriptors[-1], pack({"failed": traceback.format_exc()[-1000:]}))
        finally:
            os._exit(NOT_READY)

    def _kill(self, why: str) -> None:
        self._why = self._why or why
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def _reap(self) -> None:
        if not self._pid:
            return
        pid, status, use = os.wait4(self._pid, os.WNOHANG)
        if not pid:
            return
        end_everyone()
        self._pid = 0
        everyone = resource.getrusage(resource.RUSAGE_CHILDREN)
        code = os.waitstatus_to_exitcode(status)
        send(
            self._line,
            {
                "ended": pid,
                "code": max(code, 0),
                "signal": max(-code, 0),
                "why": self._why,
                "own_cpu_seconds": use.ru_utime + use.ru_stime,
                "all_cpu_seconds": everyone.ru_utime + everyone.ru_stime,
                "memory_bytes": everyone.ru_maxrss * 1024,
            },
        )

    # -- memory of all processes together --------------------------------------------------

    def _until_look(self) -> float | None:
        return max(0.0, self._look_at - monotonic()) * 1000 if self._pid else None

    def _look(self) -> None:
        if not self._pid or monotonic() < self._look_at:
            return
        self._look_at = monotonic() + _LOOK_SECONDS
        if self._walls.level != "none" and memory_bytes_in_use() > self._walls.memory_bytes:
            self._kill("memory")


def _become_program(message: Message, descriptors: list[int]) -> NoReturn:
    """Replace this process by an outside program; its output goes to the last descriptor."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for standard in (1, 2):
        os.dup2(descriptors[-1], standard)
    for signum in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(signum, signal.SIG_DFL)
    os.chdir(message["cwd"] or ".")
    close_descriptors({0, 1, 2})
    os.execvpe(  # noqa: S606 - no shell is wanted
        message["argv"][0], message["argv"], message["env"]
    )

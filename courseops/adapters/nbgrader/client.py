"""Our side of one child process that holds nbgrader.

The child starts with the first question and stays warm. One that dies, or does not answer in
time, is killed with everything it started, and the next question starts another: that costs
one answer, never the rest. Its environment is made here from a short list of names, so
learners' code, which runs in the child's kernels, sees no token of ours.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from courseops.adapters import process
from courseops.adapters.nbgrader import offspring
from courseops.errors import CourseOpsError, RefusedError, UnreachableError

START_TIMEOUT_SECONDS = 120.0
_CLOSE_TIMEOUT_SECONDS = 10.0
_LOG_TAIL_BYTES = 2000

_INHERITED = (
    "HOME",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_DATA_DIR",
    "JUPYTER_PATH",
    "LANG",
    "LC_ALL",
    "PATH",
    "TMPDIR",
    "TZ",
    "USER",
)


class NbgraderRefusedError(RefusedError):
    """nbgrader said no, in its own words; `kind` is a stable word for why."""

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class WorkerDiedError(CourseOpsError):
    """The child process ended in the middle of a question."""


class Client:
    """One child process, for one course; used by one thread at a time."""

    def __init__(self, *, course_id: str, folder: Path, exchange: Path | None = None) -> None:
        self._opening = {
            "course_id": course_id,
            "folder": str(folder.resolve()),
            "exchange": str(exchange.resolve()) if exchange else "",
        }
        self._child: process.Process | None = None
        self._scratch = Path()
        self._unread = b""

    def __enter__(self) -> Self:
        """Give itself; the child starts with the first question."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def ask(self, verb: str, *, timeout_seconds: float, **arguments: Any) -> Any:
        """
        Ask the child for one thing and wait for the answer.

        Raises:
            NbgraderRefusedError: nbgrader, or the course's own configuration, said no.
            WorkerDiedError: the child died over it.
            UnreachableError: it did not answer within `timeout_seconds`; it was killed.
        """
        if self._child is None:
            self._start()
        try:
            return self._exchange(verb, arguments, timeout_seconds)
        except (WorkerDiedError, UnreachableError, KeyboardInterrupt, SystemExit):
            self.kill()
            raise

    def _start(self) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="courseops-nbgrader-"))
        with (self._scratch / "log").open("wb") as log:
            self._child = process.start(
                [sys.executable, "-m", "courseops.adapters.nbgrader.worker"],
                env=_environment(self._scratch),
                stdin=process.PIPE,
                stdout=process.PIPE,
                stderr=log.fileno(),
            )
        self._unread = b""
        try:
            self._exchange("open", self._opening, START_TIMEOUT_SECONDS)
        except BaseException:
            self.kill()
            raise

    def _exchange(self, verb: str, arguments: dict[str, Any], timeout_seconds: float) -> Any:
        line = json.dumps({"verb": verb, "arguments": arguments}).encode() + b"\n"
        try:
            assert self._child is not None
            assert self._child.stdin is not None
            self._child.stdin.write(line)
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise self._died(verb) from error
        answer = json.loads(self._read_line(verb, timeout_seconds))
        if "refusal" in answer:
            refusal = answer["refusal"]
            raise NbgraderRefusedError(refusal["message"], kind=refusal["kind"])
        return answer["answer"]

    def _read_line(self, verb: str, timeout_seconds: float) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        deadline = time.monotonic() + timeout_seconds
        descriptor = self._child.stdout.fileno()
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise UnreachableError(
                    f"nbgrader did not finish `{verb}` within {timeout_seconds:.0f} s "
                    "and was stopped"
                )
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                raise self._died(verb)
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _died(self, verb: str) -> WorkerDiedError:
        log = (self._scratch / "log").read_bytes()[-_LOG_TAIL_BYTES:]
        last = log.decode(errors="replace").strip().rpartition("\n")[2]
        return WorkerDiedError(f"nbgrader's process died during `{verb}`: {last or 'no word'}")

    def kill(self) -> None:
        """Kill the child and everything it started; the next question starts a new one."""
        if self._child is not None:
            offspring.kill(self._child)
        self._forget()

    def close(self) -> None:
        """Let the child end by itself; what is left after a while is killed."""
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
            offspring.wait_or_kill(self._child, _CLOSE_TIMEOUT_SECONDS)
        self._forget()

    def _forget(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _environment(scratch: Path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }

"""One child process and its two pipes: a request in, a line out, within a limit of time."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from courseops.adapters import process
from courseops.adapters.offspring import kill_tree
from courseops.errors import CourseOpsError, UnreachableError

_LOG_TAIL_BYTES = 2000


class DiedError(CourseOpsError):
    """The child process ended in the middle of a question."""


class Child:
    """A running `courseops.adapters.nbgrader.worker`, whose log goes to the file `log`."""

    def __init__(self, *, env: Mapping[str, str], log: Path) -> None:
        their_requests, self._requests = os.pipe()
        self._answers, their_answers = os.pipe()
        self._log = log
        self._unread = b""
        try:
            with log.open("wb") as file:
                self._process = process.start(
                    [sys.executable, "-m", "courseops.adapters.nbgrader.worker"],
                    env=env,
                    stdin=their_requests,
                    stdout=their_answers,
                    stderr=file.fileno(),
                )
        finally:
            os.close(their_requests)
            os.close(their_answers)

    def exchange(self, request: bytes, *, timeout_seconds: float) -> bytes:
        """
        Send one line, and what is attached to it, and wait for the answer.

        Raises:
            DiedError: the child ended.
            UnreachableError: it did not answer within `timeout_seconds`.
        """
        try:
            self._send(request)
        except BrokenPipeError as error:
            raise self._died() from error
        deadline = time.monotonic() + timeout_seconds
        while b"\n" not in self._unread:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise UnreachableError(f"nbgrader did not end within {timeout_seconds:.0f} s")
            piece = os.read(self._answers, 1 << 16)
            if not piece:
                raise self._died()
            self._unread += piece
        answer, _, self._unread = self._unread.partition(b"\n")
        return answer

    def _send(self, request: bytes) -> None:
        # A signal can cut a long write short: https://man7.org/linux/man-pages/man7/pipe.7.html
        unsent = memoryview(request)
        while unsent:
            unsent = unsent[os.write(self._requests, unsent) :]

    def _died(self) -> DiedError:
        log = self._log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
        last = log.strip().rpartition("\n")[2]
        return DiedError(f"nbgrader's process died: {last or 'it left no word'}")

    def kill(self) -> None:
        """Kill the child and everything it started, and reap it."""
        kill_tree(self._process.pid)
        self._close()

    def end(self, *, timeout_seconds: float) -> None:
        """Let the child end by itself; kill it if it does not."""
        os.close(self._requests)
        self._requests = -1
        if _ends_within(self._process.pid, timeout_seconds):
            self._close()
        else:
            self.kill()

    def _close(self) -> None:
        self._process.wait()
        for descriptor in (self._requests, self._answers):
            if descriptor >= 0:
                os.close(descriptor)


def _ends_within(pid: int, timeout_seconds: float) -> bool:
    ending = os.pidfd_open(pid)
    try:
        return bool(select.select([ending], [], [], timeout_seconds)[0])
    finally:
        os.close(ending)

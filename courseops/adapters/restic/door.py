"""The one way to a repository: every command, and what is tried before it counts as failed.

What heals by itself is healed here, once, and only when a command met it, since each start of
restic derives the repository's key anew and costs half a second:

* A lock. `restic unlock` drops those whose process is gone, or that were not refreshed for half
  an hour, and no other; the lock of a restic that works is waited for. Never `--remove-all`.
* A cache that vanished or cannot be written: restic does without it.

https://restic.readthedocs.io/en/stable/100_references.html#locks
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from courseops.adapters.process import Finished, OverdueError
from courseops.adapters.restic import answers, versions
from courseops.adapters.restic.answers import Document
from courseops.adapters.restic.endings import Meaning, meaning_of
from courseops.adapters.restic.failures import failure
from courseops.adapters.restic.launcher import Launcher
from courseops.adapters.restic.versions import Version
from courseops.errors import CourseOpsError

_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """
    How long each kind of command may take, in seconds.

    Our own: from 0.17 on, restic asks a storage that does not answer for up to 15 minutes.
    `lock` is how long the lock of a restic that works is waited for.
    """

    opening: float = 2 * 60.0
    reading: float = 15 * 60.0
    backup: float = 4 * 60 * 60.0
    upkeep: float = 8 * 60 * 60.0
    lock: float = 5 * 60.0


class Door:
    """How restic is asked something of one hub's repository."""

    def __init__(self, *, launcher: Launcher, host: str, deadlines: Deadlines) -> None:
        self.launcher = launcher
        self.host = host
        self.deadlines = deadlines

    @property
    def version(self) -> Version:
        """Give the release of the restic program."""
        return versions.parse_version(self.launcher.version())

    @property
    def place(self) -> str:
        """Name the repository, without a login."""
        return answers.without_login(self.launcher.repository)

    def run(
        self,
        line: Sequence[str],
        *,
        seconds: float,
        stdin: bytes = b"",
        stdout: int | None = None,
        cwd: Path | None = None,
        source: Launcher | None = None,
        is_stuck: Callable[[], bool] | None = None,
    ) -> Finished:
        """
        Run one command to its end, whatever that is; heal what can be healed.

        Raises:
            UnreachableError: it was not done within `seconds`, or got stuck; it was asked to stop.
        """
        start = partial(
            self.launcher.run,
            timeout_seconds=seconds,
            stdin=stdin,
            stdout=stdout,
            cwd=cwd,
            source=source,
            is_stuck=is_stuck,
        )
        begun = _position(stdout)
        try:
            answer = start(line)
            if _meaning(answer) is Meaning.LOCKED:
                answer = self._unlocked(start, line, source)
            if self._lost_its_cache(answer) and _is_rewound(stdout, begun):
                answer = start(["--no-cache", *line])
        except OverdueError as error:
            # It may have said why already, while it tried on.
            if meaning_of(1, error.stderr) is Meaning.FAILED:
                raise
            raise self._failure(Finished(1, b"", error.stderr)) from error
        return answer

    def ask(
        self,
        line: Sequence[str],
        *,
        seconds: float | None = None,
        stdout: int | None = None,
        source: Launcher | None = None,
        despite_damage: bool = False,
    ) -> bytes:
        """
        Run a command that must succeed; give what it said.

        With `despite_damage` it may leave out snapshots that are damaged.

        Raises:
            CourseOpsError: it did not.
        """
        answer = self.run(
            line, seconds=seconds or self.deadlines.reading, stdout=stdout, source=source
        )
        is_lacking = answer.code == 0 and _meaning(answer) is Meaning.DAMAGED
        if not (despite_damage and is_lacking):
            self.insist(answer)
        return answer.stdout

    @contextmanager
    def listing(self, line: Sequence[str]) -> Iterator[Iterator[Document]]:
        """
        Run a command that must succeed and may say very much; give its JSON line by line.

        Raises:
            CourseOpsError: it did not, which is known before the first line is read.
        """
        # A file without a name, on our own disk: a snapshot of a large hub is 100 MB of lines.
        folder = self.launcher.cache if self.launcher.has_cache() else None
        with tempfile.TemporaryFile(dir=folder) as said:
            self.ask(line, stdout=said.fileno())
            said.seek(0)
            yield answers.documents_of(row.decode(errors="replace") for row in said)

    def insist(self, answer: Finished) -> None:
        """
        Take no other end than a good one.

        Raises:
            CourseOpsError: it is another.
        """
        if _meaning(answer) is not Meaning.DONE:
            raise self._failure(answer)

    def _failure(self, answer: Finished) -> CourseOpsError:
        return failure(answer, place=self.launcher.repository, host=self.host)

    def _unlocked(
        self, start: partial[Finished], line: Sequence[str], source: Launcher | None
    ) -> Finished:
        # It does not say which of two repositories it found locked.
        for launcher in (self.launcher, source):
            if launcher is not None:
                launcher.run(["unlock"], timeout_seconds=self.deadlines.reading)
        if versions.RETRY_LOCK.of(self.version):
            return start(["--retry-lock", f"{self.deadlines.lock:.0f}s", *line])
        until = time.monotonic() + self.deadlines.lock
        while True:
            answer = start(line)
            if _meaning(answer) is not Meaning.LOCKED or time.monotonic() >= until:
                return answer
            time.sleep(_PAUSE_SECONDS)

    def _lost_its_cache(self, answer: Finished) -> bool:
        failed = _meaning(answer) not in {Meaning.DONE, Meaning.PARTIAL}
        return failed and (
            str(self.launcher.cache) in answer.stderr or not self.launcher.cache.is_dir()
        )


def _meaning(answer: Finished) -> Meaning:
    return meaning_of(answer.code, answer.stderr)


def _position(stdout: int | None) -> int | None:
    """Say how far a file is written; None for what cannot be wound back."""
    try:
        return None if stdout is None else os.lseek(stdout, 0, os.SEEK_CUR)
    except OSError:
        return None


def _is_rewound(stdout: int | None, begun: int | None) -> bool:
    if stdout is None:
        return True
    if begun is None:
        return False
    os.ftruncate(stdout, begun)
    os.lseek(stdout, begun, os.SEEK_SET)
    return True

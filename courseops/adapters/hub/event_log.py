"""Read a hub's event log, from where it was read last.

JupyterHub writes it where `c.EventLogger.handlers` says, a JSON document a line, and it may be
turned over by logrotate at any time. Releases differ in what they write: hub 4 calls the schema
`hub.jupyter.org/server-action`, later ones give the whole address and times that are no times,
as `2026-03-02T09:00:00.000000+00:00Z`. Whatever else is in the log is passed over. See
https://jupyterhub.readthedocs.io/en/stable/reference/event-logging.html
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from courseops.errors import CourseOpsError
from courseops.model.usage.events import LogRead, ServerEvent

_SCHEMA = "/server-action"
# What one look at it reads; what is left is read by the next.
MOST_BYTES = 8_000_000
_LONGEST_LINE = 100_000


@dataclass(frozen=True, kw_only=True)
class _Place:
    """How far a file was read; a file that was turned over keeps its inode."""

    inode: int = 0
    offset: int = 0

    @classmethod
    def of(cls, bookmark: str) -> _Place:
        """Read a bookmark; one that cannot be read is at the beginning."""
        with suppress(ValueError):
            inode, offset = map(int, bookmark.split(":"))
            return cls(inode=inode, offset=offset)
        return cls()

    def __str__(self) -> str:
        return f"{self.inode}:{self.offset}"


class HubEventLog:
    """The file that a hub writes its events to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, bookmark: str, until: datetime) -> LogRead:
        """
        Give what happened to servers since `bookmark`, up to a moment.

        Raises:
            CourseOpsError: the file cannot be read.
        """
        place = _Place.of(bookmark)
        with closing(self._open(self._path)) as file:
            inode = os.fstat(file.fileno()).st_ino
            if place.inode in (0, inode):
                return _read(file, _Place(inode=inode, offset=place.offset), until)
        # It was turned over: first what was left of the old one, if it can still be found.
        for old in self._turned_over(place.inode):
            with closing(old):
                read = _read(old, place, until)
                if str(place) != read.bookmark:
                    return read
        with closing(self._open(self._path)) as file:
            return _read(file, _Place(inode=os.fstat(file.fileno()).st_ino), until)

    def _turned_over(self, inode: int) -> Iterator[BufferedReader]:
        for path in sorted(self._path.parent.glob(f"{glob_safe(self._path.name)}*")):
            with suppress(OSError, CourseOpsError):
                if path.stat().st_ino == inode:
                    yield self._open(path)

    def _open(self, path: Path) -> BufferedReader:
        try:
            # A pipe in its place would keep us waiting for ever.
            number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise CourseOpsError(
                f"the hub's event log {path} cannot be read: {error.strerror}",
                hint="is event_log the file that c.EventLogger.handlers of the hub writes to, "
                "and may courseops' account read it?",
            ) from error
        file = os.fdopen(number, "rb")
        if not stat.S_ISREG(os.fstat(number).st_mode):
            file.close()
            raise CourseOpsError(
                f"the hub's event log {path} is no plain file",
                hint="give c.EventLogger a logging.FileHandler",
            )
        return file


def glob_safe(name: str) -> str:
    """Spell a file's name so that a pattern means it and no other."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _read(file: BufferedReader, place: _Place, until: datetime) -> LogRead:
    """Read whole lines; the first event after `until` is left for the next time, with the rest."""
    offset = place.offset
    if os.fstat(file.fileno()).st_size < offset:
        # The same file, cut short: logrotate's copytruncate.
        offset = 0
    file.seek(offset)
    events: list[ServerEvent] = []
    first = offset
    while offset - first < MOST_BYTES:
        line = file.readline(_LONGEST_LINE)
        if not line or (not line.endswith(b"\n") and len(line) < _LONGEST_LINE):
            # It is still being written.
            break
        event = event_in(line)
        if event is not None and event.at > until:
            break
        offset += len(line)
        if event is not None:
            events.append(event)
    return LogRead(events=tuple(events), bookmark=str(_Place(inode=place.inode, offset=offset)))


def event_in(line: bytes) -> ServerEvent | None:
    """Read what a line says of a server; None if it says nothing of one."""
    try:
        said = json.loads(line)
        if not str(said["__schema__"]).endswith(_SCHEMA) or said["action"] not in _ACTIONS:
            return None
        at = datetime.fromisoformat(str(said["__timestamp__"]).removesuffix("Z"))
        return ServerEvent(
            username=str(said["username"]),
            server=str(said["servername"]),
            at=at if at.tzinfo else at.replace(tzinfo=UTC),
            is_start=said["action"] == "start",
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


_ACTIONS = ("start", "stop")

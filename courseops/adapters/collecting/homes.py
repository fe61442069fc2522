"""Work as it lies in learners' homes, read as each learner.

One child process (`walking`) serves all homes; for each it forks, and where it may, the fork
becomes the home's owner for good, so the kernel decides what may be read.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from courseops.adapters import isolated, process
from courseops.adapters.closing import Closing
from courseops.adapters.collecting.found import trouble_of
from courseops.errors import CourseOpsError, UnreachableError
from courseops.model.assignments.candidate import (
    Bounds,
    Candidate,
    NotTakenError,
    Source,
    changing_trouble,
)
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import parts_of
from courseops.model.microseconds import moment_of_ns
from courseops.ports.collecting import Sink

TIMEOUT_SECONDS = 120.0
_END_TIMEOUT_SECONDS = 5.0
# What nbgrader leaves out by itself: `CourseDirectory.ignore`.
IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback")
_CHILD = "courseops.adapters.collecting.walking"
_PIECE_BYTES = 1 << 16


class HomeWork(Closing):
    """
    The folders of an assignment in the homes below `root`.

    `volumes` gives each learner's home; `folders` are where in a home the work may lie, with
    `{course}` and `{assignment}` in them.
    """

    def __init__(
        self,
        *,
        root: Path,
        volumes: Callable[[], Mapping[str, Volume]],
        folders: Iterable[str],
        course_id: str,
        bounds: Bounds,
    ) -> None:
        self._root = root
        self._volumes = volumes
        self._folders = tuple(folders)
        self._course_id = course_id
        self._bounds = bounds
        self._opened: _Reader | None = None

    def close(self) -> None:
        """End the child process."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _reader(self) -> _Reader:
        if self._opened is None:
            self._opened = _Reader(self._root)
        return self._opened

    def candidates(
        self,
        name: str,
        until: Callable[[str], datetime | None],  # noqa: ARG002 -- a live home has no past
    ) -> Iterator[Candidate]:
        """List the folders that are there; who has none is not listed."""
        for learner, volume in self._volumes().items():
            for folder in self._folders:
                place = folder.format(course=self._course_id, assignment=name)
                found = self._look(learner, volume, place)
                if found is not None:
                    yield found

    def take(self, name: str, candidate: Candidate, sink: Sink) -> Candidate:  # noqa: ARG002 -- the place says it all
        """Copy one folder as it is now."""
        volume = self._volumes()[candidate.learner]
        reader = self._reader()
        try:
            seen = reader.ask(self._request(volume, candidate.place, read=True))
            for file in seen["files"]:
                chunks = reader.content(file["path"], file["size_bytes"])
                sink.receive(file["path"], chunks, modified_at=moment_of_ns(file["modified_ns"]))
            reader.end()
        except BaseException:
            # Its next answer would begin in the middle of this one.
            self.close()
            raise
        return _dated(candidate, seen)

    def _look(self, learner: str, volume: Volume, place: str) -> Candidate | None:
        reader = self._reader()
        try:
            seen = reader.ask(self._request(volume, place, read=False))
            reader.end()
        except NotTakenError as error:
            if error.kind == "missing":
                return None
            # Nobody knows when; the present keeps it from passing for early.
            now = moment_of_ns(time.time_ns())
            return Candidate(
                learner=learner,
                source=Source.HOMES,
                place=place,
                claimed_at=now,
                trouble=error.trouble,
            )
        if not seen["files"]:
            return None
        blank = Candidate(
            learner=learner, source=Source.HOMES, place=place, claimed_at=moment_of_ns(0)
        )
        return _dated(blank, seen)

    def _request(self, volume: Volume, place: str, *, read: bool) -> dict[str, object]:
        return {
            "home": parts_of(volume.path),
            "folders": parts_of(place),
            "files": self._bounds.files,
            "depth": self._bounds.depth,
            "ignored": IGNORED,
            "read": read,
        }


def _dated(candidate: Candidate, seen: Mapping[str, Any]) -> Candidate:
    return replace(
        candidate,
        claimed_at=moment_of_ns(seen["modified_ns"]),
        witnessed_at=moment_of_ns(seen["changed_ns"]),
        stamp=seen["stamp"],
        owner=f"uid {seen['uid']}",
    )


class _Reader:
    """The child process and its two pipes; what comes out of it was read from a hostile home."""

    def __init__(self, root: Path) -> None:
        self._unread = b""
        try:
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CourseOpsError(
                f"cannot open the folder of all homes: {error.strerror} ({root})"
            ) from error
        theirs_in, self._requests = os.pipe()
        self._answers, theirs_out = os.pipe()
        try:
            self._process = process.start(
                isolated.command(_CHILD, str(self._root)),
                env={},
                stdin=theirs_in,
                stdout=theirs_out,
                pass_fds=(self._root,),
                with_powers=True,
            )
        finally:
            os.close(theirs_in)
            os.close(theirs_out)

    def close(self) -> None:
        """End the child; one that a home holds up is killed."""
        for descriptor in (self._requests, self._answers, self._root):
            os.close(descriptor)
        try:
            self._process.wait(timeout=_END_TIMEOUT_SECONDS)
        except process.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Ask for one folder; give what was seen of it."""
        os.write(self._requests, json.dumps(request).encode() + b"\n")
        return self._line()

    def content(self, path: str, size_bytes: int) -> Iterator[bytes]:
        """Give the bytes of the next file."""
        left = size_bytes
        while left > 0:
            head = self._line()
            if head.get("path") != path or not 0 < head["bytes"] <= left:
                raise NotTakenError(changing_trouble())
            left -= head["bytes"]
            yield from self._bytes(head["bytes"])

    def end(self) -> None:
        """Wait for the end of an answer."""
        if self._line():
            raise NotTakenError(changing_trouble())

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self._unread:
            self._unread += self._piece()
        line, _, self._unread = self._unread.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        if "end" not in found:
            return found
        if found["end"]:
            raise NotTakenError(trouble_of(found["end"], found["at"]))
        return {}

    def _bytes(self, count: int) -> Iterator[bytes]:
        while count:
            piece = self._unread or self._piece()
            self._unread = piece[count:]
            yield piece[:count]
            count -= len(piece[:count])

    def _piece(self) -> bytes:
        if not select.select([self._answers], [], [], TIMEOUT_SECONDS)[0]:
            raise UnreachableError(f"a home could not be read within {TIMEOUT_SECONDS:.0f} s")
        piece = os.read(self._answers, _PIECE_BYTES)
        if not piece:
            raise CourseOpsError("the process that reads homes died")
        return piece

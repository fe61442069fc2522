"""What was collected, for good, below collected/ in the course folder.

    collected/ASSIGNMENT/20260302T230000Z-0123abcd.tar      what one collection brought in
        LEARNER/20260302T225901.000000Z-0123456789ab/…                 the files, untouched
        LEARNER/20260302T225901.000000Z-0123456789ab.manifest.json  .manifest.sig

`collected/ASSIGNMENT/.shown.json` says of each learner which of them submitted/ was last made to
hold, and how its files looked then, so that what a teacher or nbgrader itself changed there is
seen. It is written when a collection ends: of what a killed one had shown it knows nothing, and
the next collection takes that for somebody else's, which costs a copy and loses nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from courseops.adapters.collecting.incoming import (
    FEEDBACK_KEY,
    MANIFEST,
    OWN_KEY,
    SIGNATURE,
    PackedIncoming,
)
from courseops.adapters.collecting.kept import Kept, Shelf, pieces
from courseops.adapters.collecting.pack import Draft, finish
from courseops.adapters.collecting.showing import Layout, Shown, show, stamp_of
from courseops.adapters.collecting.stamps import write_stamp
from courseops.adapters.collecting.writing import unusable, write_over
from courseops.adapters.folders import make_private
from courseops.errors import CourseOpsError
from courseops.model.assignments.candidate import Bounds, refuse_path
from courseops.model.assignments.manifest import Manifest, folder_of, parse
from courseops.model.microseconds import nanoseconds

_MARKS = ".shown.json"
_STAMP = "timestamp.txt"
_FOLDER_BYTES = len(folder_of(datetime.now(UTC), "0" * 64))
# How much is taken was judged when it was collected; here only a name could do harm.
_ANY = Bounds(depth=1000)


@dataclass(frozen=True)
class _Pack:
    """The pack that this collection fills."""

    path: str
    descriptor: int


class PackedArchive:
    """The archive of one course; `layout` is asked for when it is needed."""

    def __init__(self, layout: Callable[[], Layout]) -> None:
        self._layout = layout
        self._packs: dict[str, _Pack] = {}
        self._shelves: dict[str, Shelf] = {}
        self._marks: dict[str, dict[str, dict[str, str]]] = {}
        self._changed: set[str] = set()

    @contextmanager
    def begin(self, name: str, learner: str, bounds: Bounds) -> Iterator[PackedIncoming]:
        """Open an empty submission of a learner."""
        shelf = self._shelf(name)
        try:
            pack = self._packs.get(name) or self._open(name)
            prefix_bytes = len(learner.encode(errors="surrogateescape")) + 1 + _FOLDER_BYTES
            draft = Draft(pack.descriptor, prefix_bytes)
        except OSError as error:
            raise unusable(error) from error
        try:
            yield PackedIncoming(draft, learner, bounds, partial(shelf.add, pack.path))
        finally:
            draft.drop()

    def _open(self, name: str) -> _Pack:
        folder = self._shelf(name).folder
        make_private(Path(folder))
        path = f"{folder}/{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.tar"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._packs[name] = _Pack(path, os.open(path, flags, 0o600))
        return self._packs[name]

    def learners(self, name: str) -> list[str]:
        """Name those of whom something is kept."""
        return sorted({learner for learner, _ in self._shelf(name).submissions})

    def folders(self, name: str, learner: str) -> list[str]:
        """Name what is kept of a learner."""
        return self._shelf(name).folders(learner)

    def manifest(self, name: str, learner: str, folder: str) -> tuple[bytes, str]:
        """Give a manifest as it was kept, and its signature; empty where there is none."""
        kept = self._shelf(name).submissions.get((learner, folder))
        if kept is None:
            return b"", ""
        return kept.content(MANIFEST), kept.content(SIGNATURE).decode("ascii", "replace")

    def differences(self, manifest: Manifest, folder: str) -> tuple[list[str], list[str]]:
        """Compare the files with the manifest: what is altered or too much, what is missing."""
        kept = self._shelf(manifest.assignment).submissions[manifest.learner, folder]
        wanted = {it.path: it for it in manifest.files}
        altered = sorted(kept.files.keys() - wanted.keys())
        for path in sorted(wanted.keys() & kept.files.keys()):
            digest = hashlib.sha256()
            for piece in pieces(kept.pack, kept.files[path]):
                digest.update(piece)
            if digest.hexdigest() != wanted[path].sha256:
                altered.append(path)
        return altered, sorted(wanted.keys() - kept.files.keys())

    def shown(self, name: str) -> Mapping[str, str]:
        """Say which folder's work submitted/ was last made to hold, by learner."""
        marks, there = self._read_marks(name), self._layout()
        return {
            learner: mark["folder"]
            for learner, mark in marks.items()
            if os.path.isdir(there.submission(name, learner))  # noqa: PTH112
        }

    def mark(self, name: str, learner: str) -> Mapping[str, str]:
        """Give what is noted of a learner's folder in submitted/; empty if it was never shown."""
        return self._read_marks(name).get(learner, {})

    def show(self, name: str, learner: str, folder: str, submitted_at: datetime) -> None:
        """Make submitted/ hold the files of a kept submission, in one step, as nbgrader does."""
        kept = self._shelf(name).submissions.get((learner, folder))
        if kept is None:
            raise CourseOpsError(
                f"{learner}'s submission {folder} is no longer in the archive",
                hint="bring collected/ back from a backup",
            )
        layout = self._layout()
        place = layout.submission(name, learner)
        stamp = show(place, _as_shown(kept, submitted_at), groupshared=layout.groupshared)
        self._note(name, learner, folder, stamp)

    def acknowledge(self, name: str, learner: str, folder: str) -> None:
        """Say that what lies in submitted/ is the work of a kept submission."""
        self._note(name, learner, folder, stamp_of(self._layout().submission(name, learner)))

    def settle(self) -> None:
        """Come back when everything kept is on the disk."""
        for pack in self._packs.values():
            os.fsync(pack.descriptor)

    def end(self) -> None:
        """Close what was added to, and note what submitted/ holds, once that is on the disk."""
        for pack in self._packs.values():
            if os.fstat(pack.descriptor).st_size:
                finish(pack.descriptor)
                os.fsync(pack.descriptor)
            else:
                os.unlink(pack.path)  # noqa: PTH108
            os.close(pack.descriptor)
        self._packs.clear()
        if self._changed:
            self._flush()
        for name in self._changed:
            folder = f"{self._layout().root}/collected/{name}"
            make_private(Path(folder))
            write_over(f"{folder}/{_MARKS}", json.dumps(self._marks[name]).encode(), 0o600)
        self._changed.clear()

    def _flush(self) -> None:
        root = os.open(self._layout().root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # One for all: an fsync a file would cost more than copying it.
            # https://man7.org/linux/man-pages/man2/syncfs.2.html
            ctypes.CDLL(None).syncfs(root)
        finally:
            os.close(root)

    def _note(self, name: str, learner: str, folder: str, stamp: str) -> None:
        self._read_marks(name)[learner] = {"folder": folder, "stamp": stamp}
        self._changed.add(name)

    def _read_marks(self, name: str) -> dict[str, dict[str, str]]:
        if name not in self._marks:
            place = Path(self._layout().root) / "collected" / name / _MARKS
            try:
                self._marks[name] = dict(json.loads(place.read_bytes()))
            except (FileNotFoundError, ValueError):
                self._marks[name] = {}
            except OSError as error:
                raise unusable(error) from error
        return self._marks[name]

    def _shelf(self, name: str) -> Shelf:
        if name not in self._shelves:
            self._shelves[name] = Shelf(f"{self._layout().root}/collected/{name}")
        return self._shelves[name]


def _as_shown(kept: Kept, submitted_at: datetime) -> dict[str, Shown]:
    """Give the files as they were, and what nbgrader needs beside: the time, feedback's secret."""
    times = _times(kept) if any(not it.modified_ns % 10**9 for it in kept.files.values()) else {}
    found = {
        path: Shown(pieces(kept.pack, it), times.get(path, it.modified_ns))
        for path, it in kept.files.items()
        if refuse_path(path, _ANY) is None
    }
    now_ns = time.time_ns()
    found[_STAMP] = Shown([write_stamp(submitted_at).encode()], now_ns)
    if OWN_KEY in kept.beside:
        found[FEEDBACK_KEY] = Shown([kept.content(OWN_KEY)], now_ns)
    return found


def _times(kept: Kept) -> dict[str, int]:
    """Give the files' times to the microsecond; a tar file has them to the second."""
    try:
        files = parse(kept.content(MANIFEST)).files
    except ValueError:
        return {}
    return {it.path: nanoseconds(it.modified_at) for it in files}

"""Folders of snapshots, fetched many at a time into a folder that only we can enter.

A program that is started once a file takes half a second each time, and a restore of all that
might be wanted may fill a disk. So the first folder is fetched by itself, and each time that one
is asked for which is not there, more of those that come next are fetched with it. Only files
that were asked for by name are: no link, no device, nothing that was found too large.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from courseops.adapters.closing import Closing
from courseops.adapters.collecting import walking
from courseops.adapters.folders import OwnFolder, remove_tree
from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Sighting
from courseops.ports.backup import Repository

_PREFIX = "snapshot-"
# What is fetched at once ends with the first of these; a folder by itself is fetched anyway.
_FOLDERS, _FILES, _BYTES = 256, 2000, 1_000_000_000
_GROWTH = 4
# Where so many restores failed, the fault is not in a few files, and each is fetched by itself.
_FAILURES = 40
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class Work:
    """One folder in one snapshot, and the files of it that are wanted, by their paths in it."""

    snapshot_id: str
    folder: str
    files: tuple[Sighting, ...]

    @property
    def key(self) -> tuple[str, str]:
        """Give what names it."""
        return self.snapshot_id, self.folder

    @property
    def paths(self) -> list[str]:
        """Give the files' paths in the snapshot."""
        return [f"{self.folder}/{it.path}" for it in self.files]

    @property
    def size_bytes(self) -> int:
        """Add up the sizes."""
        return sum(it.size_bytes for it in self.files)


class Staging(Closing):
    """What was fetched from `repository`, in a folder of its own in `place`, until it is closed."""

    def __init__(self, *, repository: Repository, place: Path) -> None:
        self._repository = repository
        self._place = place
        self._works: list[Work] = []
        self._fetched: set[tuple[str, str]] = set()
        self._at: dict[tuple[str, str], Path] = {}
        self._top: OwnFolder | None = None
        self._size = 1
        self._failures = 0

    def expect(self, works: Iterable[Work]) -> None:
        """Say what may be asked for, in the order in which it will be."""
        self._works = list(works)
        self._size, self._failures = 1, 0
        self._fetched.clear()

    def close(self) -> None:
        """Remove everything that was fetched."""
        self._at.clear()
        if self._top is not None:
            top, self._top = self._top, None
            top.remove()

    @contextmanager
    def open(self, work: Work, file: Sighting) -> Iterator[int]:
        """
        Open one file for reading.

        Raises:
            CourseOpsError: the repository does not give it.
        """
        if work.key not in self._at:
            self._fetch_with_the_next(work)
        where = self._at[work.key]
        descriptor = _opened(where, f"{work.folder}/{file.path}", file.size_bytes)
        if descriptor is None:
            with tempfile.TemporaryFile(dir=self._folder()) as staged:
                self._repository.dump(Volume(username="", path=work.folder), file, staged.fileno())
                yield staged.fileno()
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def whole(self, snapshot_id: str, path: str) -> Path:
        """Fetch all that lies below a folder, links and all; say where it lies until the end."""
        where = Path(tempfile.mkdtemp(dir=self._folder()))
        self._repository.restore(snapshot_id, [path], where)
        return where / path

    def _fetch_with_the_next(self, work: Work) -> None:
        batch = self._batch(work)
        self.close()
        self._fetched.update(it.key for it in batch)
        self._size = min(self._size * _GROWTH, _FOLDERS)
        self._fetch(batch)

    def _batch(self, work: Work) -> list[Work]:
        batch, files, size_bytes = [work], len(work.files), work.size_bytes
        known = [it.key for it in self._works]
        start = known.index(work.key) + 1 if work.key in known else len(known)
        for each in self._works[start:]:
            if each.snapshot_id != work.snapshot_id or each.key in self._fetched:
                continue
            files += len(each.files)
            size_bytes += each.size_bytes
            if len(batch) == self._size or files > _FILES or size_bytes > _BYTES:
                break
            batch.append(each)
        return batch

    def _fetch(self, batch: Sequence[Work]) -> None:
        """Fetch some folders; where that fails for one of them, the others are there anyway."""
        where = Path(tempfile.mkdtemp(dir=self._folder()))
        self._at.update({it.key: where for it in batch})
        try:
            paths = [path for it in batch for path in it.paths]
            self._repository.restore(batch[0].snapshot_id, paths, where)
        except (LockedError, RefusedError, UnreachableError):
            self.close()
            raise
        except CourseOpsError:
            # What is not there, or not of its size, is fetched by itself when it is asked for.
            remove_tree(where)
            self._failures += 1
            if len(batch) > 1 and self._failures < _FAILURES:
                middle = len(batch) // 2
                self._fetch(batch[:middle])
                self._fetch(batch[middle:])

    def _folder(self) -> Path:
        """Give the folder of ours; what a killed process left of its own is removed."""
        if self._top is None:
            self._top = OwnFolder(self._place, _PREFIX)
        return self._top.path


def _opened(where: Path, path: str, size_bytes: int) -> int | None:
    """Open a file that was fetched, through no link; None if it is not there as it should be."""
    *folders, name = path.split("/")
    try:
        top = os.open(where, walking.FOLDER)
        try:
            parent = walking.enter(top, folders)
        finally:
            os.close(top)
        try:
            descriptor = os.open(name, _FILE, dir_fd=parent)
        finally:
            os.close(parent)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size == size_bytes:
        return descriptor
    os.close(descriptor)
    return None

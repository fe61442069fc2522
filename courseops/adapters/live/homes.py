"""Homes as they are now, looked at as whoever makes the backups, through no link.

A learner may arrange a home as they like: millions of files, folders as deep as can be, a link
swapped in at the right moment. Each folder is opened relative to the one before with O_NOFOLLOW
and each walk ends somewhere. https://man7.org/linux/man-pages/man2/open.2.html
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from courseops.adapters.collecting import walking
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.backups.excluding import Excluding
from courseops.model.backups.restore import Sighting
from courseops.model.backups.success import HomeLook, TooLarge
from courseops.model.microseconds import microseconds

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20
# restic leaves out a folder with this file in it, if told to: https://bford.info/cachedir/
_CACHE_TAG = "CACHEDIR.TAG"
_MOST_ENTRIES = 1_000_000
_DEEPEST = 200
# Of st_blocks, whatever the blocks of the file system: https://man7.org/linux/man-pages/man3/stat.3type.html
_BLOCK_BYTES = 512


class LiveHomes:
    """Looks into homes; nothing of them is kept."""

    def look(
        self, root: Path, volumes: Sequence[Volume], *, largest_bytes: int, exclude: Sequence[str]
    ) -> dict[str, HomeLook]:
        """
        Say by username what lies in homes, leaving out what a backup with `exclude` would.

        Who may not be looked at, or has too many files to count, is not in the answer.
        """
        excluding = Excluding(exclude)
        found = {}
        for volume in volumes:
            walk = _Walk(excluding, largest_bytes)
            try:
                with walking.entered(root, volume.path.split("/")) as top:
                    walk.go(top, "")
            except (OSError, _TooManyError):
                continue
            found[volume.username] = walk.seen()
        return found

    def compare(self, root: Path, volume: Volume, sighting: Sighting, copy: int) -> bool | None:
        """
        Say whether the file in the home has the bytes that the descriptor `copy` has.

        None if it no longer is the file that was backed up: its time of change or size differs.
        """
        *folders, name = sighting.path.split("/")
        try:
            with walking.entered(root, [*volume.path.split("/"), *folders]) as folder:
                live = os.open(name, _FILE, dir_fd=folder)
            try:
                if not _is_same(live, sighting):
                    return None
                is_like = _bytes_alike(live, copy, sighting.size_bytes)
                return is_like if _is_same(live, sighting) else None
            finally:
                os.close(live)
        except OSError:
            return None

    @contextmanager
    def open_copy(self, restored: str, path: str) -> Iterator[int]:
        """
        Open a file that was restored below a folder of ours, to be read.

        Raises:
            CourseOpsError: it is not there, or is no plain file.
        """
        *folders, name = path.split("/")
        try:
            with walking.entered(Path(restored), folders) as folder:
                copy = os.open(name, _FILE, dir_fd=folder)
        except OSError as error:
            raise CourseOpsError(f"it did not come back: {error.strerror}") from error
        try:
            if not stat.S_ISREG(os.fstat(copy).st_mode):
                raise CourseOpsError("something else than a file came back")
            yield copy
        finally:
            os.close(copy)


class _TooManyError(Exception):
    """A home has more in it than is worth counting."""


class _Walk:
    """One walk through one home."""

    def __init__(self, excluding: Excluding, largest_bytes: int) -> None:
        self.files = 0
        self.too_large: list[TooLarge] = []
        self._excluding = excluding
        self._largest_bytes = largest_bytes
        self._entries = 0
        self._size_bytes = 0
        self._device = -1

    def seen(self) -> HomeLook:
        """Say what was seen."""
        return HomeLook(
            files=self.files, too_large=tuple(self.too_large), size_bytes=self._size_bytes
        )

    def go(self, folder: int, above: str) -> None:
        """Look at everything in an open folder, whose path in the home is `above`."""
        device = os.fstat(folder).st_dev
        if self._device == -1:
            self._device = device
        if device != self._device or above.count("/") > _DEEPEST:
            return
        with os.scandir(folder) as entries:
            there = list(entries)
        if any(entry.name == _CACHE_TAG for entry in there):
            return
        self._entries += len(there)
        if self._entries > _MOST_ENTRIES:
            raise _TooManyError
        for entry in there:
            path = above + entry.name
            if self._excluding.means(path):
                continue
            if entry.is_dir(follow_symlinks=False):
                self._below(folder, entry.name, path)
            elif entry.is_file(follow_symlinks=False):
                self._count(entry, path)

    def _below(self, folder: int, name: str, path: str) -> None:
        try:
            below = os.open(name, walking.FOLDER, dir_fd=folder)
        except OSError:
            # The backup itself says what could not be read.
            return
        try:
            self.go(below, f"{path}/")
        finally:
            os.close(below)

    def _count(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return
        if status.st_size > self._largest_bytes:
            self.too_large.append(TooLarge(path=path, size_bytes=status.st_size))
            # Anybody can make a file of a petabyte of holes, which takes no room.
            self._size_bytes += min(status.st_size, status.st_blocks * _BLOCK_BYTES)
        else:
            self.files += 1
            self._size_bytes += status.st_size


def _is_same(live: int, sighting: Sighting) -> bool:
    status = os.fstat(live)
    return (
        stat.S_ISREG(status.st_mode)
        and status.st_size == sighting.size_bytes
        and status.st_mtime_ns // 1000 == microseconds(sighting.modified_at)
    )


def _bytes_alike(live: int, copy: int, size_bytes: int) -> bool:
    return all(
        os.pread(live, _CHUNK_BYTES, offset) == os.pread(copy, _CHUNK_BYTES, offset)
        for offset in range(0, size_bytes, _CHUNK_BYTES)
    )

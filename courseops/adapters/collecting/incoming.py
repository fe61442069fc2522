"""A submission on its way into the archive: counted and hashed while its bytes are written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from courseops.errors import CourseOpsError
from courseops.model.candidate import (
    Bounds,
    NotTakenError,
    Trouble,
    refuse_path,
    refuse_size,
)
from courseops.model.manifest import CollectedFile

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FolderIncoming:
    """Writes into `folder`, which only we can enter; `home` is where it is kept in the end."""

    def __init__(self, folder: Path, home: Path, bounds: Bounds) -> None:
        self._folder = folder
        self._home = home
        self.bounds = bounds
        self._files: dict[str, CollectedFile] = {}
        self._total_bytes = 0

    @property
    def files(self) -> tuple[CollectedFile, ...]:
        """List what was received."""
        return tuple(self._files.values())

    def receive(self, path: str, chunks: Iterable[bytes], *, modified_at: datetime) -> None:
        """
        Keep one file.

        Raises:
            NotTakenError: its name, its size or the number of files is out of bounds.
        """
        trouble = refuse_path(path, self.bounds) or self._too_much(0)
        if trouble is not None:
            raise NotTakenError(trouble)
        where = f"{self._folder}/{path}"
        try:
            if "/" in path:
                Path(where).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(where, _NEW, 0o400)
        except OSError as error:
            raise _unwritable(error) from error
        digest, size_bytes = hashlib.sha256(), 0
        try:
            for chunk in chunks:
                digest.update(chunk)
                size_bytes += len(chunk)
                trouble = self._too_much(size_bytes)
                if trouble is not None:
                    raise NotTakenError(trouble)
                write_all(descriptor, chunk)
            nanoseconds = round(modified_at.timestamp() * 1e6) * 1000
            os.utime(descriptor, ns=(nanoseconds, nanoseconds))
        finally:
            os.close(descriptor)
        self._total_bytes += size_bytes
        self._files[path] = CollectedFile(
            path=path, size_bytes=size_bytes, sha256=digest.hexdigest(), modified_at=modified_at
        )

    def keep(self, folder: str, manifest: bytes, signature: str, receipt: str) -> None:
        """Make it part of the archive; the folder comes last, and with it all is there."""
        beside = {".manifest.json": manifest, ".manifest.sig": signature.encode("ascii")}
        beside[".receipt.txt"] = receipt.encode()
        try:
            for ending, content in beside.items():
                _write_new(f"{self._home}/{folder}{ending}", content)
            os.rename(self._folder, f"{self._home}/{folder}")  # noqa: PTH104 -- a thousand times, in strings
        except OSError as error:
            raise _unwritable(error) from error

    def _too_much(self, size_bytes: int) -> Trouble | None:
        return refuse_size(
            self.bounds,
            files=len(self._files) + 1,
            file_bytes=size_bytes,
            total_bytes=self._total_bytes + size_bytes,
        )


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; a disk that is full may take the first ones only."""
    try:
        written = os.write(descriptor, content)
        while written < len(content):
            written += os.write(descriptor, content[written:])
    except OSError as error:
        raise _unwritable(error) from error


def _write_new(path: str, content: bytes) -> None:
    """Write a small file; one that a killed run left counts for nothing without its folder."""
    try:
        descriptor = os.open(path, _NEW, 0o400)
    except FileExistsError:
        os.unlink(path)  # noqa: PTH108
        descriptor = os.open(path, _NEW, 0o400)
    try:
        write_all(descriptor, content)
    finally:
        os.close(descriptor)


def write_over(path: str, content: bytes, mode: int) -> None:
    """Put a small file in its place in one step, whatever was there."""
    fresh = f"{path}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode | 0o200)
    try:
        write_all(descriptor, content)
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)
    os.rename(fresh, path)  # noqa: PTH104 -- a thousand times, in strings


def pieces(path: str) -> Iterator[bytes]:
    """Give the bytes of a file of our own."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 -- a thousand times, in strings
        while chunk := file.read(1 << 20):
            yield chunk


def _unwritable(error: OSError) -> CourseOpsError:
    return CourseOpsError(
        f"the archive of submissions cannot be written: {error.strerror} ({error.filename})",
        hint="free some space, or give courseops the right to write to the course folder",
    )

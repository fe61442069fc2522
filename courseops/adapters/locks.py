"""Locks between the processes of one machine, as `flock` on files of the state folder.

Those between machines are in `store/locks.py`, where the database has them. The kernel lets go
of ours when their holder dies, even by `kill -9`, so a lock is never stale. Not for network file
systems: https://man7.org/linux/man-pages/man2/flock.2.html
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from courseops.adapters.folders import make_private
from courseops.errors import CourseOpsError, LockedError
from courseops.ports.ambient import Locks


class FileLocks:
    """One file a lock, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """
        Hold the lock `name`.

        Raises:
            LockedError: another process, or another part of this one, holds it.
        """
        path = self._folder / f"{name.replace('/', '-')}.lock"
        descriptor = self._locked(path, name)
        try:
            # Only a word for people: a full disk must not keep anybody from having work back.
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def clear(self, before: datetime) -> int:
        """Remove the files of locks that nobody has held since; give their number."""
        removed = 0
        for path in self._folder.glob("*.lock"):
            with suppress(OSError, LockedError):
                if path.stat().st_mtime < before.timestamp():
                    descriptor = self._locked(path, path.stem)
                    try:
                        path.unlink()
                        removed += 1
                    finally:
                        os.close(descriptor)
        return removed

    def _locked(self, path: Path, name: str) -> int:
        """Give the open file of a lock that is ours until it is closed."""
        while True:
            descriptor = self._opened(path)
            try:
                _lock(descriptor, name)
                # Whoever clears up may have removed it since we opened it, and another made anew.
                if _is_at(path, descriptor):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _opened(self, path: Path) -> int:
        try:
            make_private(self._folder)
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CourseOpsError(
                f"cannot write to the state folder: {error.strerror} ({path})",
                hint="make site.state in config.toml a folder that courseops may write to",
            ) from error


def _lock(descriptor: int, name: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "?"
        raise LockedError(
            f"another courseops (process {holder}) is at work on {name}",
            hint="wait for it to end, or see what it does with: courseops status",
        ) from error


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


class SeveralLocks:
    """Locks of several kinds, held together: one that fails leaves those before it in force."""

    def __init__(self, *kinds: Locks) -> None:
        self._kinds = kinds

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """
        Hold the lock `name` of each kind, in their order.

        Raises:
            LockedError: another process holds it.
        """
        with ExitStack() as held:
            for locks in self._kinds:
                held.enter_context(locks.hold(name))
            yield

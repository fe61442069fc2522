"""First passwords that wait to be handed out: one private file a course.

The folder is its owner's alone and so is each file; nothing is read or written through a link,
and a file is replaced as a whole, so that a process that dies leaves the old one or the new one.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from courseops.adapters.folders import FOLDER, make_private
from courseops.errors import CourseOpsError
from courseops.model.rosters.credential import FirstPassword

_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FirstPasswordFiles:
    """The first passwords of all courses, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def waiting(self, course_id: str) -> dict[str, FirstPassword]:
        """Give those of a course that were not handed out yet, by username."""
        if not os.path.lexists(self._folder):
            return {}
        with self._opened() as folder:
            return self._read(folder, course_id)

    def keep(self, course_id: str, passwords: Iterable[FirstPassword]) -> None:
        """Keep passwords, in place of those of the same usernames; on disk when this returns."""
        new = {password.username: password for password in passwords}
        if not new:
            return
        with self._opened() as folder:
            self._write(folder, course_id, self._read(folder, course_id) | new)

    def forget(self, course_id: str, usernames: Collection[str]) -> None:
        """Forget passwords that were handed out, or that were never set."""
        if not os.path.lexists(self._folder):
            return
        with self._opened() as folder:
            there = self._read(folder, course_id)
            left = {name: there[name] for name in there if name not in usernames}
            if left != there:
                self._write(folder, course_id, left)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Open the folder while no other process reads or writes in it."""
        with self._in_words():
            make_private(self._folder)
            folder = os.open(self._folder, FOLDER)
        try:
            self._insist_on_private(os.fstat(folder), self._folder)
            fcntl.flock(folder, fcntl.LOCK_EX)
            with self._in_words():
                yield folder
        finally:
            os.close(folder)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CourseOpsError(
                f"cannot keep first passwords in {self._folder}: {error.strerror}",
                hint="make it a folder of its own, no link, that only courseops may enter",
            ) from error

    def _insist_on_private(self, status: os.stat_result, path: Path) -> None:
        if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & 0o077:
            raise CourseOpsError(
                f"others may read the first passwords in {path}",
                hint=f"make it yours alone: chmod u=rwX,go= {path}; and give new passwords to "
                "those in it",
            )

    def _read(self, folder: int, course_id: str) -> dict[str, FirstPassword]:
        name = _file_of(course_id)
        try:
            descriptor = os.open(name, _OLD_FILE, dir_fd=folder)
        except FileNotFoundError:
            return {}
        with os.fdopen(descriptor, encoding="utf-8") as file:
            self._insist_on_private(os.fstat(descriptor), self._folder / name)
            try:
                kept = json.load(file)["passwords"]
                return {entry["username"]: FirstPassword(**entry) for entry in kept}
            except (ValueError, TypeError, KeyError):
                # What it holds stays unsaid, and so does the cause: there are passwords in it.
                raise CourseOpsError(
                    f"the file of first passwords cannot be read: {self._folder / name}",
                    hint="move it away, and give new passwords with --reset-password",
                ) from None

    def _write(self, folder: int, course_id: str, passwords: Mapping[str, FirstPassword]) -> None:
        name = _file_of(course_id)
        if not passwords:
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
            return
        entries = [
            {"username": it.username, "password": it.password, "is_set": it.is_set}
            for it in passwords.values()
        ]
        temporary = f".{name}.{secrets.token_hex(8)}"
        try:
            descriptor = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"passwords": entries}, file)
                file.flush()
                os.fsync(descriptor)
            os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            raise
        os.fsync(folder)


def _file_of(course_id: str) -> str:
    return f"{quote(course_id, safe='')}.json"

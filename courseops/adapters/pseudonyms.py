"""The keys of pseudonyms: one private file a term, in a folder of its own.

A key that is destroyed is overwritten and removed. A copy of it in a backup of the folder, or on a
disk that writes elsewhere what is overwritten, is out of our reach: whoever backs up the state
folder leaves `pseudonyms/` out, or destroys it there, too.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from courseops.adapters.folders import make_private
from courseops.errors import CourseOpsError
from courseops.model.people.pseudonym import KEY_BYTES, TermKey

_TERM = re.compile(r"\d{4}-\d{2}-\d{2}")
_EXPOSED = 0o077
_OLD_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class PseudonymKeyFiles:
    """The keys of all terms, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key(self, term: str) -> bytes:
        """Give the key of a term; the first time, it is made."""
        path = self._path(term)
        with self._in_words():
            return self._read(path) or self._make(path)

    def known(self) -> list[TermKey]:
        """Say which terms have a key, by their names."""
        with self._in_words():
            files = sorted(it for it in self._folder.glob("*.key") if _TERM.fullmatch(it.stem))
            return [TermKey(term=it.stem, made_at=_made_at(it)) for it in files]

    def destroy(self, term: str) -> bool:
        """Destroy the key of a term, for good; False if there is none."""
        path = self._path(term)
        with self._in_words():
            try:
                descriptor = os.open(path, os.O_WRONLY | _OLD_FILE)
            except FileNotFoundError:
                return False
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"\0" * os.fstat(descriptor).st_size)
                file.flush()
                os.fsync(descriptor)
            path.unlink()
            self._settle()
        return True

    def _path(self, term: str) -> Path:
        if not _TERM.fullmatch(term):
            raise CourseOpsError(
                f"no term is called {term!r}",
                hint="a term is named by the day it began; see: courseops person unlink",
            )
        return self._folder / f"{term}.key"

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CourseOpsError(
                f"cannot use the keys of pseudonyms in {self._folder}: {error.strerror}",
                hint="make it a folder of its own, no link, that only courseops may enter",
            ) from error

    def _read(self, path: Path) -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY | _OLD_FILE)
        except FileNotFoundError:
            return b""
        with os.fdopen(descriptor, "rb") as file:
            if os.fstat(descriptor).st_mode & _EXPOSED:
                raise CourseOpsError(
                    f"others may read a key of pseudonyms: {path}",
                    hint=f"chmod 600 {path}; if somebody may have read it: "
                    f"courseops person unlink {path.stem}",
                )
            try:
                raw = base64.b64decode(file.read().strip(), validate=True)
            except ValueError:
                raw = b""
        if len(raw) != KEY_BYTES or not any(raw):
            raise CourseOpsError(
                f"{path} holds no key of pseudonyms",
                hint=f"remove it, and new pseudonyms are made: courseops person unlink {path.stem}",
            )
        return raw

    def _make(self, path: Path) -> bytes:
        make_private(self._folder)
        raw = secrets.token_bytes(KEY_BYTES)
        draft = self._folder / f".{path.name}.{secrets.token_hex(8)}"
        with os.fdopen(os.open(draft, _NEW_FILE, 0o600), "wb") as file:
            file.write(base64.b64encode(raw) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # Of two that make one at the same moment, the first one's counts.
            os.link(draft, path)
        except FileExistsError:
            return self._read(path)
        finally:
            draft.unlink()
        self._settle()
        return raw

    def _settle(self) -> None:
        """Have on disk what the folder holds."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _made_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)

"""Empty a folder that a hostile learner controls, as that learner, of what is kept elsewhere.

It is imported where a home is only looked at, and run as a program of its own where one is
emptied: then it gives up every power for good before it removes anything, so that the kernel
decides what may go. It follows no link: each folder is opened relative to the one above, with
O_NOFOLLOW, and only on the file system that the home itself is on.

As a program it reads one JSON request on stdin and answers with one JSON document on stdout. It
imports little more than the standard library, and all of it before it changes its user.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from courseops.adapters.powers import become

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ALL_RIGHTS = 0o700
_ONLY_NAMED = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    What may go.

    `top_fd` was opened by the parent. `files` gives by path the size and the time of change in
    microseconds, `links` the SHA-256 of where they lead. With `only_look` nothing is removed.
    `uid` and `gid` are None when nobody else needs to be become.
    """

    top_fd: int
    files: Mapping[str, Sequence[int]]
    links: Mapping[str, str]
    only_look: bool = False
    uid: int | None = None
    gid: int | None = None


class Emptying:
    """One home while it is being emptied; `device` is its file system."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._device = os.fstat(request.top_fd).st_dev

    def left_in(self, folder: int, above: str) -> Iterator[str]:
        """Remove what may go from an open folder; give the path of what stays, with its reason."""
        if not self._request.only_look:
            _open_up(folder)
        for name in sorted(os.listdir(folder)):
            path = f"{above}{name}"
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    yield from self._left_below(folder, name, path)
                elif not self._is_kept(folder, name, path, status):
                    yield f"{path} is not in the archive as it is now"
                elif not self._request.only_look:
                    os.unlink(name, dir_fd=folder)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield f"{path}: {error.strerror}"

    def _left_below(self, folder: int, name: str, path: str) -> Iterator[str]:
        below = self._opened(folder, name)
        try:
            if os.fstat(below).st_dev != self._device:
                yield f"{path} is on another file system"
                return
            yield from self.left_in(below, f"{path}/")
        finally:
            os.close(below)
        if not self._request.only_look:
            # One that is not empty holds what was said to stay.
            with suppress(OSError):
                os.rmdir(name, dir_fd=folder)

    def _opened(self, folder: int, name: str) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=folder)
        except PermissionError:
            if self._request.only_look:
                raise
        named = os.open(name, _ONLY_NAMED, dir_fd=folder)
        try:
            # Through the descriptor, so that it is this very folder's mode.
            os.chmod(f"/proc/self/fd/{named}", _ALL_RIGHTS)  # noqa: PTH101 -- it is no path
        finally:
            os.close(named)
        return os.open(name, _FOLDER, dir_fd=folder)

    def _is_kept(self, folder: int, name: str, path: str, status: os.stat_result) -> bool:
        if stat.S_ISREG(status.st_mode):
            now = [status.st_size, status.st_mtime_ns // 1000]
            return list(self._request.files.get(path, ())) == now
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(name, dir_fd=folder))
            return self._request.links.get(path) == hashlib.sha256(target).hexdigest()
        # A socket, a pipe or a device holds nothing.
        return True


def _open_up(folder: int) -> None:
    """Let the owner of a folder take things out of it."""
    mode = stat.S_IMODE(os.fstat(folder).st_mode)
    if mode & _ALL_RIGHTS != _ALL_RIGHTS:
        os.fchmod(folder, mode | _ALL_RIGHTS)


def main() -> None:
    """Answer one request."""
    request = Request(**json.load(sys.stdin))
    if request.uid is not None and request.gid is not None:
        become(request.uid, request.gid)
    json.dump({"left": list(Emptying(request).left_in(request.top_fd, ""))}, sys.stdout)

"""Put bytes into a folder that a hostile learner controls, as that learner.

Run as a program of its own by `courseops.adapters.placing`, never imported by it. It gives
up root for good before it touches the folder, so that the kernel decides what may be
written where, and it still follows no link: each folder on the way is opened relative to
the one before, with O_NOFOLLOW. https://man7.org/linux/man-pages/man2/open.2.html

It reads one JSON request on stdin and answers with one JSON document on stdout. It imports
the standard library alone, and all of it before it changes its user: as the learner it
might not be allowed to read Python's own files any more.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    What to place where.

    `root_fd` and `staged_fd` were opened by the parent; `names` are tried in their order;
    `uid` and `gid` are None when the parent is the learner already.
    """

    root_fd: int
    staged_fd: int
    folders: Sequence[str]
    names: Sequence[str]
    mode: int
    modified_ns: int
    uid: int | None
    gid: int | None


def become(uid: int, gid: int) -> None:
    """Turn into the learner, with no way back."""
    if uid == 0:
        raise PermissionError("nothing is ever placed as root")
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def walk(root_fd: int, folders: Sequence[str]) -> int:
    """Open the folder to place into, and make what is missing on the way as open as its parent."""
    here = os.dup(root_fd)
    for name in folders:
        try:
            below = os.open(name, _FOLDER, dir_fd=here)
        except FileNotFoundError:
            os.mkdir(name, os.fstat(here).st_mode & 0o777, dir_fd=here)
            below = os.open(name, _FOLDER, dir_fd=here)
        os.close(here)
        here = below
    return here


def write(request: Request, folder: int, temporary: str) -> None:
    """Copy what was staged into a new file that nobody else can open yet."""
    target = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
    try:
        offset = 0
        while sent := os.sendfile(target, request.staged_fd, offset, 1 << 20):
            offset += sent
        # A set-uid bit is no part of anybody's homework.
        os.fchmod(target, request.mode & 0o777)
        os.utime(target, ns=(request.modified_ns, request.modified_ns))
        os.fsync(target)
    finally:
        os.close(target)


def name_it(folder: int, temporary: str, names: Sequence[str]) -> str:
    """
    Give the file the first name that is free.

    link(2) fails on a name that is taken, whatever lies there, in one step; unlike
    renameat2(2) with RENAME_NOREPLACE it does so on NFS, too.
    """
    for name in names:
        try:
            os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except FileExistsError:
            continue
        return name
    raise FileExistsError(f"{names[0]!r} and {len(names) - 1} other names are taken")


def place(request: Request) -> str:
    """Place the file; give the name it got."""
    if request.uid is not None and request.gid is not None:
        become(request.uid, request.gid)
    os.umask(0)
    folder = walk(request.root_fd, request.folders)
    temporary = f".courseops-{os.getpid()}-{os.urandom(8).hex()}"
    try:
        write(request, folder, temporary)
        return name_it(folder, temporary, request.names)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        os.fsync(folder)


def main() -> None:
    """Answer one request."""
    request = Request(**json.load(sys.stdin))
    try:
        answer: dict[str, object] = {"name": place(request)}
    except OSError as error:
        answer = {
            "errno": error.errno or 0,
            "reason": error.strerror or str(error),
            "at": str(error.filename or ""),
        }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()

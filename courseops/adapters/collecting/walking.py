"""Walk and read a folder whose owner may be hostile, through no link.

Each folder is opened relative to the one before with O_NOFOLLOW, and each file is looked at
after it was opened, so nothing that is swapped in between leads anywhere else.
https://man7.org/linux/man-pages/man2/open.2.html

It is imported where we may read with our own rights, and run as a program of its own where
homes are read: then it forks for each home, gives up every power for good and reads as the
learner. So it imports little more than the standard library. As a program it reads one JSON
request a line, and answers with JSON lines, each file's bytes after its line.
"""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from courseops.adapters.powers import become, may_become_others

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO that was swapped in would wait for a writer for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20
_ANY_COUNT, _ANY_DEPTH = 1_000_000, 1000


class RefusedError(Exception):
    """What was found is not taken; `kind` says why in one word, `path` where."""

    def __init__(self, kind: str, path: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.path = path


@dataclass(frozen=True)
class Limits:
    """Where a walk ends: so many files and folders, so deep; what is called so is left out."""

    files: int
    depth: int
    ignored: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """One file as it was when the folder was walked; times in nanoseconds."""

    path: str
    size_bytes: int
    modified_ns: int
    changed_ns: int
    inode: int
    uid: int

    @classmethod
    def of(cls, path: str, status: os.stat_result) -> Found:
        """Say what `status` says of the file at `path`."""
        return cls(
            path=path,
            size_bytes=status.st_size,
            modified_ns=status.st_mtime_ns,
            changed_ns=status.st_ctime_ns,
            inode=status.st_ino,
            uid=status.st_uid,
        )


@dataclass(frozen=True)
class Survey:
    """A whole folder as it was; the newest times are of any file, or of a folder itself."""

    files: tuple[Found, ...]
    modified_ns: int
    changed_ns: int
    uid: int
    stamp: str


def survey(top: int, limits: Limits) -> Survey:
    """
    Look at everything below the open folder `top`.

    Raises:
        RefusedError: something is a link, a special file or another account's; it is too much.
        OSError: it cannot be read.
    """
    status = os.fstat(top)
    folders: list[os.stat_result] = [status]
    files = sorted(_walk(top, "", limits, folders), key=lambda it: it.path)
    return Survey(
        files=tuple(files),
        modified_ns=max((it.modified_ns for it in files), default=status.st_mtime_ns),
        changed_ns=max([*(it.changed_ns for it in files), *(it.st_ctime_ns for it in folders)]),
        uid=status.st_uid,
        stamp=stamp_of(files),
    )


def stamp_of(files: Sequence[Found]) -> str:
    """Name how files look, sorted by path; another name as soon as one of them changes."""
    lines = [(it.path, it.size_bytes, it.modified_ns, it.changed_ns, it.inode) for it in files]
    return hashlib.sha256(repr(lines).encode("ascii", "backslashreplace")).hexdigest()


def is_still(top: int, seen: Survey) -> bool:
    """
    Say whether nothing came into the folder `top`, or left it, since it was surveyed.

    That each file is the same is known from reading it.
    """
    if any("/" in it.path for it in seen.files):
        return survey(top, Limits(files=_ANY_COUNT, depth=_ANY_DEPTH)).stamp == seen.stamp
    return os.fstat(top).st_ctime_ns <= seen.changed_ns


def _walk(top: int, above: str, limits: Limits, folders: list[os.stat_result]) -> Iterator[Found]:
    seen, owner = 0, folders[-1].st_uid
    with os.scandir(top) as entries:
        for entry in entries:
            if any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in limits.ignored):
                continue
            seen += 1
            if seen + len(folders) > 2 * limits.files:
                raise RefusedError("too-many", above)
            path = above + entry.name
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(status.st_mode):
                yield _found(path, status, owner)
            elif stat.S_ISDIR(status.st_mode):
                if path.count("/") + 2 > limits.depth:
                    raise RefusedError("too-deep", path)
                yield from _below(top, entry.name, path, limits, folders)
            else:
                linked = stat.S_ISLNK(status.st_mode)
                raise RefusedError("link" if linked else "special-file", path)


def _below(
    top: int, name: str, path: str, limits: Limits, folders: list[os.stat_result]
) -> Iterator[Found]:
    below = os.open(name, FOLDER, dir_fd=top)
    try:
        folders.append(os.fstat(below))
        yield from _walk(below, f"{path}/", limits, folders)
    finally:
        os.close(below)


def _found(path: str, status: os.stat_result, owner: int) -> Found:
    # A second name of another account's file: reading it with our rights would hand it over.
    if status.st_nlink > 1 and status.st_uid != owner:
        raise RefusedError("link", path)
    return Found.of(path, status)


def read(top: int, file: Found) -> Iterator[bytes]:
    """
    Give the bytes of a file that a survey found, as long as it is still the same.

    Raises:
        RefusedError: it is not, or it changed while it was read.
    """
    try:
        descriptor = _opened(top, file.path)
    except OSError as error:
        raise RefusedError("changing", file.path) from error
    try:
        _insist_on_same(descriptor, file)
        left = file.size_bytes
        while left > 0 and (chunk := os.read(descriptor, min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk
        _insist_on_same(descriptor, file)
    finally:
        os.close(descriptor)


def _opened(top: int, path: str) -> int:
    *folders, name = path.split("/")
    if not folders:
        return os.open(name, _FILE, dir_fd=top)
    here = enter(top, folders)
    try:
        return os.open(name, _FILE, dir_fd=here)
    finally:
        os.close(here)


def _insist_on_same(descriptor: int, file: Found) -> None:
    now = os.fstat(descriptor)
    before = (file.size_bytes, file.modified_ns, file.changed_ns, file.inode)
    if (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino) != before:
        raise RefusedError("changing", file.path)


def enter(top: int, folders: Sequence[str]) -> int:
    """Open a folder below `top`, through no link."""
    here = os.dup(top)
    for name in folders:
        try:
            below = os.open(name, FOLDER, dir_fd=here)
        finally:
            os.close(here)
        here = below
    return here


@contextmanager
def entered(root: Path, folders: Sequence[str]) -> Iterator[int]:
    """Open a folder below `root`, through no link; the root itself is trusted and may be one."""
    top = os.open(root, _ROOT)
    try:
        here = enter(top, folders)
    finally:
        os.close(top)
    try:
        yield here
    finally:
        os.close(here)


def answer(request: dict[str, object], root: int, out: BinaryIO) -> None:
    """Answer one request: look at a folder of a home or, with `read`, also hand over its files."""
    home = enter(root, _names(request["home"]))
    if may_become_others():
        learner = os.fstat(home).st_uid
        become(learner, learner)
    limits = Limits(
        files=int(str(request["files"])),
        depth=int(str(request["depth"])),
        ignored=_names(request["ignored"]),
    )
    top = enter(home, _names(request["folders"]))
    seen = survey(top, limits)
    _line(out, asdict(seen))
    if not request["read"]:
        return
    for file in seen.files:
        for chunk in read(top, file):
            _line(out, {"path": file.path, "bytes": len(chunk)})
            out.write(chunk)
    if survey(top, limits).stamp != seen.stamp:
        raise RefusedError("changing", "")


def _names(value: object) -> list[str]:
    assert isinstance(value, list)  # our own parent wrote it
    return [str(name) for name in value]


def _line(out: BinaryIO, document: dict[str, object]) -> None:
    out.write(json.dumps(document).encode() + b"\n")


def _in_a_fork(request: dict[str, object], root: int) -> None:
    """Answer from a process of its own, which may become somebody else for good."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if status:
            os._exit(1)
        return
    end: dict[str, object] = {"end": ""}
    with os.fdopen(os.dup(1), "wb") as out:
        try:
            answer(request, root, out)
        except RefusedError as error:
            end = {"end": error.kind, "at": error.path}
        except OSError as error:
            kind = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
            linked = isinstance(error, NotADirectoryError) or error.errno == errno.ELOOP
            end = {"end": "link" if linked else kind, "at": error.strerror or str(error)}
        _line(out, end)
    os._exit(0)


def main() -> None:
    """Answer requests until there are no more; the first argument is the root's descriptor."""
    root = int(sys.argv[1])
    for line in sys.stdin.buffer:
        _in_a_fork(json.loads(line), root)

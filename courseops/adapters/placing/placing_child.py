"""Put bytes into a folder that a hostile learner controls, as that learner.

Run as a program of its own by `courseops.adapters.placing.homes`, never imported by it. It gives
up every power for good before it touches the folder, so that the kernel decides what may be
written where, and it still follows no link: each folder on the way is opened relative to
the one before, with O_NOFOLLOW. https://man7.org/linux/man-pages/man2/open.2.html

It reads one JSON request on stdin and answers with one JSON list on stdout, an answer a piece.
It imports little more than the standard library, and all of it before it changes its user: as the
learner it might not be allowed to read Python's own files any more.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from courseops.adapters.powers import become

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Neither a pipe nor a device may hold the reader up.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20
_RENAME_NOREPLACE = 1
# A learner's server may write the file anew while we move it out of the way.
_TURNS = 5

_C = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """
    What to place where.

    `staged_fd` was opened by the parent; `names` are tried in their order. `asides` are the
    names that what lies at the first one may be moved to.
    """

    kind: str
    staged_fd: int | None
    target: str
    folders: Sequence[str]
    names: Sequence[str]
    asides: Sequence[str]
    mode: int
    modified_ns: int


@dataclass
class Answer:
    """What became of a piece."""

    name: str = ""
    is_same: bool = False
    made_way_to: str = ""


def walk(root_fd: int, folders: Sequence[str], *, make: bool = True) -> int:
    """Open the folder to place into, and make what is missing on the way as open as its parent."""
    here = os.dup(root_fd)
    try:
        for name in folders:
            try:
                below = os.open(name, _FOLDER, dir_fd=here)
            except FileNotFoundError:
                if not make:
                    raise
                with suppress(FileExistsError):
                    os.mkdir(name, os.fstat(here).st_mode & 0o777, dir_fd=here)
                below = os.open(name, _FOLDER, dir_fd=here)
            os.close(here)
            here = below
    except BaseException:
        os.close(here)
        raise
    return here


def write(piece: Piece, folder: int, temporary: str) -> None:
    """Copy what was staged into a new file that nobody else can open yet."""
    assert piece.staged_fd is not None
    target = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
    try:
        offset = 0
        while sent := os.sendfile(target, piece.staged_fd, offset, _CHUNK_BYTES):
            offset += sent
        # A set-uid bit is no part of anybody's homework.
        os.fchmod(target, piece.mode & 0o777)
        os.utime(target, ns=(piece.modified_ns, piece.modified_ns))
        os.fsync(target)
    finally:
        os.close(target)


def make_link(piece: Piece, folder: int, temporary: str) -> None:
    """Make a link anew; only its words are kept, and where it leads is never looked at."""
    os.symlink(piece.target, temporary, dir_fd=folder)


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
    raise FileExistsError(errno.EEXIST, f"{len(names)} names are taken", names[0])


def name_in_place(folder: int, temporary: str, piece: Piece, answer: Answer) -> None:
    """Give the file its own name, out of whose way whatever has it is moved first."""
    for _ in range(_TURNS):
        with suppress(FileExistsError):
            answer.name = name_it(folder, temporary, piece.names[:1])
            return
        answer.made_way_to = move_aside(folder, piece) or answer.made_way_to
    answer.name = name_it(folder, temporary, piece.names[1:])


def move_aside(folder: int, piece: Piece) -> str:
    """Move what lies at the first name to another that is free; empty if nothing lies there."""
    name = piece.names[0]
    for aside in piece.asides:
        try:
            rename_to_free(folder, name, aside)
        except FileExistsError:
            continue
        except FileNotFoundError:
            return ""
        except OSError as error:
            if error.errno not in {errno.EINVAL, errno.ENOSYS}:
                raise
            # NFS cannot tell whether a name is free in the same step: take one that nobody has.
            stem, dot, extension = aside.rpartition(".")
            tail = f"{dot}{extension}" if stem else ""
            unique = f"{stem or aside}-{os.urandom(8).hex()}{tail}"
            os.rename(name, unique, src_dir_fd=folder, dst_dir_fd=folder)
            return unique
        return aside
    raise FileExistsError(errno.EEXIST, f"{len(piece.asides)} names are taken", name)


def rename_to_free(folder: int, name: str, to: str) -> None:
    """Rename by renameat2(2), which fails on a name that is taken: nothing is ever lost."""
    call = getattr(_C, "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), name)
    if call(folder, os.fsencode(name), folder, os.fsencode(to), _RENAME_NOREPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def same_at(folder: int, piece: Piece) -> str:
    """Give that name of the piece's, up to the first that is free, at which the same lies."""
    for name in piece.names:
        try:
            if piece.kind == "link":
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                linked = stat.S_ISLNK(status.st_mode)
                same = linked and os.readlink(name, dir_fd=folder) == piece.target
            else:
                same = has_same_bytes(folder, name, piece)
        except FileNotFoundError:
            return ""
        except OSError:
            continue
        if same:
            return name
    return ""


def has_same_bytes(folder: int, name: str, piece: Piece) -> bool:
    """Say whether what lies there is a file with just the bytes that were staged."""
    assert piece.staged_fd is not None
    opened = os.open(name, _READ, dir_fd=folder)
    try:
        status, size = os.fstat(opened), os.fstat(piece.staged_fd).st_size
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        for offset in range(0, size, _CHUNK_BYTES):
            theirs = os.pread(opened, _CHUNK_BYTES, offset)
            if theirs != os.pread(piece.staged_fd, _CHUNK_BYTES, offset):
                return False
        return True
    finally:
        os.close(opened)


def place_folder(root_fd: int, piece: Piece, answer: Answer) -> None:
    """Make a folder, unless it is there; its owner must be able to put files into it."""
    parent = walk(root_fd, piece.folders)
    answer.name = piece.names[0]
    try:
        os.mkdir(answer.name, 0o700, dir_fd=parent)
    except FileExistsError:
        answer.is_same = True
        os.close(walk(parent, [answer.name], make=False))
    else:
        made = walk(parent, [answer.name], make=False)
        os.fchmod(made, piece.mode & 0o777 | 0o700)
        os.close(made)
    finally:
        os.close(parent)


def place(root_fd: int, piece: Piece, answer: Answer, *, in_place: bool, keep_same: bool) -> None:
    """Place a piece; `answer` knows what was moved, also when it fails."""
    if piece.kind == "folder":
        place_folder(root_fd, piece, answer)
        return
    folder = walk(root_fd, piece.folders)
    temporary = f".courseops-{os.getpid()}-{os.urandom(8).hex()}"
    try:
        same = same_at(folder, piece) if keep_same else ""
        if same:
            answer.name, answer.is_same = same, True
            return
        (make_link if piece.kind == "link" else write)(piece, folder, temporary)
        if in_place:
            name_in_place(folder, temporary, piece, answer)
        else:
            answer.name = name_it(folder, temporary, piece.names)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        os.fsync(folder)
        os.close(folder)


def placed(request: dict[str, Any], piece: Piece) -> dict[str, object]:
    """Place a piece and say what became of it."""
    answer = Answer()
    try:
        place(
            request["root_fd"],
            piece,
            answer,
            in_place=request["in_place"],
            keep_same=request["keep_same"],
        )
    except OSError as error:
        return {**complaint(error), "made_way_to": answer.made_way_to}
    return vars(answer)


def fetched(root_fd: int, wanted: dict[str, Any]) -> dict[str, object]:
    """Copy a file of the home to a descriptor of the parent's."""
    try:
        folder = walk(root_fd, wanted["folders"], make=False)
        try:
            opened = os.open(wanted["name"], _READ, dir_fd=folder)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return {"found": False}
    status = os.fstat(opened)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is no file", wanted["name"])
    if status.st_size > wanted["largest_bytes"]:
        raise OSError(errno.EFBIG, f"it is too large ({status.st_size} bytes)", wanted["name"])
    offset = 0
    while chunk := os.pread(opened, min(_CHUNK_BYTES, wanted["largest_bytes"] - offset), offset):
        offset += os.pwrite(wanted["to_fd"], chunk, offset)
    return {"found": True}


def complaint(error: OSError) -> dict[str, object]:
    """Spell an error."""
    return {
        "errno": error.errno or 0,
        "reason": error.strerror or str(error),
        "at": str(error.filename or ""),
    }


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    pieces = [Piece(**it) for it in request.get("pieces", ())]
    try:
        if request["uid"] is not None:
            become(request["uid"], request["gid"])
        os.umask(0)
        wanted = request.get("fetch")
        answers = [placed(request, it) for it in pieces]
        if wanted:
            answers.append(fetched(request["root_fd"], wanted))
    except OSError as error:
        answers = [complaint(error)] * (len(pieces) or 1)
    json.dump(answers, sys.stdout)

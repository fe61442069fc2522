"""Put files into homes that hostile learners control, in each home as that learner.

Run as a program of its own by `courseops.adapters.placing.pushing`, never imported by it. For each
home it forks. The fork opens the home without following a link, gives up every power for good, and
only then looks at or writes anything in it, so that the kernel decides what may be done
where; it still follows no link. https://man7.org/linux/man-pages/man2/open.2.html

It reads one JSON request on stdin and answers with one JSON list on stdout, an answer a home.
It imports little more than the standard library, and all of it before it forks: as the learner it
might not be allowed to read Python's own files any more.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from courseops.adapters.powers import become, may_become_others

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Neither a pipe nor a device may hold the reader up.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES = 1 << 20
_LARGEST_ANSWER_BYTES = 8 << 20


class Refusal(Exception):  # noqa: N818 - it is an answer
    """Why nothing can be done in a home; `kind` is a stable word."""

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(problem)
        self.kind = kind


def open_home(root_fd: int, parts: Sequence[str]) -> int:
    """Open a home below the folder of all homes, following no link."""
    here = os.dup(root_fd)
    for name in parts:
        try:
            below = os.open(name, _FOLDER, dir_fd=here)
        except FileNotFoundError:
            raise Refusal("no-home", "they have no home yet") from None
        except OSError as error:
            linked = error.errno in {errno.ELOOP, errno.ENOTDIR}
            what = "is a link or no folder" if linked else error.strerror
            raise Refusal("link" if linked else "error", f"their home {what}") from None
        os.close(here)
        here = below
    return here


def become_owner(home: int) -> None:
    """Turn into the owner of a home, with no way back; who may not must be it already."""
    owner = os.fstat(home)
    if not may_become_others():
        if owner.st_uid != os.geteuid():
            raise Refusal("error", "their home belongs to another user than the one who runs this")
        return
    if owner.st_uid == 0:
        raise Refusal("error", "their home belongs to root")
    become(owner.st_uid, owner.st_gid)


def walk(home: int, folders: Sequence[str], *, make: bool) -> int | None:
    """Open a folder of the home; make what is missing as open as its parent, or give None."""
    here = os.dup(home)
    for name in folders:
        try:
            below = os.open(name, _FOLDER, dir_fd=here)
        except FileNotFoundError:
            if not make:
                os.close(here)
                return None
            with suppress(FileExistsError):
                os.mkdir(name, os.fstat(here).st_mode & 0o777, dir_fd=here)
            below = os.open(name, _FOLDER, dir_fd=here)
        os.close(here)
        here = below
    return here


def is_same(folder: int, name: str, staged: int, offset: int, size: int) -> bool:
    """Say whether what lies there is a file with just these bytes."""
    try:
        opened = os.open(name, _READ, dir_fd=folder)
    except OSError:
        return False
    try:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode) or status.st_size != size:
            return False
        at = 0
        while at < size:
            theirs = os.pread(opened, min(_CHUNK_BYTES, size - at), at)
            if not theirs or theirs != os.pread(staged, len(theirs), offset + at):
                return False
            at += len(theirs)
        return True
    finally:
        os.close(opened)


def write(folder: int, name: str, staged: int, offset: int, size: int) -> bool:
    """
    Place one file under a name that is free; give False if it was taken meanwhile.

    It is whole before it has its name: link(2) fails on a name that is taken, whatever lies
    there, in one step.
    """
    temporary = f".courseops-{os.getpid()}-{os.urandom(8).hex()}"
    try:
        target = os.open(temporary, _NEW_FILE, 0o600, dir_fd=folder)
        try:
            end = offset + size
            while offset < end:
                offset += os.sendfile(target, staged, offset, min(_CHUNK_BYTES, end - offset))
            os.fchmod(target, 0o644)
            os.fsync(target)
        finally:
            os.close(target)
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
    return True


def deal_with(
    home: int, staged: int, number: int, file: dict[str, Any], *, dry_run: bool
) -> tuple[str, int]:
    """Place one file if it is missing; say which list of the answer it belongs to."""
    *folders, name = file["parts"]
    offset, size = file["offset"], file["size"]
    folder = walk(home, folders, make=not dry_run)
    if folder is None:
        return "placed", number
    try:
        try:
            os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            if dry_run or write(folder, name, staged, offset, size):
                return "placed", number
        same = is_same(folder, name, staged, offset, size)
        return ("same" if same else "differ"), number
    finally:
        os.close(folder)


def in_home(request: dict[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """Deal with one home; only a fork may call this, which it leaves as the learner."""
    answer: dict[str, Any] = {"placed": [], "same": [], "differ": []}
    try:
        home = open_home(request["root_fd"], parts)
        # As the learner, we must hold nothing that leads to the other homes.
        os.close(request["root_fd"])
        become_owner(home)
        os.umask(0)
        for number, file in enumerate(request["files"]):
            where, which = deal_with(
                home, request["staged_fd"], number, file, dry_run=request["dry_run"]
            )
            answer[where].append(which)
    except Refusal as refusal:
        answer |= {"kind": refusal.kind, "problem": str(refusal)}
    except OSError as error:
        linked = error.errno in {errno.ELOOP, errno.ENOTDIR}
        what = "is a link or no folder" if linked else error.strerror or str(error)
        name = error.filename if isinstance(error.filename, str) else "a file"
        answer |= {"kind": "link" if linked else "error", "problem": f"{name!r}: {what}"}
    return answer


def forked(request: dict[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """Deal with one home in a process of its own; whatever becomes of it, there is an answer."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            # Its default action ends us, if a file system of the learner's hangs.
            signal.alarm(int(request["timeout_seconds"]))
            text = json.dumps(in_home(request, parts)).encode()
            with os.fdopen(writing, "wb") as answers:
                answers.write(text)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        text = answers.read(_LARGEST_ANSWER_BYTES)
    _, status = os.waitpid(pid, 0)
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError:
        code = os.waitstatus_to_exitcode(status)
        return {"kind": "error", "problem": f"placing was cut off ({code})"}
    return answer


def main() -> None:
    """Answer one request."""
    request = json.load(sys.stdin)
    json.dump([forked(request, parts) for parts in request["homes"]], sys.stdout)

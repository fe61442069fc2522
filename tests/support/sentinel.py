"""What no learner may ever reach, and everything that can be seen of it from outside."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

SECRET = "what only the operator may know"

_LONG_AGO = 946_684_800  # 2000-01-01


@dataclass(frozen=True)
class Seen:
    """One file or folder outside: what it is, whose, how large, when touched, what it holds."""

    mode: int
    owner: tuple[int, int]
    links: int
    inode: int
    changed_ns: tuple[int, ...]
    read_ns: int
    content: bytes


def plant_outside(folder: Path) -> Path:
    """
    Make a place of the operator's, some of it open for everybody to write to.

    What is open shows whether a link was followed, where the kernel would not have stopped it.
    """
    for name, mode in (("closed", 0o700), ("open", 0o777)):
        below = folder / name
        (below / "deep").mkdir(parents=True)
        for path in (below, below / "deep"):
            path.chmod(mode)
            (path / "shadow").write_text(SECRET)
            (path / "shadow").chmod(mode & 0o666)
    os.mkfifo(folder / "pipe")
    # Most file systems note a reading only where the last one is older than the last change.
    for path in folder.rglob("*"):
        os.utime(path, (_LONG_AGO, _LONG_AGO + 1))
    return folder


def look(folder: Path) -> dict[str, Seen]:
    """Take down all that can be seen of a folder, without leaving a trace of having looked."""
    return {
        str(path.relative_to(folder)): _seen(path) for path in (folder, *sorted(_below(folder)))
    }


def _below(folder: Path) -> list[Path]:
    opened = os.open(folder, os.O_RDONLY | os.O_NOATIME)
    found = []
    with os.scandir(opened) as entries:
        for entry in entries:
            found.append(folder / entry.name)
            if entry.is_dir(follow_symlinks=False):
                found += _below(folder / entry.name)
    os.close(opened)
    return found


def _seen(path: Path) -> Seen:
    status = path.lstat()
    content = b""
    if stat.S_ISREG(status.st_mode):
        opened = os.open(path, os.O_RDONLY | os.O_NOATIME)
        content = os.read(opened, 1 << 20)
        os.close(opened)
    return Seen(
        mode=status.st_mode,
        owner=(status.st_uid, status.st_gid),
        links=status.st_nlink,
        inode=status.st_ino,
        changed_ns=(status.st_mtime_ns, status.st_ctime_ns),
        read_ns=status.st_atime_ns,
        content=content,
    )

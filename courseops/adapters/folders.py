"""Folders that are their owner's alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path

from courseops.errors import CourseOpsError

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def make_private(folder: Path) -> None:
    """
    Make a folder and those above it, for nobody else; those that are there stay as they are.

    `Path.mkdir` makes those above it as the umask says, which may be open to everybody.
    """
    for each in reversed((folder, *folder.parents)):
        each.mkdir(mode=0o700, exist_ok=True)


def write_whole(path: Path, text: str) -> None:
    """
    Write a file of ours in UTF-8; whoever reads meanwhile has the one before, and never a part.

    Raises:
        OSError: it cannot be written.
    """
    make_private(path.parent)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def make_staging(folder: Path) -> None:
    """
    Make the folder in which we keep what is not placed yet, unless it is there.

    Raises:
        CourseOpsError: it cannot be had, or others may enter it.
    """
    try:
        make_private(folder)
        status = folder.lstat()
    except OSError as error:
        raise cannot_stage(folder, error) from error
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    if not private or status.st_uid != os.geteuid():
        raise CourseOpsError(
            f"others may enter the staging folder {folder}",
            hint=f"make it yours alone: chmod 700 {folder}",
        )


def cannot_stage(folder: Path, error: OSError) -> CourseOpsError:
    """Say that files cannot be kept there."""
    return CourseOpsError(
        f"cannot stage files: {error.strerror} ({folder})",
        hint="make site.state in config.toml a folder that courseops may write to",
    )


class OwnFolder:
    """
    A new folder in `staging`, ours until it is removed.

    What a killed process left behind under the same `prefix` is removed first; what a living
    one needs, it has locked.
    """

    def __init__(self, staging: Path, prefix: str) -> None:
        make_staging(staging)
        try:
            for left in staging.glob(f"{prefix}*"):
                remove_unless_held(left)
            self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=staging))
            self._held = _hold(self.path)
        except OSError as error:
            raise cannot_stage(staging, error) from error

    def remove(self) -> None:
        """Remove it with all that is in it, whatever the modes there are."""
        remove_tree(self.path)
        os.close(self._held)


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours; those in it have the modes that their learners gave them."""
    for here, below, _ in os.walk(folder):
        for name in below:
            inner = Path(here, name)
            if not inner.is_symlink():
                inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def remove_unless_held(folder: Path) -> bool:
    """Remove a folder of ours that no living process needs; say whether it was so."""
    try:
        held = _hold(folder)
    except OSError:
        return False
    remove_tree(folder)
    os.close(held)
    return True


def _hold(folder: Path) -> int:
    """
    Lock a folder of ours, until the descriptor is closed or the process is gone.

    Raises:
        BlockingIOError: another process holds it.
    """
    descriptor = os.open(folder, FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor

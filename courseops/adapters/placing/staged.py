"""What was read out of a repository, kept where nobody but us can enter until it is placed.

What lies there may have been made by a learner: nothing is opened through a link, and neither
a pipe nor a device holds a reader up.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from courseops.adapters.folders import OwnFolder, cannot_stage, make_staging
from courseops.errors import CourseOpsError
from courseops.model.backups.restore import Content, Piece
from courseops.model.microseconds import moment_of_ns

# A larger one is not read into memory only to be judged.
_LARGEST_NOTEBOOK_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PREFIX = "staged-"
_KINDS: dict[int, Literal["file", "folder", "link"]] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
}


class StagingArea:
    """A folder of ours, `staging`, outside of every home."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging

    @contextmanager
    def stage(self) -> Iterator[int]:
        """
        Open an empty file outside every home that only we can read, gone with the block.

        Raises:
            CourseOpsError: the staging folder cannot be had, or others may enter it.
        """
        make_staging(self._staging)
        try:
            staged = tempfile.TemporaryFile(dir=self._staging)  # noqa: SIM115 - errors of the block are not ours
        except OSError as error:
            raise cannot_stage(self._staging, error) from error
        with staged:
            yield staged.fileno()

    @contextmanager
    def stage_folder(self, size_bytes: int) -> Iterator[Path]:
        """
        Make an empty folder that only we can enter, with room for so much, gone with the block.

        Raises:
            CourseOpsError: it cannot be had, others may enter it, or the disk is too full.
        """
        own = OwnFolder(self._staging, _PREFIX)
        try:
            free = shutil.disk_usage(own.path).free
            if free < size_bytes:
                raise CourseOpsError(
                    f"{size_bytes / 1e9:.1f} GB do not fit on the disk of {self._staging}, "
                    f"where {free / 1e9:.1f} GB are free",
                    hint="make room, or let site.state in config.toml be on a larger disk",
                )
            yield own.path
        finally:
            own.remove()

    def examine(self, staged: int | str, name: str) -> Content:
        """
        Say what was staged; a `name` that ends in .ipynb should read as a notebook.

        Raises:
            CourseOpsError: it cannot be read.
        """
        if isinstance(staged, str):
            try:
                with open_staged(staged) as opened:
                    return self.examine(opened, name)
            except OSError as error:
                raise CourseOpsError(f"{name} cannot be read: {error.strerror}") from error
        size_bytes = os.fstat(staged).st_size
        digest = hashlib.sha256()
        for offset in range(0, size_bytes, _CHUNK_BYTES):
            digest.update(os.pread(staged, _CHUNK_BYTES, offset))
        is_notebook = None
        if name.endswith(".ipynb") and size_bytes <= _LARGEST_NOTEBOOK_BYTES:
            is_notebook = _reads_as_notebook(os.pread(staged, size_bytes, 0))
        return Content(size_bytes=size_bytes, sha256=digest.hexdigest(), is_notebook=is_notebook)

    def survey(self, folder: Path) -> Iterator[Piece]:
        """Give everything below a staged folder, each folder before what is in it."""
        if folder.is_symlink() or not folder.is_dir():
            return
        for here, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted((*folders, *files)):
                path = Path(here, name)
                yield _piece(path, str(path.relative_to(folder)))


@contextmanager
def open_staged(path: str) -> Iterator[int]:
    """Open a staged file for reading, through no link and waiting for nobody."""
    opened = os.open(path, _READ)
    try:
        yield opened
    finally:
        os.close(opened)


def _piece(path: Path, below: str) -> Piece:
    status = path.lstat()
    kind = stat.S_IFMT(status.st_mode)
    return Piece(
        path=below,
        kind=_KINDS.get(kind, "special"),
        staged=str(path) if kind == stat.S_IFREG else "",
        target=str(path.readlink()) if kind == stat.S_IFLNK else "",
        modified_at=moment_of_ns(status.st_mtime_ns),
        mode=stat.S_IMODE(status.st_mode),
        uid=status.st_uid,
        gid=status.st_gid,
    )


def _reads_as_notebook(raw: bytes) -> bool:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    # nbformat 3 and older kept the cells in worksheets.
    return isinstance(document, dict) and not document.keys().isdisjoint({"cells", "worksheets"})

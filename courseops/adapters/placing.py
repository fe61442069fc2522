"""Put restored files into homes, where a learner may have planted anything.

What was read from a snapshot is staged in a folder that only we can enter, examined there,
and handed to a small child process that becomes the learner and places it
(`placing_child`). As root we ourselves only look, and never through a link. Tools that write
into homes as root have been led astray: https://cwe.mitre.org/data/definitions/59.html
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from courseops.adapters import isolated
from courseops.adapters.folders import make_private
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backup import Volume
from courseops.model.restore import Content, Sighting, Standing, names_for, parts_of

TIMEOUT_SECONDS = 10 * 60.0

# A larger one is not read into memory only to be judged.
_LARGEST_NOTEBOOK_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
_CHILD = Path(__file__).with_name("placing_child.py")


class HomePlacer:
    """Places files in the volumes below `root`, by way of the folder `staging`."""

    def __init__(self, *, root: Path, staging: Path) -> None:
        self._root = root
        self._staging = staging

    @contextmanager
    def stage(self) -> Iterator[int]:
        """
        Open an empty file outside every home that only we can read, gone with the block.

        Raises:
            CourseOpsError: the staging folder cannot be had, or others may enter it.
        """
        try:
            make_private(self._staging)
            folder = self._staging.lstat()
            private = stat.S_ISDIR(folder.st_mode) and not folder.st_mode & 0o077
            if not private or folder.st_uid != os.geteuid():
                raise CourseOpsError(
                    f"others may enter the staging folder {self._staging}",
                    hint=f"make it yours alone: chmod 700 {self._staging}",
                )
            staged = tempfile.TemporaryFile(dir=self._staging)  # noqa: SIM115 - errors of the block are not ours
        except OSError as error:
            raise CourseOpsError(
                f"cannot stage files: {error.strerror} ({self._staging})"
            ) from error
        with staged:
            yield staged.fileno()

    def examine(self, staged: int, name: str) -> Content:
        """Say what was staged; a `name` that ends in .ipynb should read as a notebook."""
        size_bytes = os.fstat(staged).st_size
        digest = hashlib.sha256()
        for offset in range(0, size_bytes, _CHUNK_BYTES):
            digest.update(os.pread(staged, _CHUNK_BYTES, offset))
        is_notebook = None
        if name.endswith(".ipynb") and size_bytes <= _LARGEST_NOTEBOOK_BYTES:
            is_notebook = _reads_as_notebook(os.pread(staged, size_bytes, 0))
        return Content(size_bytes=size_bytes, sha256=digest.hexdigest(), is_notebook=is_notebook)

    def standing(self, volume: Volume, path: str) -> Standing | None:
        """
        Say what lies at `path` now, following no link; None for nothing.

        Raises:
            RefusedError: a folder on the way is something else.
        """
        *folders, name = parts_of(path)
        try:
            with self._opened(volume) as root, _walked(root, folders) as folder:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refusal(path, error) from error
        return Standing(
            kind=_KINDS.get(stat.S_IFMT(status.st_mode), "special file"),
            size_bytes=status.st_size,
            modified_at=datetime.fromtimestamp(status.st_mtime_ns // 1000 / 1e6, UTC),
        )

    def place(self, staged: int, volume: Volume, path: str, original: Sighting) -> str:
        """
        Put what was staged at `path`, or beside what lies there; say where it came to lie.

        It belongs to the owner of `original`, or to the volume's own where that is root.

        Raises:
            RefusedError: something in the way is not as it should be; nothing was changed.
        """
        *folders, name = parts_of(path)
        with self._opened(volume) as root:
            uid, gid = _learner(volume, os.fstat(root), original)
            request = {
                "root_fd": root,
                "staged_fd": staged,
                "folders": folders,
                "names": names_for(name),
                "mode": original.mode,
                "modified_ns": round(original.modified_at.timestamp() * 1e6) * 1000,
                "uid": uid,
                "gid": gid,
            }
            answer: dict[str, Any] = isolated.ask(
                _CHILD,
                request,
                descriptors=(root, staged),
                timeout_seconds=TIMEOUT_SECONDS,
                failure="the file could not be placed",
            )
        if "name" not in answer:
            error = OSError(answer["errno"], answer["reason"], answer["at"])
            raise _refusal(path, error) from error
        return "/".join([*folders, answer["name"]])

    @contextmanager
    def _opened(self, volume: Volume) -> Iterator[int]:
        """Open the top of a volume; the root above it is trusted, what is below is not."""
        try:
            top = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CourseOpsError(
                f"cannot open the folder of all homes: {error.strerror} ({self._root})"
            ) from error
        try:
            opened = _walk(top, parts_of(volume.path))
        except OSError as error:
            raise RefusedError(
                f"there is no home of {volume.username} at {self._root / volume.path}: "
                f"{error.strerror}",
                hint="let the learner start a server once, or make the folder for them",
            ) from error
        finally:
            os.close(top)
        try:
            yield opened
        finally:
            os.close(opened)


def _walk(top: int, folders: Sequence[str]) -> int:
    here = os.dup(top)
    for name in folders:
        try:
            below = os.open(name, _FOLDER, dir_fd=here)
        finally:
            os.close(here)
        here = below
    return here


@contextmanager
def _walked(top: int, folders: Sequence[str]) -> Iterator[int]:
    opened = _walk(top, folders)
    try:
        yield opened
    finally:
        os.close(opened)


def _learner(
    volume: Volume, top: os.stat_result, original: Sighting
) -> tuple[int | None, int | None]:
    """Say whom the child must become; nobody, if we are no root and the volume is ours."""
    ourselves = os.geteuid()
    if ourselves != 0:
        if top.st_uid != ourselves:
            raise RefusedError(
                f"the home of {volume.username} belongs to another user than the one who runs this",
                hint="restore as root: courseops then becomes the learner to write",
            )
        return None, None
    uid, gid = original.uid or top.st_uid, original.gid or top.st_gid
    if uid == 0:
        raise RefusedError(
            f"the home of {volume.username} belongs to root, and so did the file",
            hint="give the home to the learner: chown",
        )
    return uid, gid


def _refusal(path: str, error: OSError) -> RefusedError:
    linked = error.errno in {errno.ELOOP, errno.ENOTDIR}
    what = f"{error.filename!r} on the way is a link or no folder" if linked else error.strerror
    return RefusedError(
        f"{path} cannot be placed: {what}",
        hint="choose another folder of the home: --to restored" if linked else "",
    )


def _reads_as_notebook(raw: bytes) -> bool:
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    # nbformat 3 and older kept the cells in worksheets.
    return isinstance(document, dict) and not document.keys().isdisjoint({"cells", "worksheets"})

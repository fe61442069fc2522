"""Put restored files into homes, where a learner may have planted anything.

What was read from a snapshot is staged in a folder that only we can enter, examined there,
and handed to a small child process that becomes the learner and places it
(`placing_child`). We ourselves only look, and never through a link. Tools that write
into homes as root have been led astray: https://cwe.mitre.org/data/definitions/59.html
"""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from courseops.adapters.collecting.walking import enter
from courseops.adapters.placing.batches import Owner, fetch, place_pieces, refusal
from courseops.adapters.placing.staged import StagingArea
from courseops.adapters.powers import may_become_others
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import Volume
from courseops.model.backups.restore import Piece, Placed, Sighting, Standing, parts_of
from courseops.model.microseconds import moment_of_ns

_KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


class Placing(StagingArea, ABC):
    """What placing in a home and placing in a folder of ours have in common."""

    @abstractmethod
    def _opened(self, volume: Volume) -> AbstractContextManager[int]:
        """Open the folder to place in."""

    @abstractmethod
    def _owner(self, volume: Volume, top: os.stat_result, uid: int = 0, gid: int = 0) -> Owner:
        """Say whom the child must become to place, in that folder, what belonged to `uid`."""

    def standing(self, volume: Volume, path: str) -> Standing | None:
        """
        Say what lies at `path` now, following no link; None for nothing.

        Raises:
            RefusedError: a folder on the way is something else.
        """
        *folders, name = parts_of(path)
        with self._opened(volume) as root:
            return _standing(root, folders, name)

    def place(self, staged: int, volume: Volume, path: str, original: Sighting) -> str:
        """
        Put what was staged at `path`, or beside what lies there; say where it came to lie.

        It belongs to the owner of `original`, or to the volume's own where that is root.

        Raises:
            RefusedError: something in the way is not as it should be; nothing was changed.
        """
        parts_of(path)
        piece = Piece(
            path=path,
            staged=staged,
            modified_at=original.modified_at,
            mode=original.mode,
            uid=original.uid,
            gid=original.gid,
        )
        (placed,) = self.place_all(volume, [piece])
        if placed.problem:
            raise RefusedError(placed.problem, hint=placed.mend)
        return placed.lies_at

    def place_all(
        self,
        volume: Volume,
        pieces: Iterable[Piece],
        *,
        in_place: bool = False,
        keep_same: bool = False,
    ) -> Iterator[Placed]:
        """
        Place pieces as their learner, in their order, whatever becomes of the others.

        Raises:
            RefusedError: there is no home, or nobody to become.
        """
        with self._opened(volume) as root:
            top = os.fstat(root)
            yield from place_pieces(
                root,
                pieces,
                lambda piece: self._owner(volume, top, piece.uid, piece.gid),
                in_place=in_place,
                keep_same=keep_same,
            )

    def read(self, volume: Volume, path: str, largest_bytes: int) -> bytes | None:
        """
        Read a file of a home as its learner; None if nothing lies there.

        Raises:
            RefusedError: it is no file, too large, or may not be read by the learner.
        """
        *folders, name = parts_of(path)
        with self._opened(volume) as root, self.stage() as staged:
            top = os.fstat(root)
            learner = self._owner(volume, top)
            found = fetch(root, folders, name, staged, largest_bytes, learner)
            return os.pread(staged, largest_bytes, 0) if found else None


class HomePlacer(Placing):
    """Places files in the volumes below `root`, by way of the folder `staging`."""

    def __init__(self, *, root: Path, staging: Path) -> None:
        super().__init__(staging)
        self._root = root

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
            opened = enter(top, parts_of(volume.path))
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

    def _owner(self, volume: Volume, top: os.stat_result, uid: int = 0, gid: int = 0) -> Owner:
        """Say whom the child must become; nobody, if we cannot and the volume is ours."""
        if not may_become_others():
            if top.st_uid != os.geteuid():
                raise RefusedError(
                    f"the home of {volume.username} belongs to another user than the one who "
                    "runs this",
                    hint="restore as root: courseops then becomes the learner to write",
                )
            return None
        uid, gid = uid or top.st_uid, gid or top.st_gid
        if uid == 0:
            raise RefusedError(
                f"the home of {volume.username} belongs to root, and so did the file",
                hint="give the home to the learner: chown",
            )
        return uid, gid


def _standing(top: int, folders: Sequence[str], name: str) -> Standing | None:
    try:
        folder = enter(top, folders)
        try:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        finally:
            os.close(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise refusal("/".join([*folders, name]), error) from error
    return Standing(
        kind=_KINDS.get(stat.S_IFMT(status.st_mode), "special file"),
        size_bytes=status.st_size,
        modified_at=moment_of_ns(status.st_mtime_ns),
    )

"""What backups and restores need from outside: homes, a repository, a way back into a home."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from courseops.model.backups.backup import (
    BackupOrder,
    BackupSummary,
    Snapshot,
    Volume,
    VolumeSurvey,
)
from courseops.model.backups.restore import Content, Piece, Placed, Sighting, Standing
from courseops.model.backups.retention import Judged, Retention


class Volumes(Protocol):
    """Where the learners of a hub have their files."""

    @property
    def root(self) -> Path:
        """Give the folder that every volume's path is relative to."""
        ...

    def survey(self, usernames: Collection[str] = ()) -> VolumeSurvey:
        """
        List every volume that is there, whoever it belongs to, and what is refused as one.

        Some volumes' names do not tell whose they are: `usernames` are those to look for, such
        as the hub's accounts; without any, the hub is asked where that is needed. What leads to
        nobody has "nobody (its folder)" as username, and `volume_of` understands every username
        that a survey gives.

        Raises:
            CourseOpsError: the root is not there.
        """
        ...

    def volume_of(self, username: str) -> Volume:
        """
        Say where a learner's volume is or would be; it need not exist.

        Of several that she has, it is the one that the hub uses, as far as can be told.

        Raises:
            RefusedError: no folder can be named after `username`, or is given to it.
        """
        ...


class Repository(Protocol):
    """Where one hub's snapshots are kept."""

    def exists(self) -> bool:
        """
        Say whether the repository was ever initialised.

        Raises:
            CourseOpsError: it could not be opened for any other reason than not being there.
        """
        ...

    def initialise(self) -> None:
        """
        Make a new, empty repository; nothing else ever does.

        Raises:
            RefusedError: there is one already.
        """
        ...

    def back_up(
        self, root: Path, volumes: Sequence[Volume], order: BackupOrder | None = None
    ) -> BackupSummary:
        """
        Take one snapshot of every volume that is there, under paths relative to `root`.

        Without an `order` it is one of the first shard.

        Volumes that are missing are left out: ask `holds` which ones the snapshot holds.

        Raises:
            CourseOpsError: no snapshot was made.
        """
        ...

    def holds(self, snapshot_id: str, paths: Sequence[str]) -> frozenset[str]:
        """Give those of `paths` (of volumes) that the snapshot holds as a folder."""
        ...

    def snapshots(self) -> list[Snapshot]:
        """List the hub's snapshots, newest first."""
        ...

    def files(self, snapshot_id: str, folders: Sequence[str] = ()) -> Iterator[Sighting]:
        """
        Give every regular file of a snapshot, or those below some folders, as it is read.

        Their paths are relative to the root of all volumes.
        """
        ...

    def changes(self, older_id: str, newer_id: str) -> Iterator[str]:
        """Give the path, relative to the root, of whatever two snapshots do not hold alike."""
        ...

    def find(self, volume: Volume, patterns: Sequence[str]) -> list[Sighting]:
        """Give every file of a volume, in every snapshot, that one of the patterns means."""
        ...

    def files_below(
        self, folders: Mapping[Snapshot, Collection[str]]
    ) -> dict[tuple[str, str], list[Sighting]]:
        """
        Give every file below some folders, each in the snapshot it is asked for, in one go.

        The keys are a snapshot's id and a folder; a sighting's path is relative to the folder.
        A folder without files, or that is not there, has no key.
        """
        ...

    def restore(self, snapshot_id: str, paths: Sequence[str], into: Path) -> None:
        """
        Write files and folders of a snapshot below the empty folder `into`, only ours to enter.

        Each comes to lie at its own path, with the owner and the mode that it had.

        Raises:
            CourseOpsError: they could not be had whole; what was written is worth nothing.
        """
        ...

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:
        """
        Write the bytes of one file to the descriptor `to`.

        Raises:
            CourseOpsError: they could not be had whole; what was written is worth nothing.
        """
        ...

    def check(self, *, read_data: bool = False, part: tuple[int, int] | None = None) -> list[str]:
        """
        Verify the repository; give what is wrong.

        With `read_data` every byte of it is read, with `part` those of the first number's part
        of as many as the second says: (3, 12).
        """
        ...


class Upkeep(Protocol):
    """What keeps a repository small, copied and free of what must be gone."""

    def forget(self, retention: Retention, *, dry_run: bool) -> list[Judged]:
        """
        Drop the snapshots that no rule keeps; with `dry_run` only say which, and why.

        Those of a shard, or of one deadline, are judged by themselves.

        Raises:
            RefusedError: the repository only takes new snapshots.
        """
        ...

    def prune(self, *, whole: bool = False) -> int:
        """
        Free what no snapshot needs; give how many bytes. With `whole`, nothing is left of it.

        Raises:
            LockedError: another restic is at work there.
        """
        ...

    def copy(self, snapshot_ids: Sequence[str] = ()) -> int:
        """
        Bring the second repository what it lacks, or the named ones; give how many snapshots.

        Raises:
            ConfigError: there is no second repository.
        """
        ...

    def erase(self, paths: Sequence[str]) -> int:
        """
        Take folders and files out of every snapshot; give how many snapshots held any of them.

        The bytes are still there until `prune(whole=True)`.

        Raises:
            RefusedError: restic is older than 0.15, which cannot do this.
        """
        ...


class Staging(Protocol):
    """Where bytes lie that are nobody's to see but ours."""

    def stage(self) -> AbstractContextManager[int]:
        """Open an empty file outside every home that only we can read, gone with the block."""
        ...

    def stage_folder(self, size_bytes: int) -> AbstractContextManager[Path]:
        """
        Make an empty folder that only we can enter, gone with the block.

        Raises:
            CourseOpsError: so many bytes do not fit there.
        """
        ...

    def examine(self, staged: int | str, name: str) -> Content:
        """Say what was staged; a `name` that ends in .ipynb should read as a notebook."""
        ...


class Placer(Staging, Protocol):
    """What puts restored bytes into a learner's volume, as the learner."""

    def survey(self, folder: Path) -> Iterator[Piece]:
        """Give everything below a staged folder, each folder before what is in it."""
        ...

    def standing(self, volume: Volume, path: str) -> Standing | None:
        """Say what lies at `path` now, following no link; None for nothing."""
        ...

    def read(self, volume: Volume, path: str, largest_bytes: int) -> bytes | None:
        """
        Read a file of a home as its learner; None if nothing lies there.

        Raises:
            RefusedError: it is no file, too large, or may not be read by the learner.
        """
        ...

    def place(self, staged: int, volume: Volume, path: str, original: Sighting) -> str:
        """
        Put what was staged at `path`, or beside what lies there; say where it came to lie.

        Nothing is overwritten, no link is followed, and the file belongs to the learner,
        with the mode and time of change of `original`.

        Raises:
            RefusedError: something in the way is not as it should be; nothing was changed.
        """
        ...

    def place_all(
        self,
        volume: Volume,
        pieces: Iterable[Piece],
        *,
        in_place: bool = False,
        keep_same: bool = False,
    ) -> Iterator[Placed]:
        """
        Place pieces as `place` does, in their order, whatever becomes of the others.

        With `in_place`, what has a file's name is moved aside first, and never deleted. With
        `keep_same`, a file that is there already with the same bytes is left alone.

        Raises:
            RefusedError: there is no home, or nobody to become.
        """
        ...

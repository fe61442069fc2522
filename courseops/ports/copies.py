"""What we note of backups: which versions there are, how old a copy is, what was proven."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from courseops.model.backups.backup import Snapshot
from courseops.model.backups.copies import Drill, LastCopy, Tombstone
from courseops.model.backups.restore import FileVersion, Sighting


class KnownVersions(Protocol):
    """What a look at a catalogue can tell, without asking the repository."""

    def newest(self, hub: str) -> dict[str, Snapshot]:
        """Give the newest snapshot it knows, by shard."""
        ...

    def snapshots(self, hub: str) -> list[Snapshot]:
        """List the snapshots it knows, newest first; without their `paths`."""
        ...

    def versions(self, hub: str, username: str, pattern: str = "*") -> list[FileVersion]:
        """Give the versions of every file that a pattern means: by path, newest first."""
        ...


class Catalogue(KnownVersions, Protocol):
    """
    Which versions of which files the snapshots of each hub hold.

    It is only a memory of the repository, which can be listed anew at any time. Where a
    snapshot is named, the beginning of its id does: restic 0.14 may give no more.
    """

    def add(self, hub: str, snapshot: Snapshot, seen: Mapping[str, Iterable[Sighting]]) -> None:
        """
        Take in a new snapshot of a shard, all or nothing; one that is there stays as it is.

        `seen` gives, by username, all files of those whose home is not as it was in the shard's
        snapshot before; paths are relative to the home. Nobody else's have changed. Of a
        snapshot that is of no shard, it gives everybody's.

        Raises:
            CourseOpsError: a later snapshot of the shard is known.
        """
        ...

    def rename(self, hub: str, ids: Mapping[str, str]) -> None:
        """Give snapshots new ids, by their old ones; they hold the same as before."""
        ...

    def mark_broken(self, hub: str, username: str, version: FileVersion) -> None:
        """Note that a version is named like a notebook and does not read as one."""
        ...

    def forget(self, hub: str, snapshot_ids: Collection[str]) -> None:
        """Drop snapshots, and the versions that only they held."""
        ...

    def erase(self, hub: str, username: str) -> None:
        """Drop everything of one learner."""
        ...

    def clear(self, hub: str) -> None:
        """Drop everything of a hub, before it is listed anew."""
        ...


class Copies(Protocol):
    """How old the last good copy of each learner is, and which shard everybody is in."""

    def shards(self, hub: str) -> dict[str, int]:
        """Give the number of everybody's shard."""
        ...

    def assign(self, hub: str, shards: Mapping[str, int]) -> None:
        """Keep the shards of those who have none yet; nobody ever changes theirs."""
        ...

    def note_good(self, hub: str, usernames: Collection[str], at: datetime, run_id: str) -> None:
        """Note that these learners have a good copy of this moment."""
        ...

    def last_good(self, hub: str) -> dict[str, LastCopy]:
        """Give everybody's last good copy."""
        ...

    def last_good_of(self, hub: str, username: str) -> LastCopy | None:
        """Give somebody's last good copy, if they have one."""
        ...

    def note_unread(self, hub: str, shard: int, paths: Collection[str]) -> dict[str, int]:
        """
        Note what a run could not read; give in how many runs on end each of it could not.

        Whatever of the shard is not named was read, and counts from the beginning again.
        """
        ...

    def note_drill(self, drill: Drill) -> None:
        """Note what a drill found; the hub's drills of more than 400 days before it go."""
        ...

    def drills(self, hub: str, *, limit: int = 100) -> list[Drill]:
        """Give drills, newest first."""
        ...

    def bury(self, tombstone: Tombstone) -> None:
        """
        Note that a learner was erased, so that an old copy is erased again.

        What else is noted of them goes: last copy, shard, drills, paths that could not be read.
        """
        ...

    def tombstones(self, hub: str) -> Sequence[Tombstone]:
        """Give who was erased, oldest first."""
        ...

"""What we note of backups, kept in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from courseops.model.backup import Snapshot
from courseops.model.copies import Drill, LastCopy, Tombstone
from courseops.model.restore import FileVersion, Sighting, matches, versions_of

_Whose = tuple[str, str]


class MemoryCatalogue:
    """Every sighting in every snapshot, written out."""

    def __init__(self) -> None:
        self._snapshots: dict[str, list[Snapshot]] = defaultdict(list)
        self._seen: dict[_Whose, dict[str, list[Sighting]]] = defaultdict(dict)
        self._broken: set[tuple[str, str, str, datetime, int]] = set()

    def newest(self, hub: str) -> dict[str, Snapshot]:
        """Give the newest snapshot it knows, by shard."""
        return {it.shard: it for it in reversed(self.snapshots(hub)) if it.shard}

    def snapshots(self, hub: str) -> list[Snapshot]:
        """List the snapshots it knows, newest first; without their `paths`."""
        return sorted(self._snapshots[hub], key=lambda it: it.taken_at, reverse=True)

    def add(self, hub: str, snapshot: Snapshot, seen: Mapping[str, Iterable[Sighting]]) -> None:
        """Take in a new snapshot of a shard; one that is there stays as it is."""
        if any(it.id == snapshot.id for it in self._snapshots[hub]):
            return
        before = self.newest(hub).get(snapshot.shard)
        fresh = {username: list(files) for username, files in seen.items()}
        for (of_hub, username), by_snapshot in self._seen.items():
            if of_hub == hub and before is not None and before.id in by_snapshot:
                as_before = [
                    replace(it, snapshot_id=snapshot.id, taken_at=snapshot.taken_at)
                    for it in by_snapshot[before.id]
                ]
                fresh.setdefault(username, as_before)
        for username, files in fresh.items():
            self._seen[hub, username][snapshot.id] = files
        self._snapshots[hub].append(replace(snapshot, paths=()))

    def versions(self, hub: str, username: str, pattern: str = "*") -> list[FileVersion]:
        """Give the versions of every file that a pattern means: by path, newest first."""
        by_snapshot = self._seen[hub, username]
        seen = [it for files in by_snapshot.values() for it in files if matches(pattern, it.path)]
        newest = max(
            (it for it in self._snapshots[hub] if it.id in by_snapshot),
            key=lambda it: it.taken_at,
            default=None,
        )
        there = {it.path for it in by_snapshot[newest.id]} if newest else set[str]()
        return [
            replace(
                version,
                is_deleted=path not in there,
                is_broken=_mark(hub, username, version) in self._broken,
            )
            for path, versions in versions_of(seen).items()
            for version in versions
        ]

    def mark_broken(self, hub: str, username: str, version: FileVersion) -> None:
        """Note that a version is named like a notebook and does not read as one."""
        self._broken.add(_mark(hub, username, version))

    def forget(self, hub: str, snapshot_ids: Collection[str]) -> None:
        """Drop snapshots, and the versions that only they held."""
        self._snapshots[hub] = [it for it in self._snapshots[hub] if it.id not in snapshot_ids]
        for (of_hub, _), by_snapshot in self._seen.items():
            for it in snapshot_ids if of_hub == hub else ():
                by_snapshot.pop(it, None)

    def erase(self, hub: str, username: str) -> None:
        """Drop everything of one learner."""
        self._seen.pop((hub, username), None)

    def clear(self, hub: str) -> None:
        """Drop everything of a hub."""
        self._snapshots.pop(hub, None)
        for whose in [it for it in self._seen if it[0] == hub]:
            del self._seen[whose]


def _mark(hub: str, username: str, version: FileVersion) -> tuple[str, str, str, datetime, int]:
    return hub, username, version.path, version.modified_at, version.size_bytes


class MemoryCopies:
    """Shards, last good copies, drills and tombstones as plain collections."""

    def __init__(self) -> None:
        self._shards: dict[str, dict[str, int]] = defaultdict(dict)
        self._good: dict[str, dict[str, LastCopy]] = defaultdict(dict)
        self._unread: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
        self._drills: list[Drill] = []
        self._tombstones: list[Tombstone] = []

    def shards(self, hub: str) -> dict[str, int]:
        """Give the number of everybody's shard."""
        return dict(self._shards[hub])

    def assign(self, hub: str, shards: Mapping[str, int]) -> None:
        """Keep the shards of those who have none yet."""
        self._shards[hub] = {**shards, **self._shards[hub]}

    def note_good(self, hub: str, usernames: Collection[str], at: datetime, run_id: str) -> None:
        """Note that these learners have a good copy of this moment."""
        for username in usernames:
            self._good[hub][username] = LastCopy(username=username, at=at, run_id=run_id)

    def last_good(self, hub: str) -> dict[str, LastCopy]:
        """Give everybody's last good copy."""
        return dict(self._good[hub])

    def note_unread(self, hub: str, shard: int, paths: Collection[str]) -> dict[str, int]:
        """Note what a run could not read; give in how many runs on end each of it could not."""
        before = self._unread[hub, shard]
        self._unread[hub, shard] = {path: before.get(path, 0) + 1 for path in paths}
        return dict(self._unread[hub, shard])

    def note_drill(self, drill: Drill) -> None:
        """Note what a drill found."""
        self._drills.insert(0, drill)

    def drills(self, hub: str, *, limit: int = 100) -> list[Drill]:
        """Give drills, newest first."""
        return [it for it in self._drills if it.hub == hub][:limit]

    def bury(self, tombstone: Tombstone) -> None:
        """Note that a learner was erased."""
        self._tombstones.append(tombstone)

    def tombstones(self, hub: str) -> Sequence[Tombstone]:
        """Give who was erased, oldest first."""
        return [it for it in self._tombstones if it.hub == hub]

"""What we note of backups, kept in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from courseops.model.backups.backup import Snapshot
from courseops.model.backups.catalogue import (
    Mark,
    insist_on_order,
    is_same,
    mark_of,
    newest_of,
    told,
)
from courseops.model.backups.copies import DRILLS_KEPT, Drill, LastCopy, Tombstone
from courseops.model.backups.restore import FileVersion, Sighting, matches

_Whose = tuple[str, str]


class MemoryCatalogue:
    """Every sighting in every snapshot, written out."""

    def __init__(self) -> None:
        self._snapshots: dict[str, list[Snapshot]] = defaultdict(list)
        self._seen: dict[_Whose, dict[str, list[Sighting]]] = defaultdict(dict)
        self._broken: dict[_Whose, set[Mark]] = defaultdict(set)

    def newest(self, hub: str) -> dict[str, Snapshot]:
        """Give the newest snapshot it knows, by shard."""
        return newest_of(self.snapshots(hub))

    def snapshots(self, hub: str) -> list[Snapshot]:
        """List the snapshots it knows, newest first; without their `paths`."""
        return sorted(self._snapshots[hub], key=lambda it: it.taken_at, reverse=True)

    def add(self, hub: str, snapshot: Snapshot, seen: Mapping[str, Iterable[Sighting]]) -> None:
        """Take in a new snapshot of a shard; one that is there stays as it is."""
        if any(is_same(it.id, snapshot.id) for it in self._snapshots[hub]):
            return
        insist_on_order(self._snapshots[hub], snapshot)
        before = self.newest(hub).get(snapshot.shard)
        held = {username: list(files) for username, files in seen.items()}
        for (of_hub, username), by_snapshot in self._seen.items():
            if of_hub == hub and before is not None and before.id in by_snapshot:
                held.setdefault(username, by_snapshot[before.id])
        for username, files in held.items():
            # Two names that a listing could not tell apart are one file.
            self._seen[hub, username][snapshot.id] = [
                replace(it, snapshot_id=snapshot.id, taken_at=snapshot.taken_at)
                for it in {it.path: it for it in files}.values()
            ]
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
        return list(told(seen, there, self._broken[hub, username]))

    def rename(self, hub: str, ids: Mapping[str, str]) -> None:
        """Give snapshots new ids, by their old ones; they hold the same as before."""
        self._snapshots[hub] = [replace(it, id=_new_id(it.id, ids)) for it in self._snapshots[hub]]
        for whose in [it for it in self._seen if it[0] == hub]:
            self._seen[whose] = {
                _new_id(old, ids): [replace(it, snapshot_id=_new_id(old, ids)) for it in files]
                for old, files in self._seen[whose].items()
            }

    def mark_broken(self, hub: str, username: str, version: FileVersion) -> None:
        """Note that a version is named like a notebook and does not read as one."""
        self._broken[hub, username].add(mark_of(version))

    def forget(self, hub: str, snapshot_ids: Collection[str]) -> None:
        """Drop snapshots, and the versions that only they held."""
        gone = [
            it.id for it in self._snapshots[hub] if any(is_same(it.id, id_) for id_ in snapshot_ids)
        ]
        self._snapshots[hub] = [it for it in self._snapshots[hub] if it.id not in gone]
        for whose in [it for it in self._seen if it[0] == hub and gone]:
            for it in gone:
                self._seen[whose].pop(it, None)
            left = {mark_of(it) for files in self._seen[whose].values() for it in files}
            self._broken[whose] &= left

    def erase(self, hub: str, username: str) -> None:
        """Drop everything of one learner."""
        self._seen.pop((hub, username), None)
        self._broken.pop((hub, username), None)

    def clear(self, hub: str) -> None:
        """Drop everything of a hub."""
        self._snapshots.pop(hub, None)
        for of_everybody in (self._seen, self._broken):
            for whose in [it for it in of_everybody if it[0] == hub]:
                of_everybody.pop(whose)


def _new_id(old: str, ids: Mapping[str, str]) -> str:
    return next((new for it, new in ids.items() if is_same(it, old)), old)


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

    def last_good_of(self, hub: str, username: str) -> LastCopy | None:
        """Give somebody's last good copy, if they have one."""
        return self._good[hub].get(username)

    def note_unread(self, hub: str, shard: int, paths: Collection[str]) -> dict[str, int]:
        """Note what a run could not read; give in how many runs on end each of it could not."""
        before = self._unread[hub, shard]
        self._unread[hub, shard] = {path: before.get(path, 0) + 1 for path in paths}
        return dict(self._unread[hub, shard])

    def note_drill(self, drill: Drill) -> None:
        """Note what a drill found; the hub's drills of more than 400 days before it go."""
        kept = [it for it in self._drills if it.hub != drill.hub or it.at >= drill.at - DRILLS_KEPT]
        self._drills = sorted([drill, *kept], key=lambda it: it.at, reverse=True)

    def drills(self, hub: str, *, limit: int = 100) -> list[Drill]:
        """Give drills, newest first."""
        return [it for it in self._drills if it.hub == hub][:limit]

    def bury(self, tombstone: Tombstone) -> None:
        """Note that a learner was erased, and drop what else is noted of them."""
        hub, username, below = tombstone.hub, tombstone.username, f"{tombstone.volume}/"
        self._shards[hub].pop(username, None)
        self._good[hub].pop(username, None)
        self._drills = [it for it in self._drills if (it.hub, it.username) != (hub, username)]
        for of_hub, shard in self._unread:
            if of_hub == hub:
                left = {
                    path: runs
                    for path, runs in self._unread[hub, shard].items()
                    if not f"{path}/".startswith(below)
                }
                self._unread[hub, shard] = left
        self._tombstones.append(tombstone)

    def tombstones(self, hub: str) -> Sequence[Tombstone]:
        """Give who was erased, oldest first."""
        return [it for it in self._tombstones if it.hub == hub]

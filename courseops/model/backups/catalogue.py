"""What a catalogue of snapshots keeps, and how the versions of files are read out of it.

Written out, a term of 10,000 learners is millions of sightings, and nearly all of them say that
nothing had changed. So a catalogue keeps stays: a file was the same from one snapshot of a line
to another, and while it still is, the stay has no last one.

A line is what is compared snapshot by snapshot: those of one shard, in the order of time. Any
other snapshot, as the one of a deadline, is a line by itself. What counts of a stay are the
snapshots between its ends that are still there, so to forget one moves nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Snapshot
from courseops.model.backups.restore import FileVersion, Sighting, versions_of

# What tells the contents of a learner's files apart: path, time of change, size in bytes.
Mark = tuple[str, datetime, int]


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """A snapshot that is known, by the number under which it was taken in."""

    number: int
    line: str
    snapshot: Snapshot


@dataclass(frozen=True, kw_only=True)
class Stay:
    """That a file was the same from the first snapshot to the last; None for up to now."""

    line: str
    path: str
    first: int
    last: int | None
    modified_at: datetime
    size_bytes: int
    mode: int
    uid: int
    gid: int

    def as_seen_in(self, snapshot: Snapshot) -> Sighting:
        """Say the same of one snapshot."""
        return Sighting(
            path=self.path,
            snapshot_id=snapshot.id,
            taken_at=snapshot.taken_at,
            modified_at=self.modified_at,
            size_bytes=self.size_bytes,
            mode=self.mode,
            uid=self.uid,
            gid=self.gid,
        )


class Line:
    """The snapshots of one line that are still there."""

    def __init__(self, known: Iterable[Numbered]) -> None:
        ordered = sorted(known, key=lambda it: it.number)
        self._numbers = [it.number for it in ordered]
        self._snapshots = [it.snapshot for it in ordered]

    def between(self, first: int, last: int | None) -> Sequence[Snapshot]:
        """Give those from one number to another, oldest first."""
        start = bisect_left(self._numbers, first)
        end = len(self._numbers) if last is None else bisect_right(self._numbers, last)
        return self._snapshots[start:end]


def newest_of(snapshots: Iterable[Snapshot]) -> dict[str, Snapshot]:
    """Give the newest snapshot of each shard; those of no shard are left out."""
    return {it.shard: it for it in sorted(snapshots, key=lambda it: it.taken_at) if it.shard}


def line_of(snapshot: Snapshot) -> str:
    """Name the line that a snapshot belongs to when it is taken in."""
    return snapshot.shard or snapshot.id


def is_same(one: str, other: str) -> bool:
    """Say whether two ids mean the same snapshot; restic 0.14 may give only how one begins."""
    return one.startswith(other) or other.startswith(one)


def insist_on_order(known: Iterable[Snapshot], snapshot: Snapshot) -> None:
    """
    Refuse a snapshot that is not the newest of its shard: what follows it was compared already.

    Raises:
        CourseOpsError: it was taken before one that is known, or at the same moment.
    """
    if any(
        it.shard == snapshot.shard and it.taken_at >= snapshot.taken_at
        for it in known
        if snapshot.shard
    ):
        raise CourseOpsError(
            f"a later snapshot of {snapshot.shard} than {snapshot.id[:8]} is known already",
            hint="list them anew: courseops backup list HUB --refresh",
        )


def lines_of(known: Iterable[Numbered]) -> dict[str, Line]:
    """Sort snapshots into their lines."""
    by_line: defaultdict[str, list[Numbered]] = defaultdict(list)
    for it in known:
        by_line[it.line].append(it)
    return {name: Line(members) for name, members in by_line.items()}


def versions_from(
    known: Iterable[Numbered],
    homes: Mapping[str, int],
    stays: Collection[Stay],
    broken: Collection[Mark],
) -> list[FileVersion]:
    """
    Give the versions of one learner's files: by path, newest first.

    `homes` says, by line, from which snapshot on it holds the home; `known` are the snapshots
    of these lines.
    """
    lines = lines_of(known)
    by_path: defaultdict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.line in lines:
            by_path[stay.path].append(stay)
    seen = [it for of_path in by_path.values() for it in _sightings(of_path, lines)]
    held = [it for line, since in homes.items() if line in lines
            for it in lines[line].between(since, None)[-1:]]  # fmt: skip
    newest = max(held, key=lambda it: it.taken_at, default=None)
    there = {it.path for it in seen if newest and it.snapshot_id == newest.id}
    return list(told(seen, there, broken))


def told(
    seen: Iterable[Sighting], there: Collection[str], broken: Collection[Mark]
) -> Iterator[FileVersion]:
    """Make versions of sightings; say which paths are not `there` now, and which are broken."""
    for path, versions in versions_of(seen).items():
        for version in versions:
            yield replace(
                version,
                is_deleted=path not in there,
                is_broken=mark_of(version) in broken,
            )


def mark_of(file: FileVersion | Sighting) -> Mark:
    """Give what tells this content of a learner's file from any other."""
    return file.path, file.modified_at, file.size_bytes


def _sightings(stays: Sequence[Stay], lines: Mapping[str, Line]) -> Iterator[Sighting]:
    # In one line stays follow each other, and the ends of each say all that there is to say.
    # Those of several lines lie across each other, and only every single sighting puts them
    # into the order of time.
    is_alone = len({stay.line for stay in stays}) == 1
    for stay in stays:
        held = lines[stay.line].between(stay.first, stay.last)
        for snapshot in (*held[:1], *held[1:][-1:]) if is_alone else held:
            yield stay.as_seen_in(snapshot)

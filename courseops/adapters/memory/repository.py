"""A backup repository kept in memory; it reads real folders, as restic does."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backups.backup import AUTO, BackupOrder, BackupSummary, Snapshot, Volume
from courseops.model.backups.restore import Sighting, matches
from courseops.model.microseconds import moment_of_ns
from courseops.ports.ambient import Clock


@dataclass(frozen=True)
class _File:
    content: bytes
    status: os.stat_result

    @property
    def standing(self) -> tuple[object, ...]:
        """Give all that restic would keep of it."""
        status = self.status
        return self.content, status.st_mtime_ns, status.st_mode, status.st_uid, status.st_gid


@dataclass
class Holdings:
    """
    What a repository in memory holds: its snapshots, oldest first, and the files of each.

    `stored` is every content, until it is pruned; `copied` the snapshots that came from another.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    files: dict[str, dict[str, _File]] = field(default_factory=dict)
    stored: set[bytes] = field(default_factory=set)
    copied: set[str] = field(default_factory=set)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """
        Give a snapshot by its id.

        Raises:
            CourseOpsError: there is none.
        """
        for it in self.snapshots:
            if it.id == snapshot_id:
                return it
        raise CourseOpsError(f"the repository does not have this snapshot: {snapshot_id}")

    def add(self, snapshot: Snapshot, files: dict[str, _File]) -> None:
        """Keep a snapshot."""
        self.snapshots.append(snapshot)
        self.files[snapshot.id] = files
        self.stored |= {file.content for file in files.values()}


class MemoryRepository:
    """
    Snapshots as dictionaries of path and content.

    Like restic from 0.17 on, it takes no new snapshot where nothing has changed; without
    `skips_unchanged` it does, like an older one.
    """

    def __init__(
        self, *, clock: Clock, initialised: bool = True, skips_unchanged: bool = True
    ) -> None:
        self._clock = clock
        self._initialised = initialised
        self._skips_unchanged = skips_unchanged
        self.holdings = Holdings()

    def exists(self) -> bool:
        """Say whether the repository was ever initialised."""
        return self._initialised

    def initialise(self) -> None:
        """Make it, unless it is there."""
        if self._initialised:
            raise RefusedError("there is a repository already")
        self._initialised = True

    def back_up(
        self, root: Path, volumes: Sequence[Volume], order: BackupOrder | None = None
    ) -> BackupSummary:
        """Take one snapshot of every volume that is there."""
        self._insist()
        order = order or BackupOrder()
        there = [volume for volume in volumes if (root / volume.path).is_dir()]
        if not there:
            raise CourseOpsError(f"there is nothing to back up in {root}")
        made = Snapshot(
            id=secrets.token_hex(32),
            taken_at=self._clock.now(),
            paths=tuple(str(root / volume.path) for volume in there),
            tags=(AUTO, *order.tags),
        )
        now = {path: file for volume in there for path, file in _read(root, volume.path, order)}
        parent = self._parent(order)
        before = self.holdings.files[parent.id] if parent else {}
        summary = _summary(made.id, now, before)
        same = (
            parent is not None
            and set(parent.paths) == set(made.paths)
            and now.keys() == before.keys()
        )
        summary = replace(summary, is_unchanged=same and not summary.files_changed)
        if parent and summary.is_unchanged and self._skips_unchanged:
            return replace(summary, snapshot_id=parent.id)
        self.holdings.add(made, now)
        return summary

    def holds(self, snapshot_id: str, paths: Sequence[str]) -> frozenset[str]:
        """Give those of `paths` that the snapshot was made of."""
        made = self.holdings.snapshot(snapshot_id)
        volumes = (Volume(username=path, path=path) for path in paths)
        return frozenset(volume.path for volume in volumes if made.covers(volume))

    def snapshots(self) -> list[Snapshot]:
        """List the snapshots, newest first."""
        self._insist()
        return self.holdings.snapshots[::-1]

    def files(self, snapshot_id: str, folders: Sequence[str] = ()) -> Iterator[Sighting]:
        """Give every file of a snapshot, or those below some folders."""
        made = self.holdings.snapshot(snapshot_id)
        tops = tuple(f"{folder}/" for folder in folders)
        for path, file in self.holdings.files[snapshot_id].items():
            if not folders or path.startswith(tops):
                yield _sighting(path, file, made)

    def changes(self, older_id: str, newer_id: str) -> Iterator[str]:
        """Give the path of whatever two snapshots do not hold alike."""
        self.holdings.snapshot(older_id), self.holdings.snapshot(newer_id)
        older, newer = self.holdings.files[older_id], self.holdings.files[newer_id]
        for path in sorted(older.keys() | newer.keys()):
            both = path in older and path in newer
            if not both or older[path].standing != newer[path].standing:
                yield path

    def find(self, volume: Volume, patterns: Sequence[str]) -> list[Sighting]:
        """Give every file of a volume, in every snapshot, that one of the patterns means."""
        self._insist()
        return [
            _sighting(path.removeprefix(f"{volume.path}/"), file, made)
            for made in self.holdings.snapshots
            for path, file in self.holdings.files[made.id].items()
            if path.startswith(f"{volume.path}/")
            and any(matches(pattern, path.removeprefix(f"{volume.path}/")) for pattern in patterns)
        ]

    def files_below(
        self, folders: Mapping[Snapshot, Collection[str]]
    ) -> dict[tuple[str, str], list[Sighting]]:
        """Give every file below some folders, each in the snapshot it is asked for."""
        self._insist()
        found: dict[tuple[str, str], list[Sighting]] = {}
        for made, paths in folders.items():
            for folder in paths:
                files = [
                    _sighting(path.removeprefix(f"{folder}/"), file, made)
                    for path, file in self.holdings.files[made.id].items()
                    if path.startswith(f"{folder}/")
                ]
                if files:
                    found[made.id, folder] = files
        return found

    def restore(self, snapshot_id: str, paths: Sequence[str], into: Path) -> None:
        """Write files and folders of a snapshot below the folder `into`."""
        held = self.holdings.files[self.holdings.snapshot(snapshot_id).id]
        for wanted in paths:
            found = [it for it in held if it == wanted or it.startswith(f"{wanted}/")]
            if not found and not self.holds(snapshot_id, [wanted]):
                raise CourseOpsError(f"{wanted} is not in the snapshot")
            for path in found:
                (into / path).parent.mkdir(parents=True, exist_ok=True)
                (into / path).write_bytes(held[path].content)
                os.utime(into / path, ns=(held[path].status.st_mtime_ns,) * 2)
                (into / path).chmod(held[path].status.st_mode & 0o777)

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:
        """Write the bytes of one file to the descriptor `to`."""
        files = self.holdings.files.get(sighting.snapshot_id, {})
        file = files.get(f"{volume.path}/{sighting.path}")
        if file is None:
            raise CourseOpsError(f"{sighting.path} is not in the snapshot")
        os.write(to, file.content)

    def check(
        self,
        *,
        read_data: bool = False,  # noqa: ARG002 - memory has no bit rot
        part: tuple[int, int] | None = None,  # noqa: ARG002
    ) -> list[str]:
        """Find nothing wrong."""
        self._insist()
        return []

    def _parent(self, order: BackupOrder) -> Snapshot | None:
        named = [it for it in self.holdings.snapshots if it.id == order.parent]
        alike = [it for it in self.holdings.snapshots if it.tags == (AUTO, *order.tags)]
        return next(reversed(named or alike), None)

    def _insist(self) -> None:
        if not self._initialised:
            raise RefusedError(
                "there is no repository", hint="make one with: courseops backup init HUB"
            )


def _summary(
    snapshot_id: str, now: Mapping[str, _File], before: Mapping[str, _File]
) -> BackupSummary:
    fresh = [file for path, file in now.items() if path not in before]
    changed = [
        file
        for path, file in now.items()
        if path in before and file.standing != before[path].standing
    ]
    return BackupSummary(
        snapshot_id=snapshot_id,
        files_new=len(fresh),
        files_changed=len(changed),
        files_unmodified=len(now) - len(fresh) - len(changed),
        added_bytes=sum(len(file.content) for file in (*fresh, *changed)),
        total_bytes=sum(len(file.content) for file in now.values()),
    )


def _read(root: Path, volume: str, order: BackupOrder) -> Iterator[tuple[str, _File]]:
    for path in sorted((root / volume).rglob("*")):
        status = path.lstat()
        inside = path.relative_to(root)
        if stat.S_ISREG(status.st_mode) and (order.is_whole or _is_wanted(inside, status, order)):
            yield str(inside), _File(path.read_bytes(), status)


def _is_wanted(path: PurePath, status: os.stat_result, order: BackupOrder) -> bool:
    excluded = any(_is_excluded(path, pattern) for pattern in order.exclude)
    return status.st_size <= order.largest_bytes and not excluded


def _is_excluded(path: PurePath, pattern: str) -> bool:
    """Say whether a pattern means the path or a folder above it, as restic's do."""
    return any(each.match(pattern) for each in (path, *path.parents))


def _sighting(path: str, file: _File, made: Snapshot) -> Sighting:
    return Sighting(
        path=path,
        snapshot_id=made.id,
        taken_at=made.taken_at,
        modified_at=moment_of_ns(file.status.st_mtime_ns),
        size_bytes=len(file.content),
        mode=file.status.st_mode & 0o777,
        uid=file.status.st_uid,
        gid=file.status.st_gid,
    )

"""A backup repository kept in memory; it reads real folders, as restic does."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from courseops.errors import CourseOpsError, RefusedError
from courseops.model.backup import BackupOrder, BackupSummary, Snapshot, Volume
from courseops.model.restore import Sighting, matches
from courseops.ports import Clock


@dataclass(frozen=True)
class _File:
    content: bytes
    status: os.stat_result


class MemoryRepository:
    """Snapshots as dictionaries of path and content."""

    def __init__(self, *, clock: Clock, initialised: bool = True) -> None:
        self._clock = clock
        self._initialised = initialised
        self._snapshots: list[Snapshot] = []
        self._files: dict[str, dict[str, _File]] = {}

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
        there = [volume for volume in volumes if (root / volume.path).is_dir()]
        if not there:
            raise CourseOpsError(f"there is nothing to back up in {root}")
        before = self._files.get(self._snapshots[-1].id, {}) if self._snapshots else {}
        now = {path: file for volume in there for path, file in _read(root, volume.path)}
        made = Snapshot(
            id=secrets.token_hex(32),
            taken_at=self._clock.now(),
            paths=tuple(str(root / volume.path) for volume in there),
            tags=("auto", *(order.tags if order else ("shard-00",))),
        )
        self._snapshots.append(made)
        self._files[made.id] = now
        fresh = [file for path, file in now.items() if path not in before]
        changed = [
            file
            for path, file in now.items()
            if path in before and file.content != before[path].content
        ]
        return BackupSummary(
            snapshot_id=made.id,
            files_new=len(fresh),
            files_changed=len(changed),
            files_unmodified=len(now) - len(fresh) - len(changed),
            added_bytes=sum(len(file.content) for file in (*fresh, *changed)),
            total_bytes=sum(len(file.content) for file in now.values()),
        )

    def holds(self, snapshot_id: str, paths: Sequence[str]) -> frozenset[str]:
        """Give those of `paths` that the snapshot was made of."""
        (made,) = (each for each in self._snapshots if each.id == snapshot_id)
        volumes = (Volume(username=path, path=path) for path in paths)
        return frozenset(volume.path for volume in volumes if made.covers(volume))

    def snapshots(self) -> list[Snapshot]:
        """List the snapshots, newest first."""
        self._insist()
        return self._snapshots[::-1]

    def files(self, snapshot_id: str, folders: Sequence[str] = ()) -> Iterator[Sighting]:
        """Give every regular file of a snapshot, or those below some folders."""
        (made,) = (each for each in self._snapshots if each.id == snapshot_id)
        for path, file in self._files[snapshot_id].items():
            if not folders or any(path.startswith(f"{it}/") for it in folders):
                yield _sighting(path, file, made)

    def find(self, volume: Volume, patterns: Sequence[str]) -> list[Sighting]:
        """Give every file of a volume, in every snapshot, that one of the patterns means."""
        self._insist()
        return [
            _sighting(path.removeprefix(f"{volume.path}/"), file, made)
            for made in self._snapshots
            for path, file in self._files[made.id].items()
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
                    for path, file in self._files[made.id].items()
                    if path.startswith(f"{folder}/")
                ]
                if files:
                    found[made.id, folder] = files
        return found

    def restore(self, snapshot_id: str, paths: Sequence[str], into: Path) -> None:
        """Write files of a snapshot below the folder `into`."""
        for path in paths:
            below = {
                it: file
                for it, file in self._files.get(snapshot_id, {}).items()
                if it == path or it.startswith(f"{path}/")
            }
            if not below:
                raise CourseOpsError(f"{path} is not in the snapshot")
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            for it, file in below.items():
                (into / it).parent.mkdir(parents=True, exist_ok=True)
                (into / it).write_bytes(file.content)
                os.utime(into / it, ns=(file.status.st_mtime_ns, file.status.st_mtime_ns))

    def dump(self, volume: Volume, sighting: Sighting, to: int) -> None:
        """Write the bytes of one file to the descriptor `to`."""
        file = self._files.get(sighting.snapshot_id, {}).get(f"{volume.path}/{sighting.path}")
        if file is None:
            raise CourseOpsError(f"{sighting.path} is not in the snapshot")
        os.write(to, file.content)

    def check(self, *, read_data: bool = False) -> list[str]:  # noqa: ARG002 - memory has no bit rot
        """Find nothing wrong."""
        self._insist()
        return []

    def _insist(self) -> None:
        if not self._initialised:
            raise RefusedError(
                "there is no repository", hint="make one with: courseops backup init HUB"
            )


def _read(root: Path, volume: str) -> Iterator[tuple[str, _File]]:
    for path in sorted((root / volume).rglob("*")):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode):
            yield str(path.relative_to(root)), _File(path.read_bytes(), status)


def _sighting(path: str, file: _File, made: Snapshot) -> Sighting:
    return Sighting(
        path=path,
        snapshot_id=made.id,
        taken_at=made.taken_at,
        modified_at=datetime.fromtimestamp(file.status.st_mtime_ns // 1000 / 1e6, UTC),
        size_bytes=len(file.content),
        mode=file.status.st_mode & 0o777,
        uid=file.status.st_uid,
        gid=file.status.st_gid,
    )

"""Feed the catalogue with what a run took in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from courseops.model.backup import AUTO, BackupSummary, Snapshot, Volume
from courseops.ports import Catalogue, Repository


def feed(
    catalogue: Catalogue,
    repository: Repository,
    hub: str,
    tag: str,
    summary: BackupSummary,
    volumes: Sequence[Volume],
    at: datetime,
) -> None:
    """Stand in for the real one."""
    snapshot = Snapshot(id=summary.snapshot_id, taken_at=at, paths=(), tags=(AUTO, tag))
    seen: dict[str, list] = {it.username: [] for it in volumes}
    if summary.is_unchanged:
        seen = {}
    else:
        for file in repository.files(summary.snapshot_id):
            for volume in volumes:
                if file.path.startswith(f"{volume.path}/"):
                    snapshot = replace(snapshot, taken_at=file.taken_at)
                    seen[volume.username].append(
                        replace(file, path=file.path.removeprefix(f"{volume.path}/"))
                    )
    catalogue.add(hub, snapshot, seen)

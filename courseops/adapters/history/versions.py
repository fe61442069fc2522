"""Read the versions of files out of our database, whoever asks it: SQLAlchemy or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from courseops.adapters.history import statements
from courseops.adapters.history.spelling import name_from
from courseops.model.backups.backup import Snapshot
from courseops.model.backups.catalogue import Mark, Numbered, Stay, versions_from
from courseops.model.backups.restore import FileVersion, matches
from courseops.model.microseconds import moment_of

# Carries out one statement with its values; all of one look must see the same state.
Ask = Callable[[str, Mapping[str, str]], Iterable[Any]]


def known_snapshots(ask: Ask, hub: str) -> list[Numbered]:
    """Give every snapshot that is known of a hub, in no order."""
    return [_numbered(row) for row in ask(*statements.snapshots(hub))]


def known_versions(ask: Ask, hub: str, username: str, pattern: str) -> list[FileVersion]:
    """Give the versions of every file of a learner that a pattern means: by path, newest first."""
    rows = ask(*statements.stays(hub, username))
    stays = [_stay(row, path) for row in rows if matches(pattern, path := name_from(row["path"]))]
    if not stays:
        return []
    return versions_from(
        [_numbered(row) for row in ask(*statements.snapshots_of(hub, username))],
        {row["line"]: row["since_number"] for row in ask(*statements.homes(hub, username))},
        stays,
        {_mark(row) for row in ask(*statements.broken_versions(hub, username))},
    )


def newest_first(known: Iterable[Numbered]) -> list[Snapshot]:
    """Put snapshots into the order in which they are listed."""
    return sorted((it.snapshot for it in known), key=_taken_at, reverse=True)


def _taken_at(snapshot: Snapshot) -> datetime:
    return snapshot.taken_at


def _numbered(row: Any) -> Numbered:
    return Numbered(
        number=row["number"],
        line=row["line"],
        snapshot=Snapshot(
            id=row["id"],
            taken_at=moment_of(row["taken_us"]),
            paths=(),
            tags=tuple(filter(None, row["tags"].split(","))),
        ),
    )


def _stay(row: Any, path: str) -> Stay:
    return Stay(
        line=row["line"],
        path=path,
        first=row["first_number"],
        last=row["last_number"],
        modified_at=moment_of(row["modified_us"]),
        size_bytes=row["size_bytes"],
        mode=row["mode"],
        uid=row["uid"],
        gid=row["gid"],
    )


def _mark(row: Any) -> Mark:
    return name_from(row["path"]), moment_of(row["modified_us"]), row["size_bytes"]

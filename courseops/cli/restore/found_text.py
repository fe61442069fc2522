"""What `restore find` says to a person."""

from __future__ import annotations

from datetime import tzinfo
from itertools import groupby

from rich.console import Console

from courseops.actions.restores.versions import VersionsFound
from courseops.cli.restore.text import say, say_bold, say_who_told
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.backups.history import version_at
from courseops.model.backups.restore import FileVersion

_WHOLE = ("changed", "in backups from", "to", "snapshot")


def print_found(console: Console, found: VersionsFound, zone: tzinfo) -> None:
    """Print the versions below each file's whole path, which `restore apply` takes as it is."""
    if found.at is not None:
        say(console, f"as of {local(found.at, zone)}, with what was before and after")
    if not found.versions:
        say(console, f"no snapshot of {found.hub} holds {found.pattern} of {found.username}")
    for path, group in groupby(found.versions, key=lambda version: version.path):
        versions = tuple(group)
        say_bold(console, path)
        chosen = version_at(versions, found.at) if found.at else None
        rows = table(
            "changed",
            "bytes",
            "in backups from",
            "to",
            "snapshot",
            "",
            numbers=("bytes",),
            whole=_WHOLE,
        )
        for version in versions:
            rows.add_row(*cells(*_row(version, zone), _mark(version, chosen, versions)))
        console.print(rows)
    say_who_told(console, found.teller)
    if found.outcomes:
        print_outcomes(console, found.outcomes, done="files")


def _row(version: FileVersion, zone: tzinfo) -> tuple[object, ...]:
    held = (local(at, zone) for at in (version.first_taken_at, version.taken_at))
    return (
        local(version.modified_at, zone),
        version.size_bytes,
        *held,
        version.snapshot_id[:8],
    )


def _mark(
    version: FileVersion, chosen: FileVersion | None, versions: tuple[FileVersion, ...]
) -> str:
    marks = [
        "this one then" if version is chosen else "",
        "deleted since" if version.is_deleted and version is versions[0] else "",
        "broken notebook" if version.is_broken else "",
    ]
    return ", ".join(mark for mark in marks if mark)

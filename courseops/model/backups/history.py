"""What a learner's files were at a moment, read from their versions and the snapshots.

A version is in the backups from its first snapshot to its last. A moment between two snapshots
is answered by the one before it: nobody can say more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from courseops.model.backups.backup import Snapshot
from courseops.model.backups.restore import FileVersion

# A byte that is no part of a character, as Python reads it: https://peps.python.org/pep-0383/
_NO_TEXT = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, kw_only=True)
class Known:
    """
    What is known of some of a learner's files, and of the snapshots that may hold them.

    `teller` is who knows it: our "catalogue", or the "repository" itself.
    """

    versions: tuple[FileVersion, ...]
    snapshots: tuple[Snapshot, ...]
    teller: str

    def of(self, path: str) -> tuple[FileVersion, ...]:
        """Give the versions of one file, newest first."""
        return tuple(version for version in self.versions if version.path == path)

    def called(self, path: str) -> tuple[FileVersion, ...]:
        """Give the versions of one file by its real name, which may be no text, newest first."""
        return tuple(replace(version, path=path) for version in self.of(listed_as(path)))

    def below(self, folder: str) -> tuple[FileVersion, ...]:
        """Give the versions of all files below a folder; "" is the whole home."""
        top = f"{folder}/" if folder else ""
        return tuple(version for version in self.versions if version.path.startswith(top))


def listed_as(path: str) -> str:
    """Spell a path as restic lists it: in JSON, which has no way to write what is no UTF-8."""
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", path)


def version_at(versions: Iterable[FileVersion], at: datetime | None) -> FileVersion | None:
    """Give the version of one file that counts at a moment; None for `at` means now."""
    until = [it for it in versions if at is None or it.first_taken_at <= at]
    return max(until, key=lambda it: it.first_taken_at, default=None)


def around(versions: Sequence[FileVersion], at: datetime) -> tuple[FileVersion, ...]:
    """Give of one file the version that counts at a moment and its neighbours, newest first."""
    chosen = version_at(versions, at)
    here = versions.index(chosen) if chosen is not None else len(versions)
    return tuple(versions[max(0, here - 1) : here + 2])


def neighbours(
    versions: Sequence[FileVersion], chosen: FileVersion
) -> tuple[FileVersion | None, FileVersion | None]:
    """Give the versions of one file before and after another, of those not known as broken."""
    here = versions.index(chosen)
    older = (it for it in versions[here + 1 :] if not it.is_broken)
    newer = (it for it in reversed(versions[:here]) if not it.is_broken)
    return next(older, None), next(newer, None)


def snapshot_at(
    snapshots: Iterable[Snapshot], versions: Sequence[FileVersion], at: datetime | None
) -> Snapshot | None:
    """Give the newest snapshot up to a moment that holds any of some files."""
    until = (it for it in snapshots if at is None or it.taken_at <= at)
    holding = (it for it in until if held_by(it, versions))
    return max(holding, key=lambda it: it.taken_at, default=None)


def held_by(snapshot: Snapshot, versions: Iterable[FileVersion]) -> list[FileVersion]:
    """Give those versions that a snapshot holds, one a file."""
    return [it for it in versions if it.first_taken_at <= snapshot.taken_at <= it.taken_at]

"""The right to erasure: what is looked for in which repository, and what must not be erased.

https://eur-lex.europa.eu/eli/reg/2016/679/art_17/oj
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.errors import PlanRefusedError
from courseops.model.backups.copies import Tombstone
from courseops.model.backups.restore import Sighting


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one repository holds of somebody: in how many snapshots, and how many files in all."""

    repository: str
    snapshots: int
    files: int


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Something else that is kept of somebody: what, where, and what would remove it."""

    what: str
    where: str
    mend: str


def found_in(repository: str, seen: Collection[Sighting]) -> Found:
    """Count what was found in a repository."""
    return Found(
        repository=repository, snapshots=len({it.snapshot_id for it in seen}), files=len(seen)
    )


def objections_to_erasing(
    username: str, *, append_only: bool, volume: str, courses: Sequence[str]
) -> tuple[str, ...]:
    """
    Say why nobody may be erased from the backups yet; nothing means that they may.

    `volume` is their home, if it is there still, `courses` where they are enrolled.
    """
    reasons = []
    if append_only:
        reasons.append(
            "the repository only takes new snapshots (append_only): whoever guards it must erase, "
            "from where it may be changed"
        )
    if courses:
        reasons.append(f"{username} is enrolled in {', '.join(courses)}")
    if volume:
        reasons.append(f"their home {volume} is there still, and the next backup would hold it")
    return tuple(reasons)


def refuse_erasing(hub: str, username: str, reasons: tuple[str, ...]) -> None:
    """
    Stop an erasure that has objections.

    Raises:
        PlanRefusedError: there are some.
    """
    if reasons:
        raise PlanRefusedError(
            f"{username} cannot be erased from the backups of {hub}",
            problems=reasons,
            hint="whoever is still here leaves first: "
            f"courseops offboard apply --user {username} --hub {hub} --erase",
        )


def has_come_back(buried_at: datetime, seen: Iterable[Sighting]) -> bool:
    """Say whether somebody was backed up anew since they were erased: it is theirs to keep."""
    return any(it.taken_at > buried_at for it in seen)


def newest_by_volume(tombstones: Iterable[Tombstone]) -> list[Tombstone]:
    """Give of all that was ever erased each home once, as it was erased last."""
    return list({it.volume: it for it in sorted(tombstones, key=lambda it: it.at)}.values())

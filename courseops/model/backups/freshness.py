"""How old the copies of a hub's homes are, and what was proven of them.

A backup that nobody ever restored counts as unproven, however well its runs ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from courseops.model.backups.copies import Drill
from courseops.model.finding import Finding

# A drill is due every day; one that is this old was missed more than once.
DRILL_AGE = timedelta(days=3)
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """
    How a hub's backups stand at a moment.

    `oldest_at` is the oldest of everybody's last good copies; `stale` are those whose copy is
    older than allowed, or who have none. `drilled_at` is the last time that something was had
    back as it should be, None if that never was; `drill` is the newest, whatever it found.
    """

    hub: str
    at: datetime
    homes: int
    oldest_at: datetime | None
    stale: tuple[str, ...]
    drilled_at: datetime | None
    drill: Drill | None


def freshness_of(
    hub: str,
    homes: Iterable[str],
    last_good: Mapping[str, datetime],
    drills: Sequence[Drill],
    *,
    now: datetime,
    stale_after: timedelta,
) -> Freshness:
    """
    Sum up the copies of those who have a home.

    `last_good` gives the moments of everybody's last good copy, `drills` are the newest first.
    """
    names = sorted(homes)
    times = {name: last_good[name] for name in names if name in last_good}
    return Freshness(
        hub=hub,
        at=now,
        homes=len(names),
        oldest_at=min(times.values(), default=None),
        stale=tuple(it for it in names if it not in times or times[it] < now - stale_after),
        drilled_at=next((it.at for it in drills if not it.problem), None),
        drill=drills[0] if drills else None,
    )


@dataclass(frozen=True, kw_only=True)
class Age:
    """How old somebody's last good copy is, None for none; `is_stale` if it should be newer."""

    username: str
    at: datetime | None
    is_stale: bool


def by_age(found: Freshness, last_good: Mapping[str, datetime]) -> list[Age]:
    """Give how old everybody's copy is: who has none first, then the oldest."""
    stale = set(found.stale)
    ages = [
        Age(username=it, at=last_good.get(it), is_stale=it in stale)
        for it in sorted(stale.union(last_good))
    ]
    return sorted(ages, key=lambda it: (it.at is not None, it.at and it.at.timestamp()))


def concerns(found: Freshness) -> Iterator[Finding]:
    """Give what a person must know of a hub's backups; nothing if all is well."""
    subject = f"hub/{found.hub}"
    if found.stale:
        named = ", ".join(found.stale[:_NAMED]) + (", …" if len(found.stale) > _NAMED else "")
        yield Finding.problem(
            subject,
            f"{len(found.stale)} of {found.homes} homes have no good copy young enough ({named})",
            f"courseops backup run {found.hub}",
        )
    if found.drill is not None and found.drill.problem:
        yield Finding.problem(
            subject,
            f"a restore drill failed: {found.drill.username}/{found.drill.path}: "
            f"{found.drill.problem}",
            f"courseops backup check {found.hub} --read-data",
        )
    elif found.homes and (found.drilled_at is None or found.drilled_at < found.at - DRILL_AGE):
        was = "was ever" if found.drilled_at is None else f"since {found.drilled_at:%Y-%m-%d} was"
        yield Finding.warning(
            subject,
            f"the backups are unproven: nothing {was} restored from them to see",
            f"courseops backup drill {found.hub}",
        )

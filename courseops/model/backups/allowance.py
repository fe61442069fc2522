"""How much somebody may have brought back alone, without asking whoever looks after the hub.

Enough for whoever lost their work, and not enough to keep a repository busy or fill a disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from courseops.model.moment import is_recent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """So many restores in an hour, and so many bytes in 24 hours."""

    restores: int = 10
    size_bytes: int = 2_000_000_000


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """A restore that somebody had before: when it began, and how much was brought back."""

    at: datetime
    size_bytes: int


class Reason(StrEnum):
    """Why nothing is brought back now."""

    OFTEN = "too often"
    MUCH = "too much"
    LARGE = "too large"


@dataclass(frozen=True, kw_only=True)
class Wait:
    """
    That somebody has to wait until a moment.

    None for what is too large by itself, however long they wait.
    """

    reason: Reason
    until: datetime | None


def wait_for(
    allowance: Allowance, earlier: Iterable[Earlier], size_bytes: int, now: datetime
) -> Wait | None:
    """Say for how long somebody has to wait who wants so much back; None for not at all."""
    if size_bytes > allowance.size_bytes:
        return Wait(reason=Reason.LARGE, until=None)
    oldest_first = sorted(earlier, key=lambda it: it.at)
    waits = [
        Wait(reason=reason, until=until)
        for reason, until in (
            (Reason.OFTEN, _until_fewer(allowance, oldest_first, now)),
            (Reason.MUCH, _until_less(allowance, oldest_first, size_bytes, now)),
        )
        if until is not None
    ]
    return max(waits, key=lambda it: it.until or now, default=None)


def _until_fewer(
    allowance: Allowance, oldest_first: Iterable[Earlier], now: datetime
) -> datetime | None:
    recent = [it.at for it in oldest_first if is_recent(it.at, now, HOUR)]
    if len(recent) < allowance.restores:
        return None
    return recent[len(recent) - allowance.restores] + HOUR


def _until_less(
    allowance: Allowance, oldest_first: Iterable[Earlier], size_bytes: int, now: datetime
) -> datetime | None:
    recent = [it for it in oldest_first if is_recent(it.at, now, DAY)]
    over = sum(it.size_bytes for it in recent) + size_bytes - allowance.size_bytes
    until = None
    for it in recent:
        if over <= 0:
            break
        over -= it.size_bytes
        until = it.at + DAY
    return until

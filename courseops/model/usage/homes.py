"""How large homes are and how they grow, from what backups found: nothing is walked anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta
from statistics import median_low

from courseops.model.usage.forecast import HomeUse
from courseops.model.usage.report import Storage
from courseops.model.usage.seen import HomeSize, Window
from courseops.model.usage.sweeping import percentile

_WEEK = timedelta(weeks=1)
_MOST = 95


def storage(sizes: Iterable[HomeSize], window: Window) -> Storage | None:
    """Count homes, whose sizes come oldest first; None where none is known."""
    chosen = list(sizes)
    last = _last(chosen)
    if not last:
        return None
    return Storage(
        homes=len(last),
        total_bytes=sum(last),
        median_bytes=median_low(last),
        largest_bytes=max(last),
        p95_bytes=int(percentile(last, _MOST)),
        growth_bytes=_growth(chosen, window),
    )


def home_use(sizes: Iterable[HomeSize], window: Window) -> HomeUse | None:
    """Say how large homes are and how much one grows, to plan by."""
    chosen = list(sizes)
    last = _last(chosen)
    if not last:
        return None
    return HomeUse(
        homes=len(last),
        median_bytes=median_low(last),
        p95_bytes=int(percentile(last, _MOST)),
        growth_bytes=(_growth(chosen, window) or 0) / len(last),
    )


def _last(sizes: Iterable[HomeSize]) -> list[int]:
    """Give how large each home was last; sizes come oldest first."""
    return list({it.account: it.size_bytes for it in sizes}.values())


def _growth(sizes: Iterable[HomeSize], window: Window) -> int | None:
    """
    Give by how much all homes together grew in a week.

    A home that was first backed up within the window grows from then on: a late joiner's home
    is new, not grown. None where all together were not known for a week of one home.
    """
    # Two moments of one zone are subtracted as its clocks show them, also where these changed.
    window = window.as_in(UTC)
    first: dict[tuple[str, str], HomeSize] = {}
    last: dict[tuple[str, str], int] = {}
    for it in sizes:
        first.setdefault(it.account, it)
        last[it.account] = it.size_bytes
    known = sum((window.until - max(it.at, window.since) for it in first.values()), timedelta())
    if known < _WEEK:
        return None
    grown = sum(last[account] - it.size_bytes for account, it in first.items())
    return round(grown / (known / _WEEK) * len(first))

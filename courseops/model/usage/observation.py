"""How well a hub was watched: the sampling period, the gaps, the share of time observed.

A sample speaks for one period before and after it. What no sample speaks for is a gap, which
a report names instead of passing it off as a quiet time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from statistics import median_low

from courseops.model.usage.seen import Sample, Window
from courseops.model.usage.small_cells import Range

USUAL_PERIOD = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A time in which nobody watched."""

    since: datetime
    until: datetime

    def as_in(self, zone: tzinfo) -> Gap:
        """Give the same time as clocks in `zone` show it."""
        return Gap(since=self.since.astimezone(zone), until=self.until.astimezone(zone))


@dataclass(frozen=True, kw_only=True)
class Point:
    """
    The most servers running around a moment; None where nobody watched.

    It is None as well where it would tell of a few people; `hidden` then says between what it lies.
    """

    at: datetime
    running: int | None
    hidden: Range | None = None


def sampling_period(samples: Iterable[Sample]) -> timedelta:
    """Tell from the samples how often they were taken, gaps aside."""
    waits = [later.taken_at - earlier.taken_at for earlier, later in pairwise(samples)]
    return median_low(waits) if waits else USUAL_PERIOD


def gaps(samples: Iterable[Sample], window: Window, period: timedelta) -> tuple[Gap, ...]:
    """Name the times in the window that no answered sample speaks for."""
    found = []
    watched_until = window.since
    for sample in samples:
        if sample.ok:
            if sample.taken_at - period > watched_until:
                end = min(sample.taken_at - period, window.until)
                found.append(Gap(since=watched_until, until=end))
            watched_until = max(watched_until, sample.taken_at + period)
    if watched_until < window.until:
        found.append(Gap(since=watched_until, until=window.until))
    return tuple(found)


def joined(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Put gaps in order, and make one of those that touch."""
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda it: it.since):
        if found and gap.since <= found[-1].until:
            until = max(found[-1].until, gap.until)
            found[-1] = Gap(since=found[-1].since, until=until)
        else:
            found.append(gap)
    return tuple(found)


def within(gaps: Iterable[Gap], window: Window) -> tuple[Gap, ...]:
    """Cut gaps to a window; those outside it are left out."""
    cut = (
        Gap(since=max(gap.since, window.since), until=min(gap.until, window.until)) for gap in gaps
    )
    return tuple(gap for gap in cut if gap.since < gap.until)


def observed_percent(gaps: Iterable[Gap], window: Window) -> float:
    """Say what share of the window was watched."""
    missed = sum((gap.until - gap.since for gap in gaps), timedelta())
    return 100.0 * (1 - missed / window.length) if window.length else 0.0

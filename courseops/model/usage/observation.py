"""How well a hub was watched: the sampling period, the gaps, the share of time observed.

A sample speaks for one period before and after it. What no sample speaks for is a gap, which
a report names instead of passing it off as a quiet time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from statistics import median_low

from courseops.model.usage.seen import Sample, Session, Window, steps

USUAL_PERIOD = timedelta(minutes=5)
MOST_POINTS = 240


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
    """The most servers running around a moment; None where nobody watched."""

    at: datetime
    running: int | None


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


def running_over_time(
    sessions: Sequence[Session], samples: Iterable[Sample], window: Window, period: timedelta
) -> tuple[Point, ...]:
    """Draw how many servers ran, in steps as fine as can be shown, keeping every height."""
    step = max(window.length / MOST_POINTS, 2 * period)
    count = -(-window.length // step)
    watched = {(sample.taken_at - window.since) // step for sample in samples if sample.ok}
    highest = _highest(steps(sessions, window), window.since, step, count)
    return tuple(
        Point(
            at=window.since + step * number + step / 2,
            running=highest[number] if number in watched else None,
        )
        for number in range(count)
    )


def _highest(
    changes: Sequence[tuple[datetime, int]], since: datetime, step: timedelta, count: int
) -> list[int]:
    """Give the most servers running within each of `count` steps of time."""
    highest, running, reached = [0] * count, 0, 0
    for at, change in changes:
        number = min((at - since) // step, count - 1)
        for passed in range(reached + 1, number + 1):
            highest[passed] = running
        reached = max(reached, number)
        running += change
        highest[reached] = max(highest[reached], running)
    return highest

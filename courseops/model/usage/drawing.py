"""Turn the ups and downs of running servers into what a report draws, and days to plan by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from courseops.model.microseconds import microseconds, moment_of
from courseops.model.usage.calendar import HOUR, HOURS, MINUTE, WEEKDAYS, Calendar
from courseops.model.usage.forecast import DayUse
from courseops.model.usage.observation import Point
from courseops.model.usage.report import HourPeak
from courseops.model.usage.seen import Sample
from courseops.model.usage.sweeping import Track

MOST_POINTS = 240


def hours(calendar: Calendar) -> tuple[int, int, int]:
    """Give where hours begin, how long one is, and how many there are."""
    return calendar.base, HOUR, len(calendar.hours)


def moment(at: int, zone: tzinfo) -> datetime:
    """Give a moment as clocks in `zone` show it."""
    return moment_of(at).astimezone(zone)


def week_hours(
    highest: Sequence[int], calendar: Calendar, watched: Iterable[int]
) -> tuple[HourPeak, ...]:
    """Give the most of each hour of each weekday; None where it was never watched."""
    found: list[int | None] = [None] * (WEEKDAYS * HOURS)
    seen = set(watched)
    for number, (height, hour) in enumerate(zip(highest, calendar.hour_of_week, strict=True)):
        before = found[hour]
        if before is None:
            if height or number in seen:
                found[hour] = height
        elif height > before:
            found[hour] = height
    return tuple(
        HourPeak(weekday=number // HOURS, hour=number % HOURS, servers=servers)
        for number, servers in enumerate(found)
    )


def days_of_use(
    track: Track, highest: Sequence[int], calendar: Calendar, enrolled: Sequence[int]
) -> tuple[DayUse, ...]:
    """Give the days on which any server ran."""
    peaks = [max(highest[hours]) for hours in calendar.hours_of_days]
    edges = [calendar.base + hours.start * HOUR for hours in calendar.hours_of_days]
    bursts = track.busiest_in([*edges, calendar.until + MINUTE])
    return tuple(
        DayUse(peak=peak, starts_per_minute=burst, enrolled=max(there, 1))
        for peak, burst, there in zip(peaks, bursts, enrolled, strict=True)
        if peak
    )


def running(
    track: Track,
    hourly: Sequence[int],
    samples: Iterable[Sample],
    calendar: Calendar,
    period: timedelta,
) -> tuple[Point, ...]:
    """
    Draw how many servers ran, in steps as fine as can be shown, keeping every height.

    Steps of a long time are whole hours, of which `hourly` already has the heights.
    """
    length = calendar.until - calendar.since
    step = max(-(-length // MOST_POINTS), 2 * microseconds_in(period), 1)
    base = calendar.since
    if step > HOUR:
        base, each = calendar.base, -(-step // HOUR)
        step = each * HOUR
        highest = [max(hourly[n : n + each]) for n in range(0, len(hourly), each)]
    else:
        highest, _ = track.heights(base, step, max(-(-length // step), 1))
    watched = {(microseconds(it.taken_at) - base) // step for it in samples if it.ok}
    return tuple(
        Point(
            at=moment(base + step * number + step // 2, calendar.zone),
            running=height if number in watched else None,
        )
        for number, height in enumerate(highest)
    )


def microseconds_in(length: timedelta) -> int:
    """Give a length of time in whole microseconds."""
    return length // timedelta(microseconds=1)

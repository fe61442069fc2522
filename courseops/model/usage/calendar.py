"""A report's time, cut into hours, days, weeks and months as the school's clocks have them.

A year of a large school is half a million sessions, so moments are whole microseconds here, and
what hour of which day one falls into is looked up, not worked out: the hours of a year are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from itertools import groupby

from courseops.model.microseconds import microseconds, moment_of
from courseops.model.usage.seen import Window

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
_ONE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Days:
    """Consecutive days, as numbers from the first day of a window; `last` is the last one."""

    first: int
    last: int


@dataclass(frozen=True)
class Calendar:
    """The hours and days of one window."""

    window: Window
    zone: tzinfo

    @cached_property
    def since(self) -> int:
        """Give the first moment."""
        return microseconds(self.window.since)

    @cached_property
    def until(self) -> int:
        """Give the last moment."""
        return microseconds(self.window.until)

    @cached_property
    def base(self) -> int:
        """Give where the first hour begins, on or before the first moment."""
        at = self.window.since.astimezone(self.zone)
        into_hour = timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
        return microseconds(at - into_hour)

    @cached_property
    def hours(self) -> tuple[datetime, ...]:
        """Give when each hour begins; a window ends before the hour that its end opens."""
        count = max(-(-(self.until - self.base) // HOUR), 1)
        return tuple(moment_of(self.base + n * HOUR).astimezone(self.zone) for n in range(count))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """List the days, the first and the last of which may be cut."""
        return tuple(day for day, _ in groupby(self.hours, key=datetime.date))

    @cached_property
    def day_of_hour(self) -> tuple[int, ...]:
        """Give the number of the day that each hour lies in."""
        first = self.days[0]
        return tuple((at.date() - first).days for at in self.hours)

    def hour_at(self, moment: int) -> int:
        """Give the number of the hour that a moment lies in, the nearest if it lies outside."""
        number = (moment - self.base) // HOUR
        # Nearly all lie inside, and there are millions of them.
        return number if 0 <= number <= self._last else min(max(number, 0), self._last)

    @cached_property
    def _last(self) -> int:
        return len(self.hours) - 1

    def day_at(self, moment: int) -> int:
        """Give the number of the day that a moment lies in, the nearest if it lies outside."""
        return self.day_of_hour[self.hour_at(moment)]

    @cached_property
    def weeks(self) -> tuple[Days, ...]:
        """Give the weeks, from Monday to Sunday, as far as the window has them."""
        return self._runs([day.isocalendar()[:2] for day in self.days])

    @cached_property
    def months(self) -> tuple[Days, ...]:
        """Give the months of the calendar, as far as the window has them."""
        return self._runs([(day.year, day.month) for day in self.days])

    @cached_property
    def week_of_day(self) -> tuple[int, ...]:
        """Give the number of the week that each day lies in."""
        return _numbered(self.weeks)

    @cached_property
    def month_of_day(self) -> tuple[int, ...]:
        """Give the number of the month that each day lies in."""
        return _numbered(self.months)

    def _runs(self, names: Sequence[tuple[int, int]]) -> tuple[Days, ...]:
        numbers = range(len(names))
        runs = [list(run) for _, run in groupby(numbers, key=lambda number: names[number])]
        return tuple(Days(first=run[0], last=run[-1]) for run in runs)


def _numbered(runs: Sequence[Days]) -> tuple[int, ...]:
    return tuple(number for number, it in enumerate(runs) for _ in range(it.first, it.last + 1))

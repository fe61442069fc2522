"""Go through what was seen on a hub once, and keep what is needed of everyone and each course.

A large school has half a million sessions a year and dozens of courses. So they come account by
account: whose they are says at once which courses they belong to, and what they add to each is
worked out once. Counting people takes no sets of names either, as no account comes twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from courseops.model.microseconds import microseconds
from courseops.model.roster import Membership
from courseops.model.usage.calendar import Calendar
from courseops.model.usage.seen import Ran
from courseops.model.usage.sweeping import Track

_FOR_EVER = 1 << 62
_HALF = timedelta(microseconds=2)


@dataclass(frozen=True)
class Part:
    """What one account adds: its sessions' starts and ends in the window, and its days."""

    starts: Sequence[int]
    ends: Sequence[int]
    worked: int
    days: frozenset[int]


@dataclass(kw_only=True)
class Tally:
    """The sessions of some accounts of a hub, and how many were active when; no one added twice."""

    calendar: Calendar
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    worked: int = 0
    active: set[str] = field(default_factory=set)
    on_days: list[int] = field(init=False)
    in_weeks: list[int] = field(init=False)
    in_months: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nobody on any day."""
        self.on_days = [0] * len(self.calendar.days)
        self.in_weeks = [0] * len(self.calendar.weeks)
        self.in_months = [0] * len(self.calendar.months)

    def add(self, username: str, part: Part) -> None:
        """Take in what an account adds."""
        self.starts += part.starts
        self.ends += part.ends
        self.worked += part.worked
        if not part.days:
            return
        self.active.add(username)
        on_days, in_weeks, in_months = self.on_days, self.in_weeks, self.in_months
        for day in part.days:
            on_days[day] += 1
        for week in set(map(self.calendar.week_of_day.__getitem__, part.days)):
            in_weeks[week] += 1
        for month in set(map(self.calendar.month_of_day.__getitem__, part.days)):
            in_months[month] += 1

    @cached_property
    def track(self) -> Track:
        """Give its sessions in order; only once all are in."""
        return Track.cut(self.starts, self.ends, self.calendar.since)


_Period = tuple[str, int, int]


def tally(
    sessions: Mapping[str, Sequence[Ran]],
    activities: Mapping[str, Sequence[int]],
    calendar: Calendar,
    period: timedelta,
    courses: Mapping[str, Iterable[Membership]],
) -> tuple[Tally, dict[str, Tally]]:
    """
    Count a hub's sessions and activities by account, for everyone and each course's learners.

    A session lasts half a sampling period longer than it was seen, unless its end is known. It
    counts in a course, once, if its account belonged to it at any moment of it.
    """
    everyone, of_course = Tally(calendar=calendar), {it: Tally(calendar=calendar) for it in courses}
    periods, half = _periods(courses), period // _HALF
    for username in sessions.keys() | activities.keys():
        ran, active = sessions.get(username, ()), activities.get(username, ())
        whole = _part(ran, active, calendar, half)
        everyone.add(username, whole)
        for course_id, within in _by_course(periods.get(username, ())):
            of_course[course_id].add(
                username,
                whole
                if _cover(within, ran, active)
                else _part(_ran_in(within, ran), _active_in(within, active), calendar, half),
            )
    return everyone, of_course


def _periods(courses: Mapping[str, Iterable[Membership]]) -> dict[str, list[_Period]]:
    """Give by account which courses it belongs to as a learner, and from when to when."""
    periods: dict[str, list[_Period]] = {}
    for course_id, memberships in courses.items():
        for it in memberships:
            until = _FOR_EVER if it.ended_at is None else microseconds(it.ended_at)
            period = (course_id, microseconds(it.started_at), until)
            periods.setdefault(it.username, []).append(period)
    return periods


def _by_course(periods: Sequence[_Period]) -> Iterator[tuple[str, Sequence[_Period]]]:
    for course_id in dict.fromkeys(it[0] for it in periods):
        yield course_id, [it for it in periods if it[0] == course_id]


def _cover(periods: Sequence[_Period], ran: Sequence[Ran], active: Sequence[int]) -> bool:
    """Say whether one period holds the starts of all sessions, which are in order, and the rest."""
    firsts = [*(it[0] for it in ran[:1]), *([min(active)] if active else ())]
    lasts = [*(it[0] for it in ran[-1:]), *([max(active)] if active else ())]
    return bool(firsts) and any(
        since <= min(firsts) and max(lasts) <= until for _, since, until in periods
    )


def _ran_in(periods: Sequence[_Period], ran: Sequence[Ran]) -> list[Ran]:
    return [
        it
        for it in ran
        if any(since <= (it[2] or it[1]) and until >= it[0] for _, since, until in periods)
    ]


def _active_in(periods: Sequence[_Period], active: Sequence[int]) -> list[int]:
    return [at for at in active if any(since <= at <= until for _, since, until in periods)]


def _part(ran: Sequence[Ran], active: Sequence[int], calendar: Calendar, half: int) -> Part:
    since, until = calendar.since, calendar.until
    starts = [start for start, _, _ in ran]
    ends = [ended or seen for _, seen, ended in ran]
    counted = [ended or seen + half for _, seen, ended in ran]
    if ran and (starts[0] < since or max(counted) > until):
        # Few sessions lie across an edge of the window, but they must be cut.
        inside = [n for n, end in enumerate(ends) if end >= since and starts[n] <= until]
        starts = [starts[n] for n in inside]
        ends = [min(ends[n], until) for n in inside]
        counted = [min(counted[n], until) for n in inside]
        worked = sum(counted) - sum(max(start, since) for start in starts)
    else:
        worked = sum(counted) - sum(starts)
    return Part(starts, ends, worked, frozenset(_days(starts, ends, active, calendar)))


def _days(
    starts: Sequence[int], ends: Sequence[int], active: Sequence[int], calendar: Calendar
) -> set[int]:
    """Give the numbers of the days that an account was active on."""
    hour_at, day_of_hour = calendar.hour_at, calendar.day_of_hour
    hours = {*map(hour_at, starts), *map(hour_at, ends), *map(hour_at, active)}
    days = {day_of_hour[hour] for hour in hours}
    for start, end in zip(starts, ends, strict=True):
        if end - start > _LONG:
            # Whole days lie between the first and the last.
            days.update(range(calendar.day_at(start), calendar.day_at(end) + 1))
    return days


_LONG = 24 * 3_600_000_000

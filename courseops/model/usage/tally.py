"""Go through what was seen on a hub once, and keep what is needed of everyone and each course.

A large school has half a million sessions a year and dozens of courses: whose session it is
says at once which courses it belongs to, and nothing is gone through again for a course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from courseops.model.microseconds import microseconds
from courseops.model.roster import Membership
from courseops.model.usage.calendar import Calendar, Days
from courseops.model.usage.seen import Activity, Session
from courseops.model.usage.sweeping import Track

_FOR_EVER = 1 << 62
_HALF = timedelta(microseconds=2)


@dataclass(kw_only=True)
class Tally:
    """The sessions of some accounts of a hub, and who was active on which day."""

    calendar: Calendar
    spans: list[tuple[int, int]] = field(default_factory=list)
    worked: int = 0
    active_on: list[set[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nobody on any day."""
        self.active_on = [set() for _ in self.calendar.days]

    @cached_property
    def track(self) -> Track:
        """Give its sessions in order; only once all are in."""
        return Track.of(self.spans, self.calendar.since, self.calendar.until)

    @cached_property
    def active(self) -> set[str]:
        """Name who was active at all; only once all are in."""
        return set().union(*self.active_on)

    def active_in(self, days: Days) -> int:
        """Count who was active on any of some days."""
        return len(set().union(*self.active_on[days.first : days.last + 1]))


@dataclass(frozen=True)
class Belonging:
    """Which courses an account belongs to as a learner, and from when to when."""

    periods: Mapping[str, Sequence[tuple[str, int, int]]]

    @classmethod
    def of(cls, courses: Mapping[str, Iterable[Membership]]) -> Belonging:
        """Read memberships, by course."""
        periods: dict[str, list[tuple[str, int, int]]] = {}
        for course_id, memberships in courses.items():
            for it in memberships:
                until = _FOR_EVER if it.ended_at is None else microseconds(it.ended_at)
                period = (course_id, microseconds(it.started_at), until)
                periods.setdefault(it.username, []).append(period)
        return cls(periods)

    def courses(self, username: str, first: int, last: int) -> Iterable[str]:
        """Name the courses that an account belonged to at any moment of a time, each once."""
        periods = self.periods.get(username, ())
        if len(periods) == 1:
            ((course_id, since, until),) = periods
            return (course_id,) if since <= last and until >= first else ()
        return {it[0] for it in periods if it[1] <= last and it[2] >= first}


def tally(
    sessions: Iterable[Session],
    activities: Iterable[Activity],
    calendar: Calendar,
    period: timedelta,
    courses: Mapping[str, Iterable[Membership]],
) -> tuple[Tally, dict[str, Tally]]:
    """
    Count a hub's sessions and activities, for everyone and for the learners of each course.

    A session lasts half a sampling period longer than it was seen, unless its end is known.
    """
    everyone, of_course = Tally(calendar=calendar), {it: Tally(calendar=calendar) for it in courses}
    belonging, half = Belonging.of(courses), period // _HALF
    since, until, day_at = calendar.since, calendar.until, calendar.day_at
    for it in sessions:
        start, seen = microseconds(it.started_at), microseconds(it.ended_at or it.last_seen_at)
        end = seen if it.ended_at else seen + half
        worked = max(min(end, until) - max(start, since), 0)
        days = range(day_at(start), day_at(seen) + 1)
        username = it.username
        counted = [of_course[course] for course in belonging.courses(username, start, seen)]
        for each in (everyone, *counted):
            each.spans.append((start, seen))
            each.worked += worked
            for day in days:
                each.active_on[day].add(username)
    for at in activities:
        moment, username = microseconds(at.active_at), at.username
        day = day_at(moment)
        everyone.active_on[day].add(username)
        for course in belonging.courses(username, moment, moment):
            of_course[course].active_on[day].add(username)
    return everyone, of_course

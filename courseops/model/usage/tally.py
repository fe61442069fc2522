"""Go through what was seen on a hub once, and keep what is needed of everyone and each course.

A large school has half a million sessions a year and dozens of courses, so nothing is gone
through again for a course: who stayed in it all the time has their sessions and days taken over
whole, and only of the few who came or left meanwhile each session is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from courseops.model.microseconds import microseconds
from courseops.model.roster import Membership
from courseops.model.usage.calendar import HOUR, Calendar, Days
from courseops.model.usage.seen import Moment, Stay
from courseops.model.usage.sweeping import Track

_FOR_EVER = 1 << 62

Span = tuple[int, int, int]
"""When a session started, when it was last seen, and how long of it lies in the window."""
Period = tuple[int, int]


@dataclass(kw_only=True)
class Tally:
    """The sessions of some accounts of a hub, and who was active on which day."""

    calendar: Calendar
    spans: list[Span] = field(default_factory=list)
    active_on: list[set[str]] = field(default_factory=list)

    @cached_property
    def track(self) -> Track:
        """Give its sessions in order; only once all are in."""
        return Track.of(self.spans, self.calendar.since, self.calendar.until)

    @cached_property
    def worked(self) -> int:
        """Give how long its sessions lasted within the window; only once all are in."""
        return sum([it[2] for it in self.spans])

    @cached_property
    def active(self) -> set[str]:
        """Name who was active at all; only once all are in."""
        return set().union(*self.active_on)

    def active_in(self, days: Days) -> int:
        """Count who was active on any of some days."""
        return len(set().union(*self.active_on[days.first : days.last + 1]))


def periods_of(memberships: Iterable[Membership]) -> dict[str, list[Period]]:
    """Give from when to when each account belonged to a course."""
    periods: dict[str, list[Period]] = {}
    for it in memberships:
        until = _FOR_EVER if it.ended_at is None else microseconds(it.ended_at)
        periods.setdefault(it.username, []).append((microseconds(it.started_at), until))
    return periods


def tally(
    stays: Iterable[Stay],
    moments: Iterable[Moment],
    calendar: Calendar,
    half_period: int,
    courses: Mapping[str, Iterable[Membership]],
) -> tuple[Tally, dict[str, Tally]]:
    """
    Count a hub's sessions and activities, for everyone and for the learners of each course.

    A session lasts half a sampling period longer than it was seen, unless its end is known.
    """
    of_account: dict[str, list[Span]] = {}
    active_on: list[set[str]] = [set() for _ in calendar.days]
    at_moments: dict[str, list[int]] = {}
    _follow(stays, calendar, half_period, of_account, active_on)
    day_at = calendar.day_at
    for username, moment in moments:
        active_on[day_at(moment)].add(username)
        at_moments.setdefault(username, []).append(moment)
    everyone = Tally(
        calendar=calendar,
        spans=[span for spans in of_account.values() for span in spans],
        active_on=active_on,
    )
    return everyone, {
        course_id: _of_course(everyone, of_account, at_moments, periods_of(memberships))
        for course_id, memberships in courses.items()
    }


def _follow(
    stays: Iterable[Stay],
    calendar: Calendar,
    half_period: int,
    of_account: dict[str, list[Span]],
    active_on: Sequence[set[str]],
) -> None:
    since, until, base = calendar.since, calendar.until, calendar.base
    day_of_hour, day_at = calendar.day_of_hour, calendar.day_at
    for username, start, last_seen, ended in stays:
        seen, end = (last_seen, last_seen + half_period) if ended is None else (ended, ended)
        worked = (min(until, end)) - (max(since, start))
        span = (start, seen, max(0, worked))
        if username in of_account:
            of_account[username].append(span)
        else:
            of_account[username] = [span]
        if since <= start and seen < until:
            first = day_of_hour[(start - base) // HOUR]
            last = day_of_hour[(seen - base) // HOUR]
        else:
            first, last = day_at(start), day_at(seen)
        active_on[first].add(username)
        for day in range(first + 1, last + 1):
            active_on[day].add(username)


def _of_course(
    everyone: Tally,
    of_account: Mapping[str, Sequence[Span]],
    at_moments: Mapping[str, Sequence[int]],
    periods: Mapping[str, Sequence[Period]],
) -> Tally:
    calendar = everyone.calendar
    steady = {who for who, its in periods.items() if _covers(its, calendar)}
    found = Tally(
        calendar=calendar,
        spans=[span for who in steady for span in of_account.get(who, ())],
        active_on=[active & steady for active in everyone.active_on],
    )
    for who, its in periods.items():
        if who in steady:
            continue
        for span in of_account.get(who, ()):
            if any(begin <= span[1] and end >= span[0] for begin, end in its):
                found.spans.append(span)
                for day in range(calendar.day_at(span[0]), calendar.day_at(span[1]) + 1):
                    found.active_on[day].add(who)
        for at in at_moments.get(who, ()):
            if any(begin <= at <= end for begin, end in its):
                found.active_on[calendar.day_at(at)].add(who)
    return found


def _covers(periods: Sequence[Period], calendar: Calendar) -> bool:
    return any(begin <= calendar.since and end >= calendar.until for begin, end in periods)

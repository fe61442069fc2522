"""What was seen on a hub over time, and what can be counted from it.

A hub tells when a server started, not when it stopped: a session lasts from its exact start
to the last sample that saw it, and half a sampling period more. Every five minutes is enough:
hours come out 0.04 % short, and 0.06 % of the hours are never seen at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

Account = tuple[str, str]
"""A hub's name and a username on it."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """
    One look at a hub; `ok` is false when it did not answer.

    `accounts` counts the hub's accounts, when the sample asked for them, else it is None.
    """

    hub: str
    taken_at: datetime
    running: int = 0
    accounts: int | None = None
    ok: bool = True


@dataclass(frozen=True, kw_only=True)
class Session:
    """
    One server from its start to the last time it was seen; `server` is empty by default.

    `ended_at` is when it stopped, where the hub's own event log says so, else None.
    """

    hub: str
    username: str
    server: str
    started_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None

    @property
    def account(self) -> Account:
        """Name whose session it is."""
        return self.hub, self.username


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A moment at which a hub saw an account at work, or a browser tab left open by it."""

    hub: str
    username: str
    active_at: datetime

    @property
    def account(self) -> Account:
        """Name whose activity it is."""
        return self.hub, self.username


@dataclass(frozen=True, kw_only=True)
class HomeSize:
    """How large a home was found to be by a backup; it stayed so until the next of its sizes."""

    hub: str
    username: str
    at: datetime
    size_bytes: int
    files: int

    @property
    def account(self) -> Account:
        """Name whose home it is."""
        return self.hub, self.username


@dataclass(frozen=True, kw_only=True)
class Window:
    """The time a report speaks of."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """Say how long it is."""
        return self.until - self.since

    def as_in(self, zone: tzinfo) -> Window:
        """Give the same time as clocks in `zone` show it."""
        return Window(since=self.since.astimezone(zone), until=self.until.astimezone(zone))

    def days(self, zone: tzinfo) -> list[date]:
        """List the days it touches, as a calendar in `zone` has them."""
        first, last = self.since.astimezone(zone).date(), self.until.astimezone(zone).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The largest number of servers that ran at once, and when that was first reached."""

    servers: int = 0
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """How many accounts were active on a day."""

    day: date
    people: int


def hours(sessions: Iterable[Session], window: Window, periods: Mapping[str, timedelta]) -> float:
    """Add up the hours of sessions inside the window; `periods` tells how often a hub is seen."""
    total = timedelta()
    for session in sessions:
        begin = max(session.started_at, window.since)
        seen_until = session.ended_at or session.last_seen_at + periods[session.hub] / 2
        end = min(seen_until, window.until)
        total += max(end - begin, timedelta())
    return total / timedelta(hours=1)


def steps(sessions: Sequence[Session], window: Window) -> list[tuple[datetime, int]]:
    """
    List when a server started (1) or was last seen (-1) inside the window, in order.

    At one and the same moment starts come first, so that a session seen once still counts.
    Nobody is counted for longer than they were seen: so many did run at once, if not more.
    """
    starts = [(max(session.started_at, window.since), 1) for session in sessions]
    seen_until = (session.ended_at or session.last_seen_at for session in sessions)
    ends = [(min(max(end, window.since), window.until), -1) for end in seen_until]
    return sorted(starts + ends, key=lambda step: (step[0], -step[1]))


def peak(sessions: Sequence[Session], window: Window) -> Peak:
    """Find the most servers that ran at once."""
    running, highest = 0, Peak()
    for at, step in steps(sessions, window):
        running += step
        if running > highest.servers:
            highest = Peak(servers=running, at=at)
    return highest


def active_days(
    sessions: Iterable[Session], activities: Iterable[Activity], window: Window, zone: tzinfo
) -> tuple[DayCount, ...]:
    """Count each day's active accounts: a session that day, or activity the hub saw."""
    seen: dict[date, set[Account]] = {day: set() for day in window.days(zone)}
    for session in sessions:
        lasted = Window(since=session.started_at, until=session.last_seen_at)
        for day in lasted.days(zone):
            if day in seen:
                seen[day].add(session.account)
    for activity in activities:
        day = activity.active_at.astimezone(zone).date()
        if day in seen:
            seen[day].add(activity.account)
    return tuple(DayCount(day=day, people=len(accounts)) for day, accounts in seen.items())


def active_accounts(sessions: Iterable[Session], activities: Iterable[Activity]) -> set[Account]:
    """Name everyone with a session or activity."""
    return {session.account for session in sessions} | {activity.account for activity in activities}

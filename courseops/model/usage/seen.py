"""What was seen on a hub over time, and what can be counted from it.

A hub tells when a server started, not when it stopped: a session lasts from its exact start
to the last sample that saw it, and half a sampling period more. Every five minutes is enough:
hours come out 0.04 % short, and 0.06 % of the hours are never seen at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from courseops.model.microseconds import microseconds

Account = tuple[str, str]
"""A hub's name and a username on it."""


Ran = tuple[int, int, int | None]
"""
When a server started, was last seen, and ended if that is known.

Moments are whole microseconds since 1970: a year of a large school is half a million of these.
"""


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


def by_account(sessions: Iterable[Session]) -> dict[str, list[Ran]]:
    """Give by username when servers ran, each account's in order of their starts."""
    found: dict[str, list[Ran]] = {}
    for it in sorted(sessions, key=lambda session: session.started_at):
        ended = None if it.ended_at is None else microseconds(it.ended_at)
        ran = (microseconds(it.started_at), microseconds(it.last_seen_at), ended)
        found.setdefault(it.username, []).append(ran)
    return found


def moments_of(activities: Iterable[Activity]) -> dict[str, list[int]]:
    """Give by username the moments of activity, in whole microseconds since 1970."""
    found: dict[str, list[int]] = {}
    for it in activities:
        found.setdefault(it.username, []).append(microseconds(it.active_at))
    return found

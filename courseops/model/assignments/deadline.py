"""Each learner's own deadline, and which of their submissions counts.

A deadline can only be moved back for somebody, never forward: who has two reasons for more
time has the later of the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar


class Ground(StrEnum):
    """What a learner's deadline rests on."""

    NONE = "no deadline"
    ASSIGNMENT = "assignment"
    LATE_REGISTRATION = "late registration"
    EXTENSION = "extension"
    ASKED = "asked for"


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """
    Until when a learner's work is in time; without a `due_at`, always.

    Work up to `grace` later still counts as in time.
    """

    due_at: datetime | None = None
    grace: timedelta = timedelta()
    ground: Ground = Ground.NONE

    @property
    def until(self) -> datetime | None:
        """Give the last moment that counts as in time."""
        return None if self.due_at is None else self.due_at + self.grace

    def lateness(self, at: datetime) -> timedelta:
        """Say how long after the deadline `at` is; nothing at all up to the end of the grace."""
        if self.due_at is None or self.until is None or at <= self.until:
            return timedelta()
        return at - self.due_at


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for a whole assignment; `late_registration` is the time a newcomer has."""

    due_at: datetime | None = None
    grace: timedelta = timedelta()
    released_at: datetime | None = None
    late_registration: timedelta | None = None


def deadline_of(
    terms: Terms, *, extended_to: Iterable[datetime] = (), enrolled_at: datetime | None = None
) -> Deadline:
    """
    Give one learner's deadline.

    `extended_to` are the moments that were granted to this learner, `enrolled_at` is when they
    came into the course; who came after the release has as long as `terms` say for newcomers.
    """
    if terms.due_at is None:
        return Deadline(grace=terms.grace)
    due_at, ground = terms.due_at, Ground.ASSIGNMENT
    if (
        terms.late_registration is not None
        and terms.released_at is not None
        and enrolled_at is not None
        and enrolled_at > terms.released_at
        and enrolled_at + terms.late_registration > due_at
    ):
        due_at, ground = enrolled_at + terms.late_registration, Ground.LATE_REGISTRATION
    for until in extended_to:
        if until > due_at:
            due_at, ground = until, Ground.EXTENSION
    return Deadline(due_at=due_at, grace=terms.grace, ground=ground)


def later_of(*granted: Mapping[str, datetime]) -> dict[str, datetime]:
    """Give until when each learner has, whoever granted it: the later moment counts."""
    found: dict[str, datetime] = {}
    for learner, until in (each for some in granted for each in some.items()):
        found[learner] = max(until, found.get(learner, until))
    return found


Work = TypeVar("Work")


@dataclass(frozen=True, kw_only=True)
class Dated(Generic[Work]):
    """Some work, the moment that counts for it, and what breaks a tie: the larger wins."""

    work: Work
    at: datetime
    rank: tuple[bool, float, str] = (False, 0.0, "")


@dataclass(frozen=True, kw_only=True)
class Choice(Generic[Work]):
    """The work that counts, and the newest that came too late, newest first."""

    chosen: Dated[Work] | None = None
    late: tuple[Dated[Work], ...] = ()


def choose(
    works: Iterable[Dated[Work]], deadline: Deadline, *, late_kept: int = 10
) -> Choice[Work]:
    """
    Pick the last work that is in time, else the last there is.

    Of what came too late, the newest `late_kept` are named, so that a learner who hands in
    without end fills no disk.
    """
    ordered = sorted(works, key=lambda it: (it.at, it.rank), reverse=True)
    late = [it for it in ordered if deadline.lateness(it.at)]
    in_time = ordered[len(late) :]
    chosen = in_time[0] if in_time else late[0] if late else None
    return Choice(chosen=chosen, late=tuple(late[:late_kept]))

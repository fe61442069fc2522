"""The usage report as a value: what text, HTML, CSV, JSON and PDF are all made from.

A number that would tell of fewer than five people is None, and `hidden` says by its name between
what it lies. Only a course's own teachers see every number, and names. A learner of two courses
counts in both, so the courses of a hub need not add up to it; people of two hubs have an account
on each and count twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from courseops.model.usage.forecast import Needs
from courseops.model.usage.observation import Gap, Point
from courseops.model.usage.small_cells import Range

Hidden = Mapping[str, Range | None]
"""By the name of a number that is not shown, between what it lies; None if that is not said."""


@dataclass(frozen=True, kw_only=True)
class Learner:
    """A learner by name, for their own teachers; `name` is empty where nobody knows it."""

    username: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class AssignmentProgress:
    """
    How many learners of an assignment came how far; each state includes the later ones.

    `fetched` is None where nobody can know it: nbgrader's exchange does not. Who has not
    fetched or not submitted is named for their teachers, else the lists are empty.
    """

    name: str
    learners: int | None
    fetched: int | None = None
    submitted: int | None = 0
    graded: int | None = 0
    returned: int | None = 0
    not_submitted: int | None = None
    who_not_fetched: tuple[Learner, ...] = ()
    who_not_submitted: tuple[Learner, ...] = ()
    hidden: Hidden = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Peak:
    """The largest number of servers that ran, or started, at once; when that was first reached."""

    servers: int | None = 0
    at: datetime | None = None
    hidden: Range | None = None


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """How many were active on a day."""

    day: date
    people: int | None
    hidden: Range | None = None


@dataclass(frozen=True, kw_only=True)
class SpanCount:
    """How many were active in a week or a month, as far as the report's time holds it."""

    first_day: date
    last_day: date
    people: int | None
    hidden: Range | None = None


@dataclass(frozen=True, kw_only=True)
class HourPeak:
    """
    The most servers that ran at once in one hour of one weekday (0 is Monday), over all weeks.

    `servers` is None, with nothing in `hidden`, where that hour was never observed.
    """

    weekday: int
    hour: int
    servers: int | None
    hidden: Range | None = None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """
    What is counted for a hub, a course, and everything together.

    `people` could have been active and `active` were, on `days`, in `weeks` and `months`.
    `busiest_minute` is that in which the most servers were started.
    """

    people: int | None
    active: int | None
    sessions: int | None
    hours: float | None
    peak: Peak
    days: tuple[DayCount, ...]
    weeks: tuple[SpanCount, ...] = ()
    months: tuple[SpanCount, ...] = ()
    busiest_minute: Peak = Peak()
    week_hours: tuple[HourPeak, ...] = ()
    hidden: Hidden = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Storage:
    """
    How much space the homes take, of those whose size is known from their backup.

    `p95_bytes` is what 19 of 20 homes do not exceed; `growth_bytes` is by how much all of them
    together grew in a week, None where they were known for less than one.
    """

    homes: int | None
    total_bytes: int | None
    median_bytes: int | None
    largest_bytes: int | None
    p95_bytes: int | None = None
    growth_bytes: int | None = None
    hidden: Hidden = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Starts:
    """How servers started on a hub, as the hub itself counts it, failures among them."""

    started: int | None
    failed: int | None
    median_seconds: float | None
    p95_seconds: float | None
    hidden: Hidden = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """How well a hub was watched: how often it was asked and did not answer, when nobody asked."""

    hub: str
    percent: float
    asked: int
    unanswered: int
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, kw_only=True)
class HubUsage:
    """One hub, with everyone on it; `starts` is None where the hub does not tell."""

    hub: str
    figures: Figures
    storage: Storage | None
    running: tuple[Point, ...]
    starts: Starts | None = None
    needs: Needs | None = None


@dataclass(frozen=True, kw_only=True)
class CourseUsage:
    """
    One course: what its learners did; staff are not counted.

    `not_started` counts learners who were never active; they are named for their teachers.
    """

    course_id: str
    title: str
    hub: str
    figures: Figures
    storage: Storage | None
    assignments: tuple[AssignmentProgress, ...]
    not_started: int | None = None
    who_not_started: tuple[Learner, ...] = ()
    needs: Needs | None = None
    hidden: Hidden = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BackupFigures:
    """
    How a hub's backups stand when the report is made, without naming anybody.

    Of `homes`, `good` have a copy that is young enough; `oldest_at` is the oldest of all good
    copies, `proven_at` when something was last had back as it should be.
    """

    hub: str
    homes: int
    good: int
    oldest_at: datetime | None
    proven_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class UsageReport:
    """
    What was used from `since` to `until`; times are in the school's zone.

    Figures are of all `hubs` together, or, in a report on one course, of its learners; such
    a report has no `hubs`. `notes` say what could not be found out. `needs` is what the next
    session will take, if it is like this one.
    """

    site: str
    title: str
    made_at: datetime
    since: datetime
    until: datetime
    figures: Figures
    running: tuple[Point, ...]
    observed: tuple[Observation, ...]
    hubs: tuple[HubUsage, ...]
    courses: tuple[CourseUsage, ...]
    notes: tuple[str, ...] = ()
    backups: tuple[BackupFigures, ...] = ()
    needs: Needs | None = None
    names_shown: bool = False

    @property
    def observed_percent(self) -> float:
        """Say what share of the time was watched, over all hubs."""
        shares = [observation.percent for observation in self.observed]
        return sum(shares) / len(shares) if shares else 0.0

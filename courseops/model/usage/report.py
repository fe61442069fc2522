"""The usage report as a value: what text, HTML, CSV and JSON are all made from.

It counts and never names anyone. A learner of two courses counts in both, so the courses of
a hub need not add up to it; people of two hubs have an account on each and count twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.model.usage.observation import Gap, Point
from courseops.model.usage.seen import DayCount, Peak


@dataclass(frozen=True, kw_only=True)
class AssignmentProgress:
    """
    How many learners of an assignment came how far; each state includes the later ones.

    `fetched` is None where nobody counts it: nbgrader's exchange does not.
    """

    name: str
    learners: int
    fetched: int | None = None
    submitted: int = 0
    graded: int = 0
    returned: int = 0


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is counted for a hub, a course, and everything together."""

    people: int
    active: int
    sessions: int
    hours: float
    peak: Peak
    days: tuple[DayCount, ...]


@dataclass(frozen=True, kw_only=True)
class Storage:
    """How much space the homes take, of those whose size is known."""

    homes: int
    total_bytes: int
    median_bytes: int
    largest_bytes: int


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
    """One hub, with everyone on it."""

    hub: str
    figures: Figures
    storage: Storage | None
    running: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class CourseUsage:
    """One course: what its learners did; staff are not counted."""

    course_id: str
    title: str
    hub: str
    figures: Figures
    storage: Storage | None
    assignments: tuple[AssignmentProgress, ...]


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
    a report has no `hubs`. `notes` say what could not be found out.
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

    @property
    def observed_percent(self) -> float:
        """Say what share of the time was watched, over all hubs."""
        shares = [observation.percent for observation in self.observed]
        return sum(shares) / len(shares) if shares else 0.0

"""One person's own use of a hub, as a value: for them, and for the staff of their courses.

There is no rank in it and no comparison with others: it says what somebody did, in their own
weeks. What nobody watched is not in it, and `observed_percent` says how much that may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from courseops.model.assignments.matrix import MatrixCell
from courseops.model.roster import Role
from courseops.model.usage.calendar import HOUR, Calendar, Days
from courseops.model.usage.observation import gaps, observed_percent, sampling_period
from courseops.model.usage.seen import Activity, HomeSize, Sample, Session, Window
from courseops.model.usage.tally import tally


@dataclass(frozen=True, kw_only=True)
class AccountSeen:
    """
    What was seen of one account in a time, oldest first.

    `sizes` begin with the one that stood when the time began, if one was known.
    """

    sessions: Sequence[Session]
    activities: Sequence[Activity]
    sizes: Sequence[HomeSize]


@dataclass(frozen=True, kw_only=True)
class LearnerWeek:
    """A week from Monday on; `days` is on how many of its days somebody was active."""

    monday: date
    hours: float
    sessions: int
    days: int


@dataclass(frozen=True, kw_only=True)
class LearnerAssignment:
    """Where somebody stands in an assignment."""

    name: str
    cell: MatrixCell


@dataclass(frozen=True, kw_only=True)
class LearnerCourse:
    """
    A course that somebody was in within the time, last as what and since when.

    `left_at` is None while they are in it; `assignments` is None where nobody can tell.
    """

    course_id: str
    title: str
    role: Role
    since: datetime
    left_at: datetime | None
    assignments: tuple[LearnerAssignment, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class LearnerUsage:
    """
    What one account did on a hub from `since` to `until`; times are in the school's zone.

    `sessions` began in the time or lasted into it, `days_active` are those with a session, or
    with activity that the hub saw; `home` is the size of the home as a backup found it last, and
    `backed_up_at` when all of it was last read into one. `notes` say what could not be found out.
    """

    hub: str
    username: str
    made_at: datetime
    since: datetime
    until: datetime
    observed_percent: float
    hours: float
    sessions: int
    days_active: int
    last_active_at: datetime | None
    weeks: tuple[LearnerWeek, ...]
    home: HomeSize | None
    backed_up_at: datetime | None
    courses: tuple[LearnerCourse, ...]
    notes: tuple[str, ...] = ()

    def only(self, courses: Sequence[str]) -> LearnerUsage:
        """Give what the staff of some courses may see: of other courses, nothing."""
        return replace(self, courses=tuple(it for it in self.courses if it.course_id in courses))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What somebody did in a time, counted."""

    observed_percent: float
    hours: float
    sessions: int
    days_active: int
    last_active_at: datetime | None
    weeks: tuple[LearnerWeek, ...]


def count_learner(
    seen: AccountSeen, samples: Sequence[Sample], window: Window, zone: tzinfo
) -> Counted:
    """Count what was seen of an account; `samples` are those of its hub in the time."""
    # Two moments of one zone are subtracted as its clocks show them, also where these changed.
    window = window.as_in(UTC)
    period = sampling_period(samples)
    calendar = Calendar(window, zone)
    whole, _ = tally(seen.sessions, seen.activities, calendar, period, {})
    active = [bool(names) for names in whole.active_on]
    last = [it.last_seen_at for it in seen.sessions] + [it.active_at for it in seen.activities]
    return Counted(
        observed_percent=observed_percent(gaps(samples, window, period), window),
        hours=whole.worked / HOUR,
        sessions=len(seen.sessions),
        days_active=sum(active),
        last_active_at=max(last).astimezone(zone) if last else None,
        weeks=tuple(
            _week(calendar, days, seen.sessions, sum(active[days.first : days.last + 1]), period)
            for days in calendar.weeks
        ),
    )


def _week(
    calendar: Calendar, days: Days, sessions: Sequence[Session], active: int, period: timedelta
) -> LearnerWeek:
    first = calendar.days[days.first]
    monday = first - timedelta(days=first.weekday())
    window, zone = calendar.window, calendar.zone
    begin, end = (
        datetime.combine(monday + timedelta(weeks=it), time(), zone).astimezone(UTC)
        for it in (0, 1)
    )
    cut = Window(since=max(begin, window.since), until=min(end, window.until))
    whole, _ = tally(sessions, (), Calendar(cut, zone), period, {})
    return LearnerWeek(
        monday=monday,
        hours=whole.worked / HOUR,
        sessions=sum(begin <= it.started_at < end for it in sessions),
        days=active,
    )

"""The calendar of an assignment, and what falls due by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from courseops.model.jobs.job import At, Job
from courseops.model.jobs.slot import Slot

# Whoever they are: who is given yet more time must not make a new slot for the others.
_EXTENDED = "extended"


@dataclass(frozen=True, kw_only=True)
class Dates:
    """
    When one assignment of a course goes out, and until when work on it is in time.

    `own` names the learners who have longer than `until`, and until when; grace is in both.
    """

    course_id: str
    name: str
    release_at: datetime | None = None
    until: datetime | None = None
    own: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def about(self) -> str:
        """Name the assignment among those of all courses."""
        return f"{self.course_id}/{self.name}"


def slots_of(job: Job, dates: Dates) -> Iterator[Slot]:
    """
    Give the slots of a job that follows the calendar, in no order.

    One for the class, and one for each moment at which learners of their own are due: a
    hundred with the same extension are one run, not a hundred.
    """
    later = timedelta(minutes=job.after_minutes)
    moment = dates.release_at if job.at is At.RELEASE else dates.until
    if moment is not None:
        yield Slot(due_at=moment + later, job=job.name, about=dates.about)
    if job.at is At.DUE:
        for until in _together(dates):
            yield Slot(due_at=until + later, job=job.name, about=f"{dates.about}/{_EXTENDED}")


def learners_due(job: Job, dates: Dates, due_at: datetime) -> list[str]:
    """Name the learners whose own deadline makes the job due at `due_at`, in their order."""
    return _together(dates).get(due_at - timedelta(minutes=job.after_minutes), [])


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a slot of the calendar is about; `is_own` if it is some learners' own deadline."""

    course_id: str
    name: str
    is_own: bool = False

    @classmethod
    def of(cls, about: str) -> Subject:
        """Read what a slot says it is about: no name of a course or assignment has a slash."""
        course_id, name, *own = about.split("/", 2)
        return cls(course_id=course_id, name=name, is_own=bool(own))


def _together(dates: Dates) -> dict[datetime, list[str]]:
    """Group the learners who have longer by until when they have."""
    found: defaultdict[datetime, list[str]] = defaultdict(list)
    for learner, until in sorted(dates.own.items()):
        if until != dates.until:
            found[until].append(learner)
    return dict(found)

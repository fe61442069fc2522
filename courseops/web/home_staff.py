"""What waits for the staff of a course, in numbers, each with where it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from courseops.actions.assignments.overview import troubles_in
from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.assignments.assignment import Assignment
from courseops.model.run import Run
from courseops.web.asked import Asked

_NEXT = 3


@dataclass(frozen=True, kw_only=True)
class Pile:
    """Work of one assignment that waits: `kind` says for what, `path` where it is done."""

    kind: str
    assignment: str
    count: int
    path: str


@dataclass(frozen=True, kw_only=True)
class StaffCourse:
    """
    One course of the visitor's.

    `held` are plans that wait for a teacher; `coming` are the assignments that are due next. Of
    a course that cannot be read now, `trouble` says why.
    """

    id: str
    title: str
    teaches: bool
    held: tuple[Run, ...] = ()
    piles: tuple[Pile, ...] = ()
    coming: tuple[Assignment, ...] = ()
    trouble: str = ""


def courses_of_staff(asked: Asked) -> list[StaffCourse]:
    """Give the courses in which the visitor teaches or grades; one that fails stops no other."""
    return [_course(asked, it) for it in sorted(asked.rights.courses)]


def _course(asked: Asked, course_id: str) -> StaffCourse:
    site, teaches = asked.site, asked.rights.may_teach(course_id)
    section = site.course_section(course_id)
    held = site.store.runs.held(f"course/{course_id}") if teaches else []
    assignments: list[Assignment] = []
    piles: list[Pile] = []
    now, trouble = site.journal.clock.now(), ""
    try:
        if section.folder is not None:
            assignments = site.course(course_id).assignments()
            piles = list(_piles(asked, course_id, assignments, now))
    except CourseOpsError as error:
        log().warning("course cannot be read", action="web", course=course_id, error=str(error))
        trouble = str(error)
    coming = [it for it in assignments if it.due_at is not None and it.due_at > now]
    return StaffCourse(
        id=course_id,
        title=section.title or course_id,
        teaches=teaches,
        held=tuple(held),
        piles=tuple(piles),
        coming=tuple(coming[:_NEXT]),
        trouble=trouble,
    )


def _piles(
    asked: Asked, course_id: str, assignments: list[Assignment], now: datetime
) -> Iterator[Pile]:
    """Give what waits; work that is in quarantine is not counted as waiting for its grade."""
    stuck = troubles_in(asked.site.history, course_id, [it.name for it in assignments])
    for it in assignments:
        name, path = it.name, f"/courses/{course_id}"
        in_quarantine = len(stuck[name])
        if in_quarantine:
            at = f"{path}/quarantine/{quote(name)}"
            yield Pile(kind="quarantine", assignment=name, count=in_quarantine, path=at)
        is_over = it.due_at is None or it.due_at < now
        ungraded = it.submitted - it.graded - in_quarantine
        if is_over and ungraded > 0:
            at = f"{path}/assignments?state=submitted&assignment={quote(name)}"
            yield Pile(kind="ungraded", assignment=name, count=ungraded, path=at)
        if it.needs_manual_grade:
            at = f"{path}/sharing/{quote(name)}"
            yield Pile(kind="by-hand", assignment=name, count=it.needs_manual_grade, path=at)

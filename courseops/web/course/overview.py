"""*Course*: what needs somebody, and what is due next."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from courseops.actions.rosters.roster import ROSTER_APPLY
from courseops.model.assignments.class_matrix import ClassMatrix, Mark, Sums
from courseops.web.asked import Asked, Door, graders
from courseops.web.course.in_course import in_course, matrix_of, show

_NEXT = 3


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many pieces of work of one assignment wait for somebody, for what."""

    name: str
    quarantined: int
    submitted: int
    by_hand: int


def course(asked: Asked) -> Response:
    """Show a course: held plans, work that waits, what is due next, the last sync."""
    at = in_course(asked, "overview")
    runs, now = asked.site.store.runs, asked.site.journal.clock.now()
    matrix = matrix_of(asked, at) if at.has_folder else None
    sums = matrix.sums if matrix else ()
    coming = [it for it in sums if it.assignment.due_at and it.assignment.due_at > now]
    return show(
        asked,
        "course/overview.html",
        at,
        held=runs.held(at.scope),
        synced=next(iter(runs.recent(action=ROSTER_APPLY, scope=at.scope, limit=1)), None),
        waiting=_waiting(matrix),
        coming=coming[:_NEXT],
        sums=sums,
        learners=_learners(asked, at.id, sums),
        Mark=Mark,
    )


def _waiting(matrix: ClassMatrix | None) -> list[Waiting]:
    found = [
        Waiting(
            name=it.assignment.name,
            quarantined=it.marks[Mark.QUARANTINED],
            submitted=it.marks[Mark.SUBMITTED],
            by_hand=it.marks[Mark.BY_HAND],
        )
        for it in (matrix.sums if matrix else ())
    ]
    return [it for it in found if it.quarantined or it.submitted or it.by_hand]


def _learners(asked: Asked, course_id: str, sums: tuple[Sums, ...]) -> int:
    if sums:
        return sums[0].learners
    active = asked.site.store.enrolments.active(course_id)
    return sum(it.role == "learner" for it in active)


DOORS = (Door(path="/courses/{course}", answer=course, may=graders),)

"""One person of a course, for its staff: how far they are, and what was collected of them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from courseops.actions.assignments.manifests import manifests_of
from courseops.actions.assignments.overview import troubles_in
from courseops.actions.looking import note_look
from courseops.adapters.pages.matrix import CLASSES, SIGNS, words_of
from courseops.model.assignments.class_matrix import ClassMatrix, ClassRow, Square, Sums
from courseops.model.assignments.manifest import Checked
from courseops.model.roster import Enrolment
from courseops.model.run import Outcome
from courseops.web.asked import Asked, Door, graders
from courseops.web.course.in_course import InCourse, in_course, matrix_of, not_there, show
from courseops.wiring.collecting import collect_ports


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One assignment of theirs: where they stand, why it is stuck, what was collected."""

    sums: Sums
    square: Square
    trouble: Outcome | None
    receipts: tuple[Checked, ...]


def person(asked: Asked) -> Response:
    """Show one person of the course; that somebody looked is written down first."""
    course = in_course(asked, "assignments")
    username = asked.parts["username"]
    enrolment = _enrolled(asked, course, username)
    matrix = matrix_of(asked, course) if course.has_folder else None
    row = _row(matrix, username)
    if enrolment is None and row is None:
        raise not_there()
    note_look(asked.site.journal, course.scope, "the page of one person", [username])
    mine = [
        it for it in asked.site.store.enrolments.memberships(course.id) if it.username == username
    ]
    return show(
        asked,
        "course/person.html",
        course,
        username=username,
        enrolment=enrolment,
        row=row,
        works=_works(asked, course, matrix, row) if matrix and row else [],
        periods=mine,
        signs=SIGNS,
        classes=CLASSES,
        words=words_of(asked.language),
    )


def _enrolled(asked: Asked, course: InCourse, username: str) -> Enrolment | None:
    """Find somebody in our record of this course: who is in it, or was."""
    enrolments = asked.site.store.enrolments
    for listed in (enrolments.active(course.id), enrolments.ended(course.id)):
        for it in listed:
            if it.person.username == username:
                return it
    return None


def _row(matrix: ClassMatrix | None, username: str) -> ClassRow | None:
    rows = matrix.rows if matrix else ()
    return next((it for it in rows if it.username == username), None)


def _works(asked: Asked, course: InCourse, matrix: ClassMatrix, row: ClassRow) -> list[_Work]:
    names = [it.assignment.name for it in matrix.sums]
    stuck = troubles_in(asked.site.history, course.id, names)
    return [
        _Work(
            sums=sums,
            square=square,
            trouble=stuck[sums.assignment.name].get(row.student_id),
            receipts=manifests_of(
                collect_ports(asked.site, course.id, sums.assignment.name),
                sums.assignment.name,
                row.student_id,
            ),
        )
        for sums, square in zip(matrix.sums, row.squares, strict=True)
    ]


DOORS = (Door(path="/courses/{course}/people/{username}", answer=person, may=graders),)

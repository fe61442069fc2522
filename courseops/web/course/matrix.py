"""The matrix of a course: learners by assignments, how far everybody is with each."""

from __future__ import annotations

from starlette.responses import Response

from courseops.adapters.pages.matrix import CLASSES, SIGNS, matrix_rows, words_of
from courseops.model.assignments.class_matrix import EXTENDED, LATE, Mark, Wanted
from courseops.web.asked import Asked, Door, graders
from courseops.web.course.in_course import in_course, matrix_of, show

STATES = (*map(str, Mark), LATE, EXTENDED)


def matrix(asked: Asked) -> Response:
    """Show the matrix, or the rows that the address asks for."""
    course = in_course(asked, "assignments")
    found = matrix_of(asked, course, anew=bool(asked.query("anew")))
    wanted = _wanted(asked)
    rows = wanted.rows(found)
    people = asked.page.link(f"{course.path}/people")
    zone = asked.site.time_zone
    return show(
        asked,
        "course/matrix.html",
        course,
        matrix=found,
        wanted=wanted,
        shown=len(rows),
        stretches=matrix_rows(rows, people, asked.language, zone),
        words=words_of(asked.language),
        signs=SIGNS,
        classes=CLASSES,
        states=STATES,
        marks=list(Mark),
    )


def _wanted(asked: Asked) -> Wanted:
    """Read what the address asks for; a state that is none asks for nothing."""
    state = asked.query("state")
    return Wanted(
        state=state if state in STATES else "",
        assignment=asked.query("assignment"),
        section=asked.query("section"),
        who=asked.query("who").strip(),
    )


DOORS = (Door(path="/courses/{course}/assignments", answer=matrix, may=graders),)

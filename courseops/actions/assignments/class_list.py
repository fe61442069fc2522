"""A whole class as its staff look at it: everybody's mark in every assignment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from courseops.actions.assignments.overview import AUTOGRADE, FEEDBACK, scope_of
from courseops.actions.assignments.standings import WhoFetched, course_status
from courseops.model.assignments.class_matrix import ClassMatrix, class_matrix
from courseops.model.roster import Enrolment, Person
from courseops.ports.course import CourseWork, Students
from courseops.ports.records import History


def class_list(
    course: CourseWork,
    gradebook: Students,
    runs: History,
    enrolments: Iterable[Enrolment],
    *,
    read_at: datetime,
    extended: Mapping[str, Mapping[str, datetime]],
    who_fetched: WhoFetched | None = None,
) -> ClassMatrix:
    """
    Say where everybody stands in every assignment, and what came back to whom.

    Graded work counts as returned if feedback was given since it was graded last. `extended`
    gives deadlines of their own by assignment and learner.
    """
    status = course_status(course, gradebook, runs, who_fetched)
    assignments = course.assignments(counting=False)
    scopes = {scope_of(course.course_id, it.name): it.name for it in assignments}
    given = runs.up_to_date(FEEDBACK, AUTOGRADE, list(scopes))
    return class_matrix(
        status.matrix,
        assignments,
        course_id=course.course_id,
        read_at=read_at,
        names={it.username: _name(it) for it in gradebook.students().values()},
        enrolments=enrolments,
        returned={scopes[scope]: who for scope, who in given.items()},
        extended=extended,
    )


def _name(person: Person) -> str:
    return f"{person.family_name} {person.given_name}".strip()

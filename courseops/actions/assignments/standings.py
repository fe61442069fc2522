"""Where a whole course stands: every learner in every assignment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from courseops.actions.assignments.overview import troubles_in
from courseops.model.assignments.matrix import Matrix, build_matrix, cell_for
from courseops.ports.course import CourseWork, Students
from courseops.ports.records import History

# Gives by assignment who has it, of some learners; None where nobody can know.
WhoFetched = Callable[[Sequence[str], Sequence[str]], Mapping[str, frozenset[str]] | None]


@dataclass(frozen=True, kw_only=True)
class CourseStatus:
    """Counts by assignment, and a row for each learner with a cell for each assignment."""

    course_id: str
    matrix: Matrix


def course_status(
    course: CourseWork, gradebook: Students, runs: History, who_fetched: WhoFetched | None = None
) -> CourseStatus:
    """Say where every learner of the gradebook stands in every assignment."""
    assignments = course.assignments(counting=False)
    names = [it.name for it in assignments]
    students = gradebook.students()
    fetched = who_fetched(names, sorted(students)) if who_fetched else None
    works = course.works(names)
    failed = troubles_in(runs, course.course_id, names)
    columns = []
    for assignment in assignments:
        name = assignment.name
        has_it = fetched.get(name) if fetched is not None else None
        cells = {}
        for who in {*students, *works[name], *failed[name]}:
            username = students[who].username if who in students else who
            cells[username] = cell_for(
                assignment.state,
                works[name].get(who),
                failed[name][who].kind if who in failed[name] else None,
                has_it=has_it is None or username in has_it,
            )
        columns.append((assignment, cells))
    return CourseStatus(course_id=course.course_id, matrix=build_matrix(columns))

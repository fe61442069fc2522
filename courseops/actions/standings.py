"""Where a whole course stands: every learner in every assignment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from courseops.actions.assignments import AUTOGRADE, COLLECT, scope_of
from courseops.model.matrix import Matrix, build_matrix, cell_for
from courseops.model.run import Outcome
from courseops.ports import Course, Gradebook, History

# Gives by assignment who has it, of some learners; None where nobody can know.
WhoFetched = Callable[[Sequence[str], Sequence[str]], Mapping[str, frozenset[str]] | None]


@dataclass(frozen=True, kw_only=True)
class CourseStatus:
    """Counts by assignment, and a row for each learner with a cell for each assignment."""

    course_id: str
    matrix: Matrix


def course_status(
    course: Course, gradebook: Gradebook, runs: History, who_fetched: WhoFetched | None = None
) -> CourseStatus:
    """Say where every learner of the gradebook stands in every assignment."""
    assignments = course.assignments(counting=False)
    names = [it.name for it in assignments]
    students = gradebook.students()
    fetched = who_fetched(names, sorted(students)) if who_fetched else None
    works = course.works(names)
    failed = _troubles(runs, course.course_id, names)
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


def _troubles(runs: History, course_id: str, names: Sequence[str]) -> dict[str, dict[str, Outcome]]:
    """Give the failures that stand, by assignment and learner: the newest word on each."""
    scopes = {name: scope_of(course_id, name) for name in names}
    collected = runs.latest_failures(COLLECT, list(scopes.values()))
    graded = runs.latest_failures(AUTOGRADE, list(scopes.values()))
    failed: dict[str, dict[str, Outcome]] = {}
    for name, scope in scopes.items():
        uncollected = collected.get(scope, {})
        # A word on grading outweighs one on collecting, also where it says that all is well.
        spoken_of = runs.latest_outcomes(AUTOGRADE, scope) if uncollected else {}
        still = {who: it for who, it in uncollected.items() if who not in spoken_of}
        failed[name] = still | graded.get(scope, {})
    return failed

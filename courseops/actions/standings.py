"""Where a whole course stands: every learner in every assignment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from courseops.actions.assignments import AUTOGRADE, COLLECT, scope_of
from courseops.model.grade import Score, stand
from courseops.model.matrix import Matrix, build_matrix
from courseops.model.roster import Person
from courseops.model.run import Outcome
from courseops.ports import Course, Gradebook, Runs

# Gives by assignment who has it, of some learners; None where nobody can know.
WhoFetched = Callable[[Sequence[str], Sequence[str]], Mapping[str, frozenset[str]] | None]


@dataclass(frozen=True, kw_only=True)
class CourseStatus:
    """Counts by assignment, and a row for each learner with a cell for each assignment."""

    course_id: str
    matrix: Matrix


def course_status(
    course: Course, gradebook: Gradebook, runs: Runs, who_fetched: WhoFetched | None = None
) -> CourseStatus:
    """Say where every learner of the gradebook stands in every assignment."""
    assignments = course.assignments()
    names = [it.name for it in assignments]
    students = gradebook.students()
    fetched = who_fetched(names, sorted(students)) if who_fetched else None
    scores: dict[str, dict[str, Score]] = {name: {} for name in names}
    for score in course.scores():
        scores.setdefault(score.assignment, {})[score.learner] = score
    failed = _troubles(runs, course.course_id, names)
    columns = []
    for assignment in assignments:
        name = assignment.name
        submissions = {it.learner: it for it in course.submissions(name)}
        learners = [
            stand(
                students.get(who) or Person(id=who, username=who),
                submissions.get(who),
                scores[name].get(who),
                failed[name].get(who),
            )
            for who in {*students, *submissions, *failed[name]}
        ]
        columns.append((assignment, learners, fetched.get(name) if fetched is not None else None))
    return CourseStatus(course_id=course.course_id, matrix=build_matrix(columns))


def _troubles(runs: Runs, course_id: str, names: Sequence[str]) -> dict[str, dict[str, Outcome]]:
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

"""Where each assignment of a course and each of its learners stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from courseops.errors import CourseOpsError
from courseops.model.assignments.assignment import Assignment, is_name
from courseops.model.assignments.grade import LearnerStanding, stand
from courseops.model.assignments.matrix import AssignmentCounts, cell_of, count
from courseops.model.roster import Person
from courseops.model.run import Outcome
from courseops.ports.course import Course, Gradebook
from courseops.ports.records import History
from courseops.ports.releasing import Assignments

COLLECT = "assignment-collect"
AUTOGRADE = "assignment-autograde"
FEEDBACK = "assignment-feedback"


@dataclass(frozen=True, kw_only=True)
class AssignmentStatus:
    """An assignment, where each learner stands in it, and how many are how far."""

    course_id: str
    assignment: Assignment
    learners: tuple[LearnerStanding, ...]
    counts: AssignmentCounts | None = None


def scope_of(course_id: str, name: str) -> str:
    """Name what a run on one assignment is about."""
    return f"course/{course_id}/{name}"


def list_assignments(course: Course) -> tuple[Assignment, ...]:
    """List the assignments of a course."""
    return tuple(course.assignments())


def assignment_status(
    course: Course,
    gradebook: Gradebook,
    runs: History,
    name: str,
    *,
    fetched: frozenset[str] | None = None,
    extended: Mapping[str, datetime] | None = None,
) -> AssignmentStatus:
    """
    Say where each learner stands in an assignment, also those who handed in nothing.

    `fetched` names who has the assignment, None if nobody can know; `extended` gives deadlines
    that differ from the assignment's.
    """
    assignment = find_assignment(course, name)
    learners = tuple(
        replace(
            it,
            fetched=None if fetched is None else it.person.username in fetched,
            extended_until=(extended or {}).get(it.person.student_id),
        )
        for it in standings(course, gradebook.students(), runs, assignment)
    )
    cells = [cell_of(assignment.state, it, fetched) for it in learners]
    return AssignmentStatus(
        course_id=course.course_id,
        assignment=assignment,
        learners=learners,
        counts=count(name, cells),
    )


def find_assignment(course: Assignments, name: str) -> Assignment:
    """
    Give one assignment.

    Raises:
        CourseOpsError: the course has none of this name.
    """
    if not is_name(name):
        raise CourseOpsError(
            f"no assignment can be called {name!r}",
            hint="it is the name of a folder in the course's source/, for example hw1",
        )
    for assignment in course.assignments(name):
        return assignment
    names = ", ".join(it.name for it in course.assignments()) or "none yet"
    raise CourseOpsError(
        f"the course {course.course_id} has no assignment called {name}",
        hint=f"it has these: {names}",
    )


def due_at_of(course: Course, name: str) -> datetime | None:
    """Give an assignment's deadline; None where it has none, or there is no such assignment."""
    return next((it.due_at for it in course.assignments(name, counting=False)), None)


def troubles(runs: History, course_id: str, name: str) -> dict[str, Outcome]:
    """Give the failures that stand in one assignment, by learner."""
    return troubles_in(runs, course_id, [name])[name]


def troubles_in(
    runs: History, course_id: str, names: Sequence[str]
) -> dict[str, dict[str, Outcome]]:
    """
    Give the failures that stand, by assignment and learner: the newest word on each.

    What could not be collected stands until it is collected; a word on grading outweighs it,
    also where it says that all is well.
    """
    scopes = {name: scope_of(course_id, name) for name in names}
    collected = runs.latest_failures(COLLECT, list(scopes.values()))
    graded = runs.latest_failures(AUTOGRADE, list(scopes.values()))
    failed: dict[str, dict[str, Outcome]] = {}
    for name, scope in scopes.items():
        uncollected = collected.get(scope, {})
        spoken_of = runs.latest_outcomes(AUTOGRADE, scope) if uncollected else {}
        still = {who: it for who, it in uncollected.items() if who not in spoken_of}
        failed[name] = still | graded.get(scope, {})
    return failed


def standings(
    course: Course, students: Mapping[str, Person], runs: History, assignment: Assignment
) -> tuple[LearnerStanding, ...]:
    """Say where each of `students` and whoever else handed in stands in an assignment."""
    submissions = {it.learner: it for it in course.submissions(assignment.name)}
    scores = {it.learner: it for it in course.scores(assignment.name)}
    failed = troubles(runs, course.course_id, assignment.name)
    return tuple(
        stand(
            students.get(learner) or Person(id=learner, username=learner),
            submissions.get(learner),
            scores.get(learner),
            failed.get(learner),
        )
        for learner in sorted({*students, *submissions, *failed})
    )

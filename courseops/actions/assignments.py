"""Assignments out, grades out: release, export, and where each one stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.assignment import Assignment, Released, is_name
from courseops.model.grade import LearnerStanding, stand
from courseops.model.gradesheet import write_csv
from courseops.model.roster import Person
from courseops.model.run import Outcome, Phase, Status
from courseops.ports import Course, Gradebook, Runs

RELEASE = "assignment-release"
COLLECT = "assignment-collect"
AUTOGRADE = "assignment-autograde"
FEEDBACK = "assignment-feedback"


@dataclass(frozen=True, kw_only=True)
class AssignmentReleased:
    """What a release came to."""

    run_id: str
    course_id: str
    assignment: Assignment
    came_to: Released


@dataclass(frozen=True, kw_only=True)
class AssignmentStatus:
    """An assignment and where each learner stands in it."""

    course_id: str
    assignment: Assignment
    learners: tuple[LearnerStanding, ...]


@dataclass(frozen=True, kw_only=True)
class GradesExported:
    """Every learner's grades, ready to be written as a table."""

    course_id: str
    assignments: tuple[AssignmentStatus, ...]

    def as_csv(self) -> str:
        """Write them as CSV: a line a learner and assignment."""
        return write_csv(
            (status.assignment, learner)
            for status in self.assignments
            for learner in status.learners
        )


def scope_of(course_id: str, name: str) -> str:
    """Name what a run on one assignment is about."""
    return f"course/{course_id}/{name}"


def list_assignments(course: Course) -> tuple[Assignment, ...]:
    """List the assignments of a course."""
    return tuple(course.assignments())


def release_assignment(
    course: Course, journal: Journal, name: str, *, due_at: datetime | None = None
) -> AssignmentReleased:
    """
    Generate the learners' version of an assignment and release it to the exchange.

    Doing so again without a change leaves the exchange as it is.

    Raises:
        RefusedError: nbgrader would not, in its own words.
    """
    find_assignment(course, name)
    with journal.run(RELEASE, scope_of(course.course_id, name)) as entry:
        entry.audit(Phase.INTENDED, [name], "release to the exchange")
        with journal.progress.stage(f"releasing {name}", 1) as advance:
            came_to = course.release(name, due_at=due_at)
            advance(1)
        entry.audit(Phase.MADE, [name], "release to the exchange", came_to)
        entry.note(Outcome.done(name, came_to))
        return AssignmentReleased(
            run_id=entry.run.id,
            course_id=course.course_id,
            assignment=find_assignment(course, name),
            came_to=came_to,
        )


def assignment_status(
    course: Course, gradebook: Gradebook, runs: Runs, name: str
) -> AssignmentStatus:
    """Say where each learner stands in an assignment, also those who handed in nothing."""
    return _status(course, gradebook.students(), runs, find_assignment(course, name))


def export_grades(
    course: Course, gradebook: Gradebook, runs: Runs, name: str = ""
) -> GradesExported:
    """Give every learner's grades, in one assignment or in all."""
    wanted = [find_assignment(course, name)] if name else course.assignments()
    students = gradebook.students()
    return GradesExported(
        course_id=course.course_id,
        assignments=tuple(_status(course, students, runs, it) for it in wanted),
    )


def find_assignment(course: Course, name: str) -> Assignment:
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
    there = course.assignments()
    for assignment in there:
        if assignment.name == name:
            return assignment
    names = ", ".join(it.name for it in there) or "none yet"
    raise CourseOpsError(
        f"the course {course.course_id} has no assignment called {name}",
        hint=f"it has these: {names}",
    )


def troubles(runs: Runs, course_id: str, name: str) -> dict[str, Outcome]:
    """
    Give the failures that stand, by learner.

    What could not be collected stands until it is collected; a word on grading outweighs it.
    """
    scope = scope_of(course_id, name)
    newest = runs.latest_outcomes(COLLECT, scope) | runs.latest_outcomes(AUTOGRADE, scope)
    return {who: it for who, it in newest.items() if it.status is Status.FAILED}


def _status(
    course: Course, students: Mapping[str, Person], runs: Runs, assignment: Assignment
) -> AssignmentStatus:
    submissions = {it.learner: it for it in course.submissions(assignment.name)}
    scores = {it.learner: it for it in course.scores(assignment.name)}
    failed = troubles(runs, course.course_id, assignment.name)
    return AssignmentStatus(
        course_id=course.course_id,
        assignment=assignment,
        learners=tuple(
            stand(
                students.get(learner) or Person(id=learner, username=learner),
                submissions.get(learner),
                scores.get(learner),
                failed.get(learner),
            )
            for learner in sorted({*students, *submissions, *failed})
        ),
    )

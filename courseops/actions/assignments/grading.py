"""Grade what was collected: in parallel, as data, put into the gradebook by one writer.

Every submission ends with a grade or with a named reason; nothing a learner hands in can stop
the grading of the others. Whoever is killed loses only what no batch had taken in yet, and the
next run grades just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from courseops.actions.assignments.grading_desk import GRADE, Desk, GradingPorts
from courseops.actions.assignments.grading_sieve import Sieve
from courseops.actions.assignments.overview import AUTOGRADE, find_assignment, scope_of
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.assignment import ReleasedNotebook
from courseops.model.assignments.graded import GradedWork
from courseops.model.assignments.regrade import ScoreChange
from courseops.model.run import Outcome, Phase
from courseops.ports.course import Course


@dataclass(frozen=True, kw_only=True)
class AssignmentGraded:
    """How each learner's work fared; `changes` are the points that grading again has moved."""

    run_id: str
    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]
    changes: tuple[ScoreChange, ...] = ()


Approve = Callable[[tuple[ScoreChange, ...]], None]


def _approve_all(changes: tuple[ScoreChange, ...]) -> None:
    """Agree."""


def autograde(
    ports: GradingPorts,
    journal: Journal,
    name: str,
    *,
    students: Sequence[str] = (),
    workers: int = 0,
    regrade: bool = False,
    approve: Approve = _approve_all,
) -> AssignmentGraded:
    """
    Grade the collected work of an assignment; of `students` only, if any are named.

    Work that has its grade is left alone unless `regrade`: then it is graded again if anything
    that went into its grade has changed since, or if its learner is named; `approve` is shown
    what would change, and raises to leave everything as it is. Learners who handed in nothing
    are listed as such.

    Raises:
        CourseOpsError: there is no such assignment, or no such learner.
        RefusedError: the assignment was never released, or there is no sandbox to grade in.
    """
    course = ports.course
    released = find_released(course, name)
    collected = {it.learner: it for it in course.submissions(name)}
    wanted = _wanted(students, {*collected, *ports.gradebook.students()})
    latest = journal.runs.latest_outcomes(AUTOGRADE, scope_of(course.course_id, name))
    with journal.run(AUTOGRADE, scope_of(course.course_id, name)) as entry:
        entry.expect(len(wanted))
        desk = Desk(
            ports=ports,
            journal=journal,
            name=name,
            released=released,
            entry=entry,
            granted=ports.granted(name),
            graded=frozenset(who for who, it in collected.items() if it.ever_graded),
        )
        sieve = Sieve(desk=desk, latest=latest, regrade=regrade, named=frozenset(students))
        changes: tuple[ScoreChange, ...] = ()
        with journal.progress.stage(f"grading {name}", len(wanted)) as advance:
            ready = sieve.ready(wanted, collected)
            advance(len(wanted) - len(ready))
            entry.audit(Phase.INTENDED, ready, GRADE)
            coming = ports.grader.grade(name, ready, workers=workers or ports.workers)
            works = _watched(coming, advance)
            if regrade:
                works = list(works)
            else:
                desk.take_in(works)
        if regrade:
            changes = desk.changes(list(works))
            approve(changes)
            desk.take_in(works)
        return AssignmentGraded(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            outcomes=tuple(sorted(entry.outcomes, key=lambda it: it.subject)),
            changes=changes,
        )


def find_released(course: Course, name: str) -> Sequence[ReleasedNotebook]:
    """
    Give what was handed out of an assignment.

    Raises:
        CourseOpsError: there is no such assignment.
        RefusedError: it was never released.
    """
    find_assignment(course, name)
    released = course.released_notebooks(name)
    if not released:
        raise RefusedError(
            f"{name} was never released, so nbgrader has no tests for it",
            hint=f"courseops assignment release {course.course_id} {name}",
        )
    return released


def _wanted(students: Sequence[str], known: set[str]) -> list[str]:
    unknown = sorted(set(students) - known)
    if unknown:
        raise CourseOpsError(
            f"nobody called {', '.join(unknown)} is in the gradebook or has submitted",
            hint="the name is the hub username, as in: courseops assignment status COURSE NAME",
        )
    return sorted(set(students) or known)


def _watched(works: Iterable[GradedWork], advance: Callable[[int], None]) -> Iterable[GradedWork]:
    for work in works:
        advance(1)
        yield work

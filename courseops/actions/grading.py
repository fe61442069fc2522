"""Grade what was collected, list what could not be graded, give feedback.

Every submission ends with a grade or with a named reason; nothing a learner hands in can stop
the grading of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from courseops.actions.assignments import (
    AUTOGRADE,
    FEEDBACK,
    find_assignment,
    scope_of,
    troubles,
)
from courseops.actions.journal import Entry, Journal
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignment import ReleasedNotebook
from courseops.model.collection import (
    Quarantined,
    Submission,
    examine,
    examine_graded,
    is_finished,
)
from courseops.model.run import Outcome, Phase, Status, phase_after
from courseops.ports import Course, Gradebook, Grader, Runs

_GRADE = "grade and write the gradebook"


@dataclass(frozen=True, kw_only=True)
class AssignmentGraded:
    """How each learner's work fared."""

    run_id: str
    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class QuarantineList:
    """What could not be graded, or not to the end, why, and what would mend it."""

    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class FeedbackReleased:
    """Who has feedback, and who has none and why."""

    run_id: str
    course_id: str
    name: str
    outcomes: tuple[Outcome, ...]


def autograde(
    course: Course,
    gradebook: Gradebook,
    grader: Grader,
    journal: Journal,
    name: str,
    *,
    students: Sequence[str] = (),
    workers: int = 0,
    regrade: bool = False,
) -> AssignmentGraded:
    """
    Grade the collected work of an assignment; of `students` only, if any are named.

    Work that has its grade is left alone unless `regrade`. Learners who handed in nothing are
    listed as such.

    Raises:
        CourseOpsError: there is no such assignment, or no such learner.
        RefusedError: the assignment was never released.
    """
    released = _released(course, name)
    collected = {it.learner: it for it in course.submissions(name)}
    wanted = _wanted(students, {*collected, *gradebook.students()})
    with journal.run(AUTOGRADE, scope_of(course.course_id, name)) as entry:
        desk = _Desk(course=course, name=name, released=released, entry=entry)
        with journal.progress.stage(f"grading {name}", len(wanted)) as advance:
            ready = [it for it in wanted if desk.is_ready(it, collected.get(it), regrade=regrade)]
            advance(len(wanted) - len(ready))
            entry.audit(Phase.INTENDED, ready, _GRADE)
            for outcome in grader.grade(name, ready, workers=workers):
                desk.take(outcome)
                advance(1)
        return AssignmentGraded(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            outcomes=tuple(sorted(entry.outcomes, key=lambda it: it.subject)),
        )


def quarantine(runs: Runs, course_id: str, name: str) -> QuarantineList:
    """List what could not be graded, from the newest outcome of each learner."""
    if not runs.recent(scope=scope_of(course_id, name), limit=1):
        raise CourseOpsError(
            f"nothing was ever done in {course_id} with an assignment called {name}",
            hint=f"courseops assignment list {course_id} names them",
        )
    found = troubles(runs, course_id, name)
    return QuarantineList(
        course_id=course_id, name=name, outcomes=tuple(found[who] for who in sorted(found))
    )


def release_feedback(course: Course, journal: Journal, name: str) -> FeedbackReleased:
    """
    Write feedback for all graded work and release it, also where a cell ran out of time.

    It is written anew each time, because points given by hand change no file.
    """
    find_assignment(course, name)
    with journal.run(FEEDBACK, scope_of(course.course_id, name)) as entry:
        submissions = course.submissions(name)
        with journal.progress.stage(f"feedback on {name}", len(submissions)) as advance:
            for submission in submissions:
                entry.note(_give_feedback(course, name, submission))
                advance(1)
        return FeedbackReleased(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            outcomes=tuple(entry.outcomes),
        )


def _give_feedback(course: Course, name: str, submission: Submission) -> Outcome:
    if not submission.graded:
        reason = "the newest submission is not graded"
        return Outcome.skipped(submission.learner, reason, kind="not-graded")
    return course.release_feedback(name, submission.learner)


def _released(course: Course, name: str) -> Sequence[ReleasedNotebook]:
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


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Where submissions lie before and after the grader has them."""

    course: Course
    name: str
    released: Sequence[ReleasedNotebook]
    entry: Entry

    def is_ready(self, learner: str, submission: Submission | None, *, regrade: bool) -> bool:
        """Say whether the grader should have it; if not, note why."""
        if submission is None:
            self.entry.note(Outcome.skipped(learner, "nothing submitted", kind="not-submitted"))
            return False
        problem = examine(self.course.handed_in(self.name, learner), self.released)
        if problem and not problem.partial:
            self.entry.note(_in_quarantine(learner, problem))
            return False
        if regrade or not (submission.graded and self._is_finished(learner)):
            return True
        still = self._problem(learner)
        self.entry.note(
            _in_quarantine(learner, still)
            if still
            else Outcome.skipped(learner, "has its grade", kind="already-graded")
        )
        return False

    def take(self, outcome: Outcome) -> None:
        """Note what became of a submission that the grader had."""
        problem = self._problem(outcome.subject) if outcome.status is Status.DONE else None
        self.entry.note(_in_quarantine(outcome.subject, problem) if problem else outcome)
        self.entry.audit(phase_after(outcome), [outcome.subject], _GRADE, outcome.reason)

    def _problem(self, learner: str) -> Quarantined | None:
        return examine_graded(self.course.graded(self.name, learner)) or examine(
            self.course.handed_in(self.name, learner), self.released
        )

    def _is_finished(self, learner: str) -> bool:
        handed_in = self.course.handed_in(self.name, learner)
        expected = handed_in.keys() & {it.name for it in self.released}
        return is_finished(self.course.graded(self.name, learner), expected)


def _in_quarantine(learner: str, problem: Quarantined) -> Outcome:
    return Outcome.failed(learner, problem.reason, kind=problem.kind, mend=problem.mend)

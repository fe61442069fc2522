"""Grade what was collected: in parallel, as data, put into the gradebook by one writer.

Every submission ends with a grade or with a named reason; nothing a learner hands in can stop
the grading of the others. Whoever is killed loses only what no batch had taken in yet, and the
next run grades just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from courseops.actions.assignments import AUTOGRADE, find_assignment, scope_of
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
from courseops.model.graded import GradedWork
from courseops.model.regrade import ScoreChange, score_changes
from courseops.model.run import Outcome, Phase, Status, phase_after
from courseops.ports import Course, Gradebook, Grader, Gradings

ACCEPTED = "accepted"

_ODD = "tampering"

_GRADE = "grade and write the gradebook"
_BATCH = 25
_BATCH_LASTS = timedelta(seconds=5)


def _nobody(_name: str) -> Mapping[str, float]:
    return {}


@dataclass(frozen=True, kw_only=True)
class GradingPorts:
    """
    What grading one course reads and writes.

    `granted` gives the seconds that learners have after an assignment's deadline, by our own
    record; `workers` is how many grade side by side unless one says otherwise.
    """

    course: Course
    gradebook: Gradebook
    grader: Grader
    gradings: Gradings
    granted: Callable[[str], Mapping[str, float]] = _nobody
    workers: int = 0


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
        desk = _Desk(
            ports=ports,
            journal=journal,
            name=name,
            released=released,
            entry=entry,
            granted=ports.granted(name),
        )
        sieve = _Sieve(desk=desk, latest=latest, regrade=regrade, named=frozenset(students))
        changes: tuple[ScoreChange, ...] = ()
        with journal.progress.stage(f"grading {name}", len(wanted)) as advance:
            ready = sieve.ready(wanted, collected)
            advance(len(wanted) - len(ready))
            entry.audit(Phase.INTENDED, ready, _GRADE)
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


def in_quarantine(learner: str, problem: Quarantined) -> Outcome:
    """Say of one learner's work that it has no grade, or none to trust."""
    return Outcome.failed(learner, problem.reason, kind=problem.kind, mend=problem.mend)


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


def has_scores(work: GradedWork) -> bool:
    """Say whether grading came to an end, with or without something to look at."""
    return work.problem is None or work.problem.partial


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Where graded work is taken in: the gradebook first, then our record of it."""

    ports: GradingPorts
    journal: Journal
    name: str
    released: Sequence[ReleasedNotebook]
    entry: Entry
    granted: Mapping[str, float]
    _saved: list[bool] = field(default_factory=list)

    def take_in(self, works: Iterable[GradedWork]) -> None:
        """Merge results batch by batch as they come, also those at hand when it is interrupted."""
        pending, since = list[GradedWork](), self.journal.clock.now()
        try:
            for work in works:
                pending.append(work)
                now = self.journal.clock.now()
                if len(pending) >= _BATCH or now - since >= _BATCH_LASTS:
                    batch, pending, since = pending, [], now
                    self._merge(batch)
        finally:
            self._merge(pending)

    def _merge(self, batch: Sequence[GradedWork]) -> None:
        scored = {it.learner: it for it in batch if has_scores(it)}
        for work in batch:
            if work.problem and work.learner not in scored:
                self._note_graded(in_quarantine(work.learner, work.problem))
        if not scored:
            return
        self._save_once()
        course = self.ports.course
        outcomes = course.merge(self.name, list(scored.values()), self.granted)
        merged = [scored[it.subject] for it in outcomes if it.status is Status.DONE]
        self.ports.gradings.keep(course.course_id, self.name, merged, self.journal.clock.now())
        for outcome in outcomes:
            is_done = outcome.status is Status.DONE
            problem = self._remains(scored[outcome.subject]) if is_done else None
            self._note_graded(in_quarantine(outcome.subject, problem) if problem else outcome)

    def _save_once(self) -> None:
        if not self._saved:
            self.ports.course.save_gradebook()
            self._saved.append(True)

    def _remains(self, work: GradedWork) -> Quarantined | None:
        """Say what a person should look at, although there is a score."""
        return (
            work.problem
            or examine_graded(_notebooks_of(work))
            or self.examine(work.learner)
            or self._odd(work)
        )

    def _odd(self, work: GradedWork) -> Quarantined | None:
        if not work.remarks:
            return None
        more = len(work.remarks) - 1
        whose = f"{self.ports.course.course_id} {self.name} --accept {work.learner}"
        return Quarantined(
            kind=_ODD,
            reason=work.remarks[0] + (f", and {more} more such remarks" if more else ""),
            mend=f"look at the cell; if it is honest: courseops assignment quarantine {whose}",
            partial=True,
        )

    def _note_graded(self, outcome: Outcome) -> None:
        self.entry.note(outcome)
        self.entry.audit(phase_after(outcome), [outcome.subject], _GRADE, outcome.reason)

    def examine(self, learner: str) -> Quarantined | None:
        """Say what is wrong with a submission before any of it is run."""
        return examine(self.ports.course.handed_in(self.name, learner), self.released)

    def changes(self, works: Sequence[GradedWork]) -> tuple[ScoreChange, ...]:
        """Compare what is in the gradebook with what these results would make of it."""
        course = self.ports.course
        before = {it.learner: it for it in course.scores(self.name)}
        scored = [it for it in works if has_scores(it)]
        after = {it.learner: it for it in course.preview(self.name, scored)} if scored else {}
        return score_changes(works, before, after)


def _notebooks_of(work: GradedWork) -> dict[str, bytes]:
    suffix = ".ipynb"
    return {
        file.path.removesuffix(suffix): file.content
        for file in work.files
        if file.path.endswith(suffix) and "/" not in file.path
    }


@dataclass(frozen=True, kw_only=True)
class _Sieve:
    """What keeps work from the grader: nothing there, no notebook, or its grade already."""

    desk: _Desk
    latest: Mapping[str, Outcome]
    regrade: bool
    named: frozenset[str]

    def ready(self, wanted: Sequence[str], collected: Mapping[str, Submission]) -> list[str]:
        """Give those whom the grader should have; note why it should not have the others."""
        sound = [it for it in wanted if self._is_sound(it, collected.get(it))]
        done = [it for it in sound if collected[it].graded and self._is_finished(it)]
        settled = self._unchanged(done) if self.regrade else frozenset(done)
        for learner in sorted(settled):
            self.desk.entry.note(self._as_before(learner))
        return [it for it in sound if it not in settled]

    def _is_sound(self, learner: str, submission: Submission | None) -> bool:
        if submission is None:
            missing = Outcome.skipped(learner, "nothing submitted", kind="not-submitted")
            self.desk.entry.note(missing)
            return False
        problem = self.desk.examine(learner)
        if problem and not problem.partial:
            self.desk.entry.note(in_quarantine(learner, problem))
            return False
        return True

    def _unchanged(self, done: Sequence[str]) -> frozenset[str]:
        asked = [it for it in done if it not in self.named]
        ports, name = self.desk.ports, self.desk.name
        before = ports.gradings.digests(ports.course.course_id, name)
        now = ports.grader.digests(name, asked) if asked else {}
        return frozenset(it for it in asked if it in before and before[it] == now.get(it))

    def _is_finished(self, learner: str) -> bool:
        course, name = self.desk.ports.course, self.desk.name
        expected = course.handed_in(name, learner).keys() & {it.name for it in self.desk.released}
        return is_finished(course.graded(name, learner), expected)

    def _as_before(self, learner: str) -> Outcome:
        before = self.latest.get(learner)
        # What was odd shows in no file; only a person, or another submission, ends it.
        if before is not None and before.kind in (ACCEPTED, _ODD):
            return before
        course, name = self.desk.ports.course, self.desk.name
        still = examine_graded(course.graded(name, learner)) or self.desk.examine(learner)
        if still:
            return in_quarantine(learner, still)
        return Outcome.skipped(learner, "has its grade", kind="already-graded")

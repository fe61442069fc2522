"""Where graded work is taken in: the gradebook first, then our record of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from courseops.actions.journal import Entry, Journal
from courseops.model.assignments.assignment import ReleasedNotebook
from courseops.model.assignments.collection import Quarantined, examine, examine_graded
from courseops.model.assignments.graded import GradedWork
from courseops.model.assignments.regrade import ScoreChange, score_changes
from courseops.model.run import Outcome, Status, phase_after
from courseops.ports.course import Course, Gradebook
from courseops.ports.grading import Grader
from courseops.ports.records import Gradings

ODD = "tampering"
GRADE = "grade and write the gradebook"

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


def in_quarantine(learner: str, problem: Quarantined) -> Outcome:
    """Say of one learner's work that it has no grade, or none to trust."""
    return Outcome.failed(learner, problem.reason, kind=problem.kind, mend=problem.mend)


def has_scores(work: GradedWork) -> bool:
    """Say whether grading came to an end, with or without something to look at."""
    return work.problem is None or work.problem.partial


@dataclass(frozen=True)
class _Seen:
    """What one look at a submission said: what is wrong with it, and its notebooks' names."""

    problem: Quarantined | None
    notebooks: frozenset[str]


@dataclass(kw_only=True)
class Desk:
    """Where graded work is taken in: the gradebook first, then our record of it."""

    ports: GradingPorts
    journal: Journal
    name: str
    released: Sequence[ReleasedNotebook]
    entry: Entry
    granted: Mapping[str, float]
    graded: frozenset[str]
    _saved: bool = field(default=False, init=False)
    _seen: dict[str, _Seen] = field(default_factory=dict, init=False)

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
        failed = [it for it in batch if it.learner not in scored]
        # Whoever has an earlier grade keeps that, with what went into it.
        self._keep([it for it in failed if it.learner not in self.graded])
        for work in failed:
            if work.problem:
                self._note_graded(in_quarantine(work.learner, work.problem))
        if not scored:
            return
        self._save_once()
        course = self.ports.course
        outcomes = course.merge(self.name, list(scored.values()), self.granted)
        merged = [scored[it.subject] for it in outcomes if it.status is Status.DONE]
        self._keep(merged)
        for outcome in outcomes:
            is_done = outcome.status is Status.DONE
            problem = self._remains(scored[outcome.subject]) if is_done else None
            self._note_graded(in_quarantine(outcome.subject, problem) if problem else outcome)

    def _keep(self, works: Sequence[GradedWork]) -> None:
        course_id, now = self.ports.course.course_id, self.journal.clock.now()
        self.ports.gradings.keep(course_id, self.name, works, now)

    def _save_once(self) -> None:
        if not self._saved:
            self.ports.course.save_gradebook()
            self._saved = True

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
            kind=ODD,
            reason=work.remarks[0] + (f", and {more} more such remarks" if more else ""),
            mend=f"look at the cell; if it is honest: courseops assignment quarantine {whose}",
            partial=True,
        )

    def _note_graded(self, outcome: Outcome) -> None:
        self.entry.note(outcome)
        self.entry.audit(phase_after(outcome), [outcome.subject], GRADE, outcome.reason)

    def examine(self, learner: str) -> Quarantined | None:
        """Say what is wrong with a submission before any of it is run."""
        return self._look(learner).problem

    def notebooks(self, learner: str) -> frozenset[str]:
        """Name the notebooks of a submission."""
        return self._look(learner).notebooks

    def _look(self, learner: str) -> _Seen:
        """Look at a submission once a run; its bytes are not kept, a class has too many."""
        if learner not in self._seen:
            found = self.ports.course.handed_in(self.name, learner)
            problem = examine(found, self.released)
            self._seen[learner] = _Seen(problem, frozenset(found))
        return self._seen[learner]

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

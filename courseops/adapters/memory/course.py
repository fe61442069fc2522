"""A course and a grader that live in memory; the grader knows beforehand what everyone gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from courseops.adapters.memory.gradebook import MemoryGradebook
from courseops.model.assignments.assignment import Assignment, ReleasedNotebook, State
from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import Score
from courseops.model.assignments.graded import GradedWork, WrittenFeedback
from courseops.model.assignments.mending import Mending
from courseops.model.assignments.work import Work, works_of
from courseops.model.finding import Finding
from courseops.model.run import Outcome

_Notebooks = Mapping[str, bytes]


@dataclass(kw_only=True)
class MemoryCourse:
    """One course with one assignment, of which everything was collected."""

    course_id: str
    name: str
    released: tuple[ReleasedNotebook, ...]
    out: _Notebooks = field(default_factory=dict)
    submitted: dict[str, _Notebooks] = field(default_factory=dict)
    merged: dict[str, GradedWork] = field(default_factory=dict)
    mended: dict[str, _Notebooks] = field(default_factory=dict)
    given: dict[str, WrittenFeedback] = field(default_factory=dict)
    merges: list[tuple[str, ...]] = field(default_factory=list)
    saved: int = 0
    gradebook: MemoryGradebook = field(default_factory=MemoryGradebook)

    def preflight(self) -> list[Finding]:
        """Say that all is well."""
        return [Finding.ok(f"course/{self.course_id}", "in memory")]

    def assignments(self, name: str = "", *, counting: bool = True) -> list[Assignment]:  # noqa: ARG002 -- the port's
        """List the one assignment."""
        only = Assignment(name=self.name, state=State.RELEASED)
        return [only] if name in ("", self.name) else []

    def released_notebooks(self, name: str) -> tuple[ReleasedNotebook, ...]:
        """Give what was handed out."""
        return self.released if name == self.name else ()

    def handed_out(self, name: str) -> dict[str, bytes]:
        """Give the notebooks that were handed out."""
        return dict(self.out) if name == self.name else {}

    def submissions(self, name: str) -> list[Submission]:
        """List the collected work."""
        found = self.submitted if name == self.name else {}
        return [
            Submission(learner=it, graded=it in self.merged, ever_graded=it in self.merged)
            for it in sorted(found)
        ]

    def works(self, names: Sequence[str]) -> dict[str, dict[str, Work]]:
        """Give everybody's collected work."""
        return {it: works_of(self.submissions(it), self.scores(it)) for it in names}

    def handed_in(self, name: str, learner: str) -> dict[str, bytes]:  # noqa: ARG002 -- the port's
        """Give one learner's notebooks."""
        return dict(self.mended.get(learner) or self.submitted[learner])

    def mend(self, name: str, mending: Mending) -> None:  # noqa: ARG002 -- the port's
        """Keep mended notebooks."""
        self.mended[mending.learner] = mending.notebooks

    def graded(self, name: str, learner: str) -> dict[str, bytes]:  # noqa: ARG002 -- the port's
        """Give one learner's notebooks after grading."""
        work = self.merged.get(learner)
        return {it.path.removesuffix(".ipynb"): it.content for it in work.files} if work else {}

    def scores(self, name: str = "") -> list[Score]:  # noqa: ARG002 -- the port's
        """Give the scores."""
        return [_score(self.name, work) for work in self.merged.values()]

    def save_gradebook(self) -> None:
        """Count how often that was asked."""
        self.saved += 1

    def merge(
        self,
        name: str,  # noqa: ARG002 -- the port's
        works: Sequence[GradedWork],
        extensions: Mapping[str, float] | None = None,  # noqa: ARG002 -- the port's
    ) -> list[Outcome]:
        """Take in results."""
        self.merges.append(tuple(work.learner for work in works))
        self.merged |= {work.learner: work for work in works}
        return [Outcome.done(work.learner, "graded") for work in works]

    def preview(self, name: str, works: Sequence[GradedWork]) -> list[Score]:
        """Give the scores as they would be."""
        return [_score(name, work) for work in works]

    def feedback(self, name: str, learner: str) -> dict[str, bytes]:  # noqa: ARG002 -- the port's
        """Give one learner's pages."""
        return dict(self.given[learner].pages)

    def give_feedback(
        self,
        name: str,  # noqa: ARG002 -- the port's
        written: Sequence[WrittenFeedback],
    ) -> list[Outcome]:
        """Keep feedback."""
        self.given |= {it.learner: it for it in written}
        return [Outcome.done(it.learner) for it in written]


def _score(name: str, work: GradedWork) -> Score:
    points = sum(cell.auto or 0.0 for it in work.notebooks for cell in it.cells)
    return Score(assignment=name, learner=work.learner, score=points)


@dataclass(kw_only=True)
class MemoryGrader:
    """Gives each learner the work it was told to give; `asked` remembers for whom."""

    works: dict[str, GradedWork] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def grade(
        self,
        name: str,  # noqa: ARG002 -- the port's
        learners: Sequence[str],
        *,
        workers: int = 0,  # noqa: ARG002 -- the port's
    ) -> Iterator[GradedWork]:
        """Give the results that were laid out."""
        self.asked.append(tuple(learners))
        for learner in learners:
            yield replace(self.works[learner], learner=learner)

    def digests(self, name: str, learners: Sequence[str]) -> dict[str, str]:  # noqa: ARG002
        """Name what goes in."""
        return {learner: self.works[learner].digest for learner in learners}

    def write_feedback(
        self,
        name: str,  # noqa: ARG002 -- the port's
        learners: Sequence[str],
        *,
        workers: int = 0,  # noqa: ARG002 -- the port's
    ) -> Iterator[WrittenFeedback]:
        """Write a page for everyone."""
        for learner in learners:
            yield WrittenFeedback(learner=learner, pages={"ps1": b"<p>well done</p>"})

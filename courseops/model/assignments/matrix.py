"""Learners by assignments: where everybody stands in a whole course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.grade import LearnerStanding, Standing, standing_of
from courseops.model.assignments.work import Work


class Step(StrEnum):
    """How far one learner is with one assignment, in the words of a table."""

    NOT_RELEASED = "not released"
    NOT_FETCHED = "not fetched"
    NOT_SUBMITTED = "not submitted"
    QUARANTINED = "quarantined"
    COLLECTED = "not graded yet"
    BY_HAND = "by hand"
    GRADED = "graded"


# In these somebody has to do something; late work is counted besides.
NEEDS_SOMETHING = (Step.QUARANTINED, Step.COLLECTED, Step.BY_HAND)


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixCell:
    """
    One learner in one assignment; `points` is None where there are none to show.

    `kind` says why the work is in quarantine.
    """

    step: Step
    points: float | None = None
    late_seconds: float = 0.0
    kind: str = ""

    @property
    def needs_something(self) -> bool:
        """Say whether somebody has to do something about it."""
        return self.step in NEEDS_SOMETHING


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """One learner, with a cell for each assignment in their order."""

    username: str
    cells: tuple[MatrixCell, ...]

    @property
    def needs_something(self) -> bool:
        """Say whether somebody has to do something about this learner's work."""
        return any(cell.needs_something for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class AssignmentCounts:
    """How many learners are how far with one assignment; `late` are counted in steps too."""

    name: str
    learners: int
    counts: dict[Step, int]
    late: int = 0


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A course's assignments, and a row for each learner."""

    assignments: tuple[AssignmentCounts, ...]
    learners: tuple[MatrixRow, ...]


def step_of(state: State, learner: LearnerStanding, fetched: frozenset[str] | None = None) -> Step:
    """Say how far a learner is; `fetched` names who has the assignment, None if nobody knows."""
    by_hand = learner.score is not None and learner.score.needs_manual_grade
    has_it = fetched is None or learner.person.username in fetched
    return _step(state, learner.standing, by_hand=by_hand, has_it=has_it)


def _step(state: State, standing: Standing, *, by_hand: bool, has_it: bool) -> Step:
    if standing is Standing.QUARANTINED:
        return Step.QUARANTINED
    if standing is Standing.COLLECTED:
        return Step.COLLECTED
    if standing is Standing.GRADED:
        return Step.BY_HAND if by_hand else Step.GRADED
    if state is not State.RELEASED:
        return Step.NOT_RELEASED
    return Step.NOT_SUBMITTED if has_it else Step.NOT_FETCHED


# Most of a course's thirty thousand cells are the same few.
@lru_cache(maxsize=10_000)
def cell_for(state: State, work: Work | None, kind: str | None, *, has_it: bool) -> MatrixCell:
    """Give the cell of collected work; `kind` is of a trouble that stands, None without one."""
    collected, graded = work is not None, work is not None and work.graded
    standing = standing_of(collected=collected, graded=graded, failed=kind is not None)
    return MatrixCell(
        step=_step(state, standing, by_hand=work is not None and work.by_hand, has_it=has_it),
        points=work.points if work is not None and work.ever_graded else None,
        late_seconds=work.late_seconds if work is not None else 0.0,
        kind=kind or "",
    )


def cell_of(
    state: State, learner: LearnerStanding, fetched: frozenset[str] | None = None
) -> MatrixCell:
    """Give a learner's cell of one assignment."""
    return MatrixCell(
        step=step_of(state, learner, fetched),
        points=learner.score.score if learner.score else None,
        late_seconds=learner.submission.late_seconds if learner.submission else 0.0,
        kind=learner.kind,
    )


def count(name: str, cells: Sequence[MatrixCell]) -> AssignmentCounts:
    """Count how many learners are how far with one assignment."""
    counts = Counter([cell.step for cell in cells])
    return AssignmentCounts(
        name=name,
        learners=len(cells),
        counts={step: counts[step] for step in Step},
        late=sum(cell.late_seconds > 0 for cell in cells),
    )


def build_matrix(
    columns: Iterable[tuple[Assignment, Mapping[str, MatrixCell]]],
) -> Matrix:
    """
    Put assignments side by side, each with its cells by username.

    Somebody whom one of them does not know has nothing there.
    """
    cells: list[Mapping[str, MatrixCell]] = []
    counts: list[AssignmentCounts] = []
    empty: list[MatrixCell] = []
    for assignment, of in columns:
        cells.append(of)
        counts.append(count(assignment.name, tuple(of.values())))
        released = assignment.state is State.RELEASED
        empty.append(MatrixCell(step=Step.NOT_SUBMITTED if released else Step.NOT_RELEASED))
    everybody = sorted({username for of in cells for username in of})
    return Matrix(
        assignments=tuple(counts),
        learners=tuple(
            MatrixRow(
                username=who,
                cells=tuple(of.get(who, none) for of, none in zip(cells, empty, strict=True)),
            )
            for who in everybody
        ),
    )

"""Where everybody stands in a whole course."""

from __future__ import annotations

import pytest

from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import LearnerStanding, Score, Standing, stand
from courseops.model.assignments.matrix import (
    MatrixCell,
    Step,
    build_matrix,
    cell_for,
    cell_of,
    step_of,
)
from courseops.model.assignments.work import works_of
from courseops.model.roster import Person
from courseops.model.run import Outcome

SCORE = Score(assignment="hw1", learner="ada", score=7, max_score=10)
WAITS = Score(assignment="hw1", learner="ada", score=7, max_score=10, needs_manual_grade=True)


def standing(
    who: str = "ada", where: Standing = Standing.NOT_SUBMITTED, score: Score | None = None
) -> LearnerStanding:
    return LearnerStanding(person=Person(id=who, username=who), standing=where, score=score)


@pytest.mark.parametrize(
    ("state", "learner", "fetched", "step"),
    [
        (State.DRAFT, standing(), None, Step.NOT_RELEASED),
        (State.RELEASED, standing(), None, Step.NOT_SUBMITTED),
        (State.RELEASED, standing(), frozenset(), Step.NOT_FETCHED),
        (State.RELEASED, standing(), frozenset({"ada"}), Step.NOT_SUBMITTED),
        (State.RELEASED, standing(where=Standing.COLLECTED), frozenset(), Step.COLLECTED),
        (State.RELEASED, standing(where=Standing.QUARANTINED), None, Step.QUARANTINED),
        (State.RELEASED, standing(where=Standing.GRADED, score=WAITS), None, Step.BY_HAND),
        (State.RELEASED, standing(where=Standing.GRADED, score=SCORE), None, Step.GRADED),
    ],
)
def test_how_far_a_learner_is(
    state: State, learner: LearnerStanding, fetched: frozenset[str] | None, step: Step
) -> None:
    assert step_of(state, learner, fetched) is step


def test_every_learner_has_a_cell_for_every_assignment_and_the_counts_add_up() -> None:
    late = LearnerStanding(
        person=Person(id="bob", username="bob"),
        standing=Standing.COLLECTED,
        submission=Submission(learner="bob", late_seconds=60),
    )
    hw1 = Assignment(name="hw1", state=State.RELEASED)
    hw2 = Assignment(name="hw2", state=State.DRAFT)
    graded = standing(where=Standing.GRADED, score=SCORE)

    def column(
        of: Assignment, *learners: LearnerStanding
    ) -> tuple[Assignment, dict[str, MatrixCell]]:
        return of, {it.person.username: cell_of(of.state, it) for it in learners}

    matrix = build_matrix([column(hw1, graded, late), column(hw2, standing("bob"))])

    first, second = matrix.assignments
    assert (first.counts[Step.GRADED], first.counts[Step.COLLECTED], first.late) == (1, 1, 1)
    assert [sum(it.counts.values()) for it in (first, second)] == [2, 1]
    ada, bob = matrix.learners
    assert [cell.step for cell in ada.cells] == [Step.GRADED, Step.NOT_RELEASED]
    assert (ada.cells[0].points, ada.needs_something) == (7, False)
    assert (bob.cells[0].late_seconds, bob.needs_something) == (60, True)


def test_a_cell_made_of_little_is_the_one_made_of_everything() -> None:
    for collected in (None, Submission(learner="ada", graded=True, ever_graded=True)):
        for score in (None, SCORE, WAITS):
            for trouble in (None, Outcome.failed("ada", "no end", kind="timeout")):
                ada = Person(id="ada", username="ada")
                whole = stand(ada, collected, score, trouble)
                works = works_of([collected] if collected else [], [score] if score else [])
                kind = trouble.kind if trouble else None
                little = cell_for(State.RELEASED, works.get("ada"), kind, has_it=False)
                assert little == cell_of(State.RELEASED, whole, frozenset())

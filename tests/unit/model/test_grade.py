"""Where a learner stands, and how grades are written for people."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import LearnerStanding, Score, Standing, stand
from courseops.model.assignments.gradesheet import COLUMNS, write_csv
from courseops.model.roster import Person
from courseops.model.run import Outcome

ADA = Person(id="ada", username="ada", given_name="Ada", family_name="Lovelace, née Byron")
HANDED_IN = Submission(learner="ada", submitted_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
GRADED = Submission(learner="ada", graded=True, ever_graded=True)
SCORE = Score(assignment="ps1", learner="ada", raw_score=8, late_penalty=1, score=7, max_score=10)
PS1 = Assignment(name="ps1", state=State.RELEASED, max_score=10)


@pytest.mark.parametrize(
    ("submission", "latest", "standing"),
    [
        (None, None, Standing.NOT_SUBMITTED),
        (None, Outcome.failed("ada", "a link", kind="link"), Standing.QUARANTINED),
        (HANDED_IN, None, Standing.COLLECTED),
        (HANDED_IN, Outcome.failed("ada", "is empty", kind="unreadable"), Standing.QUARANTINED),
        (GRADED, Outcome.done("ada"), Standing.GRADED),
        (GRADED, Outcome.failed("ada", "no end", kind="timeout"), Standing.QUARANTINED),
    ],
)
def test_where_a_learner_stands(
    submission: Submission | None, latest: Outcome | None, standing: Standing
) -> None:
    assert stand(ADA, submission, None, latest).standing is standing


def test_an_empty_row_of_the_gradebook_is_not_a_score_of_zero() -> None:
    empty = Score(assignment="ps1", learner="ada", max_score=10)

    assert stand(ADA, HANDED_IN, empty, None).score is None
    assert stand(ADA, GRADED, SCORE, None).score is SCORE


def read(*learners: LearnerStanding) -> list[dict[str, str]]:
    text = write_csv((PS1, learner) for learner in learners)
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_name_with_a_comma_keeps_its_column() -> None:
    (row,) = read(stand(ADA, GRADED, SCORE, Outcome.done("ada")))

    assert tuple(row) == COLUMNS
    assert row["last name"] == "Lovelace, née Byron"
    assert (row["raw score"], row["late penalty"], row["score"]) == ("8", "1", "7")
    assert row["state"] == "graded"


def test_without_work_there_are_no_points_and_in_quarantine_there_is_a_reason() -> None:
    none, held = read(
        stand(ADA, None, None, None),
        stand(ADA, HANDED_IN, None, Outcome.failed("ada", "ps1.ipynb is empty", kind="unreadable")),
    )

    assert (none["score"], none["submitted"], none["state"]) == ("", "", "not submitted")
    assert (held["score"], held["state"]) == ("", "quarantined: ps1.ipynb is empty")
    assert held["submitted"] == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize("name", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1"])
def test_a_name_is_never_a_formula(name: str) -> None:
    person = Person(id="x", username="x", family_name=name)

    (row,) = read(stand(person, None, None, None))

    assert row["last name"] == f"'{name}"

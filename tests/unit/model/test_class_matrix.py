"""A class as its staff look at it: marks, sums, and picking rows."""

from datetime import UTC, datetime

import pytest

from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.class_matrix import Mark, Wanted, class_matrix
from courseops.model.assignments.matrix import MatrixCell, Step, build_matrix
from courseops.model.roster import Enrolment, Person

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
GRADED = MatrixCell(step=Step.GRADED, points=3.0)
LATE = MatrixCell(step=Step.COLLECTED, late_seconds=60.0)
HW1 = Assignment(name="hw1", state=State.RELEASED)
HW2 = Assignment(name="hw2", state=State.DRAFT)


@pytest.fixture
def matrix():
    columns = [(HW1, {"a01": GRADED, "bob": LATE, "cyd": GRADED}), (HW2, {})]
    return class_matrix(
        build_matrix(columns),
        [HW1, HW2],
        course_id="py",
        read_at=MONDAY,
        names={"a01": "Love Ada"},
        enrolments=[
            Enrolment(person=Person(id="1", username="ada", gradebook_id="a01"), section="A, B"),
            Enrolment(person=Person(id="2", username="bob", family_name="Ray"), section="B"),
        ],
        returned={"hw1": frozenset({"a01", "bob"})},
        extended={"hw2": {"a01": MONDAY}},
    )


def test_who_has_another_name_in_the_gradebook_is_found_by_it(matrix):
    rows = {row.username: row for row in matrix.rows}
    assert list(rows) == ["ada", "bob", "cyd"]
    assert (rows["ada"].student_id, rows["ada"].name) == ("a01", "Love Ada")
    assert [rows[who].is_listed for who in rows] == [True, True, False]


def test_graded_work_that_came_back_is_returned_and_other_work_is_not(matrix):
    marks = {row.username: [it.mark for it in row.squares] for row in matrix.rows}
    assert marks == {
        "ada": [Mark.RETURNED, Mark.NOT_RELEASED],
        "bob": [Mark.SUBMITTED, Mark.NOT_RELEASED],
        "cyd": [Mark.GRADED, Mark.NOT_RELEASED],
    }


def test_the_sums_are_of_each_column(matrix):
    first, second = matrix.sums
    assert {mark: n for mark, n in first.marks.items() if n} == {
        Mark.RETURNED: 1,
        Mark.SUBMITTED: 1,
        Mark.GRADED: 1,
    }
    assert (first.late, first.extended, first.learners) == (1, 0, 3)
    assert (second.marks[Mark.NOT_RELEASED], second.extended) == (3, 1)
    assert matrix.count(Mark.NOT_RELEASED) == 3


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (Wanted(), ["ada", "bob", "cyd"]),
        (Wanted(section="B"), ["ada", "bob"]),
        (Wanted(state="late"), ["bob"]),
        (Wanted(state="extended"), ["ada"]),
        (Wanted(state="extended", assignment="hw1"), []),
        (Wanted(state="graded", assignment="nowhere"), []),
        (Wanted(who="lOvE"), ["ada"]),
        (Wanted(who="ray", section="A"), []),
    ],
)
def test_rows_are_picked(matrix, wanted, there):
    assert [row.username for row in wanted.rows(matrix)] == there
    assert matrix.sections == ["A", "B"]

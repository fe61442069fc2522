"""Grading is shared out from our own record, and a course's standings come from few questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from courseops.actions.assignments.balance import share_grading
from courseops.actions.assignments.overview import AUTOGRADE, COLLECT, scope_of
from courseops.actions.assignments.standings import course_status
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.errors import CourseOpsError
from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import Score
from courseops.model.assignments.matrix import Step
from courseops.model.assignments.work import Work, works_of
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Outcome, Status
from tests.support.journal import memory_journal

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def enrolled(*people: tuple[str, Role]) -> MemoryEnrolments:
    kept = MemoryEnrolments()
    kept.enrol(
        "py",
        [Enrolment(person=Person(id=who, username=who), role=role) for who, role in people],
        NOW,
    )
    return kept


@dataclass
class Shelf:
    """A course with two assignments, as far as status and balance ask for it."""

    waiting: dict[str, int] = field(default_factory=dict)
    course_id: str = "py"

    def by_hand(self, name: str) -> dict[str, int]:
        return self.waiting if name == "hw1" else {}

    def assignments(self, *_: str, **__: bool) -> list[Assignment]:
        return [Assignment(name=name, state=State.RELEASED) for name in ("hw1", "hw2")]

    def works(self, names: Sequence[str]) -> dict[str, dict[str, Work]]:
        return {it: works_of(self.submissions(it), self.scores(it)) for it in names}

    def students(self) -> dict[str, Person]:
        return {who: Person(id=who, username=who) for who in ("ada", "bob", "cyd")}

    def submissions(self, name: str) -> list[Submission]:
        made = Submission(learner="ada", graded=True, ever_graded=True)
        return [made, replace(made, learner="bob")] if name == "hw1" else []

    def scores(self, name: str = "") -> list[Score]:
        graded = [Score(assignment="hw1", learner=who, score=3) for who in ("ada", "bob")]
        return graded if name in ("", "hw1") else []


def test_work_that_comes_in_later_moves_nobodys_list() -> None:
    people = enrolled(
        ("tia", Role.ASSISTANT),
        ("udo", Role.ASSISTANT),
        ("ina", Role.INSTRUCTOR),
        ("ada", Role.LEARNER),
    )
    journal = memory_journal()
    first = share_grading(Shelf({"ada": 3, "bob": 2}), people, journal, "hw1")
    second = share_grading(Shelf({"ada": 3, "bob": 2, "c d": 9}), people, journal, "hw1")

    assert [(it.assistant, it.cells) for it in first.lists] == [("tia", 3), ("udo", 2)]
    assert {it.subject: it.reason for it in second.outcomes} == {
        "ada": "tia",
        "bob": "udo",
        "c d": "udo",
    }
    assert second.lists[1].tasks[1].page == "/formgrader/manage_students/c%20d/hw1"


def test_who_does_not_grade_here_gets_nothing_and_an_instructor_only_by_name() -> None:
    people = enrolled(("ina", Role.INSTRUCTOR), ("ada", Role.LEARNER))
    with pytest.raises(CourseOpsError, match="no assistants"):
        share_grading(Shelf({"ada": 1}), people, memory_journal(), "hw1")
    with pytest.raises(CourseOpsError, match="nobody called ada grades"):
        share_grading(Shelf(), people, memory_journal(), "hw1", among=["ada"])
    done = share_grading(
        Shelf({"ina": 1, "ada": 1}), people, memory_journal(), "hw1", among=["ina"]
    )
    assert {it.subject: it.status for it in done.outcomes} == {
        "ada": Status.DONE,
        "ina": Status.FAILED,
    }


def test_a_word_on_grading_outweighs_one_on_collecting() -> None:
    journal = memory_journal()
    for action, outcomes in (
        (
            COLLECT,
            [Outcome.failed("ada", "a link"), Outcome.failed("cyd", "too big", kind="too-big")],
        ),
        (AUTOGRADE, [Outcome.done("ada"), Outcome.failed("bob", "no end", kind="timeout")]),
    ):
        with journal.run(action, scope_of("py", "hw1")) as entry:
            entry.note(*outcomes)
    shelf = Shelf()
    found = course_status(
        shelf, shelf, journal.runs, lambda names, who: {name: frozenset(who[:1]) for name in names}
    )

    steps = {row.username: [cell.step for cell in row.cells] for row in found.matrix.learners}
    assert steps == {
        "ada": [Step.GRADED, Step.NOT_SUBMITTED],
        "bob": [Step.QUARANTINED, Step.NOT_FETCHED],
        "cyd": [Step.QUARANTINED, Step.NOT_FETCHED],
    }

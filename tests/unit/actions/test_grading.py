"""Grading as a whole, with a course and a grader in memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from courseops.actions.assignments.feedback import release_feedback
from courseops.actions.assignments.grading import AssignmentGraded, autograde
from courseops.actions.assignments.grading_desk import GradingPorts
from courseops.actions.assignments.overview import AUTOGRADE, scope_of
from courseops.actions.assignments.pushing import HomePorts
from courseops.actions.assignments.quarantine import accept, mend, quarantine
from courseops.actions.journal import Journal
from courseops.adapters.memory.course import MemoryCourse, MemoryGrader
from courseops.adapters.memory.store import MemoryEnrolments, MemoryGradings
from courseops.adapters.placing.pushing import HomePusher
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import CourseOpsError
from courseops.model.assignments.assignment import ReleasedCell, ReleasedNotebook
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import CellScore, GradedFile, GradedNotebook, GradedWork
from courseops.model.assignments.regrade import ScoreChange
from courseops.model.roster import Person
from courseops.model.run import Ending, Status
from tests.support.journal import memory_journal

NAME = "ps1"
RELEASED = (
    ReleasedNotebook(name="ps1", cells=(ReleasedCell(id="test", points=2.0, type="code"),)),
)
MARKS = {
    "grade_id": "test",
    "schema_version": 3,
    "grade": True,
    "solution": False,
    "locked": True,
    "task": False,
    "points": 2,
}


def notebook(copies: int = 1, **more: Any) -> bytes:
    cell = {
        "cell_type": "code",
        "source": "assert True",
        "metadata": {"nbgrader": MARKS},
        "outputs": [],
        "execution_count": 1,
    }
    return json.dumps({"cells": [cell] * copies, "metadata": {}, "nbformat": 4, **more}).encode()


def graded(learner: str, points: float = 2.0, digest: str = "1", **more: Any) -> GradedWork:
    scores = (CellScore(id="test", auto=points, needs_manual_grade=False),)
    return GradedWork(
        learner=learner,
        digest=digest,
        notebooks=(GradedNotebook(name="ps1", cells=scores),),
        files=(GradedFile(path="ps1.ipynb", content=notebook()),),
        **more,
    )


def crashed(learner: str) -> GradedWork:
    problem = Quarantined(kind="crash", reason="Python itself ended", mend="ask the learner")
    return GradedWork(learner=learner, digest="1", problem=problem)


@dataclass
class Room:
    course: MemoryCourse = field(
        default_factory=lambda: MemoryCourse(
            course_id="python101", name=NAME, released=RELEASED, out={"ps1": notebook()}
        )
    )
    grader: MemoryGrader = field(default_factory=MemoryGrader)
    gradings: MemoryGradings = field(default_factory=MemoryGradings)
    journal: Journal = field(default_factory=memory_journal)

    def hand_in(self, *works: GradedWork, content: bytes = b"") -> None:
        for work in works:
            self.course.submitted[work.learner] = {"ps1": content or notebook()}
            self.grader.works[work.learner] = work

    @property
    def ports(self) -> GradingPorts:
        return GradingPorts(
            course=self.course,
            gradebook=self.course.gradebook,
            grader=self.grader,
            gradings=self.gradings,
        )

    def grade(self, **options: Any) -> AssignmentGraded:
        return autograde(self.ports, self.journal, NAME, **options)

    def kinds(self, **options: Any) -> dict[str, str]:
        return {it.subject: f"{it.status} {it.kind}" for it in self.grade(**options).outcomes}


@pytest.fixture
def room() -> Room:
    return Room()


def test_every_submission_ends_with_a_grade_or_a_named_reason(room: Room) -> None:
    room.hand_in(graded("alice"), crashed("bob"), graded("dora", remarks=("cell 2 cheats",)))
    room.hand_in(graded("carl"), content=b"{")
    room.course.gradebook.put_students([Person(id="eve", username="eve")])

    assert room.kinds() == {
        "alice": "done ",
        "bob": "failed crash",
        "carl": "failed unreadable",
        "dora": "failed tampering",
        "eve": "skipped not-submitted",
    }
    assert room.grader.asked == [("alice", "bob", "dora")]
    assert room.course.merges == [("alice", "dora")]


def test_the_next_run_grades_only_what_has_no_grade(room: Room) -> None:
    room.hand_in(graded("alice"), crashed("bob"))
    room.grade()
    room.hand_in(graded("bob", digest="2"))

    assert room.kinds() == {"alice": "skipped already-graded", "bob": "done "}
    assert room.grader.asked[-1] == ("bob",)


def test_the_gradebook_is_saved_once_before_it_is_written(room: Room) -> None:
    room.hand_in(*(graded(f"learner{number:02}") for number in range(60)))
    room.grade()

    assert [len(batch) for batch in room.course.merges] == [25, 25, 10]
    assert room.course.saved == 1


def test_a_submission_is_read_once_a_run(room: Room) -> None:
    @dataclass(kw_only=True)
    class Counted(MemoryCourse):
        read: Counter[str] = field(default_factory=Counter)

        def handed_in(self, name: str, learner: str) -> dict[str, bytes]:
            self.read[learner] += 1
            return super().handed_in(name, learner)

    room.course = course = Counted(**vars(room.course))
    room.hand_in(graded("alice"), crashed("bob"))
    room.hand_in(graded("carl"), content=b"{")

    for run in (1, 2):
        room.grade()
        assert course.read == {"alice": run, "bob": run, "carl": run}


def test_an_interrupted_run_keeps_what_was_graded_and_the_next_one_goes_on(room: Room) -> None:
    room.hand_in(*(graded(f"learner{number:02}") for number in range(40)))

    class Interrupted(MemoryGrader):
        def grade(
            self,
            name: str,
            learners: Sequence[str],
            *,
            workers: int = 0,  # noqa: ARG002
        ) -> Iterator[GradedWork]:
            for number, work in enumerate(super().grade(name, learners)):
                if number == 30:
                    raise KeyboardInterrupt
                yield work

    grader, room.grader = room.grader, Interrupted(works=room.grader.works)
    with pytest.raises(KeyboardInterrupt):
        room.grade()
    run = room.journal.runs.recent()[0]
    assert (run.ending, run.total, run.finished) == (Ending.INTERRUPTED, 40, 30)
    assert len(room.course.merged) == 30

    room.grader = grader
    room.grade()
    assert len(grader.asked[-1]) == 10
    assert len(room.course.merged) == 40


def test_grading_again_is_explained_before_it_changes_anything(room: Room) -> None:
    room.hand_in(graded("alice"), graded("bob"), graded("carl"))
    room.grade()
    room.hand_in(graded("alice", 1.0, digest="2"), graded("bob", digest="2"))
    shown: list[ScoreChange] = []

    def look(changes: tuple[ScoreChange, ...]) -> None:
        shown.extend(changes)
        raise CourseOpsError("nothing was changed, as you wished")

    with pytest.raises(CourseOpsError):
        room.grade(regrade=True, approve=look)

    assert [(it.learner, it.before, it.after, it.is_one) for it in shown] == [
        ("alice", 2.0, 1.0, True),
        ("bob", 2.0, 2.0, False),
    ]
    assert room.course.merged["alice"].digest == "1"

    done = room.grade(regrade=True)
    assert [it.after for it in done.changes] == [1.0, 2.0]
    assert room.course.merged["alice"].digest == "2"
    assert room.kinds(regrade=True)["alice"] == "skipped already-graded"


def test_whoever_is_named_is_graded_again_in_any_case(room: Room) -> None:
    room.hand_in(graded("alice"), graded("bob"))
    room.grade()
    room.grade(regrade=True, students=["alice"])

    assert room.grader.asked[-1] == ("alice",)


def test_work_that_crashes_when_graded_again_keeps_its_grade(room: Room) -> None:
    room.hand_in(graded("alice"))
    room.grade()
    room.hand_in(crashed("alice"))
    shown: list[ScoreChange] = []
    done = room.grade(regrade=True, students=["alice"], approve=shown.extend)

    assert (shown[0].after, shown[0].reason) == (None, "Python itself ended")
    assert done.outcomes[0].kind == "crash"
    assert room.course.merged["alice"].problem is None


def test_an_odd_score_stands_once_a_person_accepted_it(room: Room) -> None:
    room.hand_in(graded("alice", remarks=("cell 2 replaced builtins.sum", "and more")))
    room.grade()
    found = quarantine(room.course, room.journal.runs, NAME)
    assert found.outcomes[0].reason == "cell 2 replaced builtins.sum, and 1 more such remarks"

    assert room.kinds() == {"alice": "failed tampering"}
    accept(room.course, room.journal, NAME, ["alice"])

    assert quarantine(room.course, room.journal.runs, NAME).outcomes == ()
    assert room.kinds() == {"alice": "done accepted"}
    assert quarantine(room.course, room.journal.runs, NAME).outcomes == ()


def test_nobody_is_accepted_without_a_score(room: Room) -> None:
    room.hand_in(crashed("alice"))
    room.grade()

    with pytest.raises(CourseOpsError, match="no score to let stand for alice"):
        accept(room.course, room.journal, NAME, ["alice"])
    with pytest.raises(CourseOpsError, match="bob is not in quarantine"):
        accept(room.course, room.journal, NAME, ["bob"])


def test_what_can_be_mended_is_proposed_mended_and_graded(room: Room) -> None:
    room.hand_in(graded("alice"), content=notebook(copies=2))
    room.hand_in(graded("bob"), content=b"{")
    assert room.kinds() == {"alice": "failed duplicate-cells", "bob": "failed unreadable"}
    proposals = quarantine(room.course, room.journal.runs, NAME).proposals
    assert [(it.learner, len(it.steps)) for it in proposals] == [("alice", 1)]

    mended = mend(room.course, room.journal, NAME)

    assert {it.subject: it.kind for it in mended.outcomes} == {
        "alice": "mended",
        "bob": "not-mendable",
    }
    assert room.course.submitted["alice"] == {"ps1": notebook(copies=2)}
    assert room.kinds()["alice"] == "done "


def test_what_crashed_is_not_run_again_until_something_changes(room: Room) -> None:
    room.hand_in(crashed("alice"))
    room.grade()

    assert room.kinds() == {"alice": "failed crash"}
    assert room.grader.asked == [("alice",), ()]

    room.hand_in(graded("alice", digest="2"))
    assert room.kinds() == {"alice": "done "}


def test_feedback_reaches_also_those_in_quarantine(room: Room) -> None:
    room.hand_in(graded("alice"), crashed("bob"), graded("dora", remarks=("odd",)))
    room.grade()
    room.hand_in(graded("carl"))

    done = release_feedback(room.ports, room.journal, NAME)

    assert {it.subject: it.kind for it in done.outcomes} == {
        "alice": "",
        "bob": "",
        "carl": "not-graded",
        "dora": "",
    }
    assert room.course.given["bob"].problem is not None
    assert room.course.given["bob"].problem.kind == "crash"
    assert room.course.given["dora"].pages


def test_feedback_is_placed_in_homes_beside_what_is_there(
    room: Room, homes: Path, tmp_path: Path
) -> None:
    room.hand_in(graded("ada"), graded("nobody"))
    room.grade()
    folder = homes / "ada" / "python101" / "ps1"
    ports = HomePorts(
        volumes=DirectoryVolumes(f"{homes}/{{username}}"),
        pusher=HomePusher(root=homes, staging=tmp_path / "staging"),
        enrolments=MemoryEnrolments(),
        folder="python101/ps1",
    )

    first = release_feedback(room.ports, room.journal, NAME, homes=ports)
    again = release_feedback(room.ports, room.journal, NAME, homes=ports)

    assert [(it.subject, it.status) for it in again.outcomes] == [
        ("ada", Status.DONE),
        ("nobody", Status.DONE),
    ]
    assert "no home yet" in first.outcomes[1].reason
    (version,) = (folder / "feedback").iterdir()
    assert (version / "ps1.html").read_bytes() == b"<p>well done</p>"


def test_each_run_says_how_far_it_is(room: Room) -> None:
    room.hand_in(graded("alice"), replace(crashed("bob")))
    room.grade()

    run = room.journal.runs.recent(action=AUTOGRADE, scope=scope_of("python101", NAME))[0]
    assert (run.total, run.finished) == (2, 2)

"""A real nbgrader course with a small class in it, good and bad, collected and graded."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.collecting import collect_assignment
from courseops.actions.assignments.feedback import release_feedback
from courseops.actions.assignments.grading import AssignmentGraded, autograde
from courseops.actions.assignments.grading_desk import GradingPorts
from courseops.actions.assignments.releasing import release_assignment
from courseops.actions.journal import Journal
from courseops.adapters import process
from courseops.adapters.clock import SystemClock
from courseops.adapters.grading.bundle import FACTORY, Engine
from courseops.adapters.grading.grader import PooledGrader
from courseops.adapters.grading.workers.pool import LocalPool
from courseops.adapters.memory.ambient import MemoryLocks, SilentProgress
from courseops.adapters.memory.store import MemoryGradings, MemoryRuns
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.demo.answers import Play
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK, Learner, play_class, write_course
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.assignment import Released
from courseops.model.roster import Person
from courseops.model.run import Outcome
from tests.support.collecting import course_ports

COURSE = "python101"

PLAYS = {
    "agnes": Play.RIGHT,
    "basile": Play.CARELESS,
    "chloe": Play.HALF,
    "denis": Play.SYNTAX_ERROR,
    "elise": Play.ENDLESS,
    "farid": Play.UNREADABLE,
    "gaelle": Play.DELETED_TEST,
    "hugo": Play.LATE,
    "ines": Play.ABSENT,
    "jules": Play.RIGHT,
    "karim": Play.RIGHT,
    "lea": Play.RIGHT,
    "marc": Play.RIGHT,
    "nora": Play.RIGHT,
    "oscar": Play.RIGHT,
}


def new_journal() -> Journal:
    return Journal(
        runs=MemoryRuns(),
        locks=MemoryLocks(),
        clock=SystemClock(),
        progress=SilentProgress(),
        actor="tests",
    )


@dataclass(kw_only=True)
class Classroom:
    folder: Path
    exchange: Path
    course: NbgraderCourse
    journal: Journal
    released: list[Released]
    collected: tuple[Outcome, ...]
    ports: CollectPorts
    due_at: datetime
    gradings: MemoryGradings = field(default_factory=MemoryGradings)

    def submitted(self, learner: str) -> Path:
        return self.folder / "submitted" / learner / ASSIGNMENT

    def autograded(self, learner: str) -> Path:
        return self.folder / "autograded" / learner / ASSIGNMENT

    def grader(self, **bounds: Any) -> PooledGrader:
        return PooledGrader(
            self.course.client,
            LocalPool(),
            allowance=Allowance(**bounds),
            engine=Engine(factory=FACTORY),
            marks=self.course.marks,
            mended=self.course.mended,
        )

    def grading(self, **bounds: Any) -> GradingPorts:
        return GradingPorts(
            course=self.course,
            gradebook=self.course.gradebook,
            grader=self.grader(**bounds),
            gradings=self.gradings,
            workers=2,
        )

    def autograde(self, **options: Any) -> AssignmentGraded:
        return autograde(self.grading(), self.journal, ASSIGNMENT, **options)

    def nbgrader(self, *args: str, folder: Path | None = None) -> process.Finished:
        """Run nbgrader's own command in the course folder, as a teacher would."""
        folder = folder or self.folder
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return process.run(
            ["nbgrader", *args],
            env={"PATH": path, "HOME": str(folder.parent), "LANG": "C.UTF-8"},
            timeout_seconds=120,
            cwd=folder,
        )


def edit(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the cells of a collected notebook."""
    path = folder / f"{NOTEBOOK}.ipynb"
    path.chmod(0o644)
    notebook = json.loads(path.read_text())
    change(notebook["cells"])
    path.write_text(json.dumps(notebook))


def grade_id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def answer(id_: str, source: str) -> Callable[[list[dict[str, Any]]], None]:
    """Give the change that writes `source` into the answer `id_`."""

    def change(cells: list[dict[str, Any]]) -> None:
        for cell in cells:
            if grade_id(cell) == id_:
                cell["source"] = source

    return change


def _duplicate(cells: list[dict[str, Any]]) -> None:
    cells += [dict(cell, id="copy") for cell in cells if grade_id(cell) == "test_total"]


def _strip(cells: list[dict[str, Any]]) -> None:
    for cell in cells:
        cell["metadata"] = {}


def _spoil(room: Classroom) -> None:
    """Do to collected work what no exercise sheet would ask for."""
    edit(room.submitted("jules"), _duplicate)
    renamed = room.submitted("karim") / f"{NOTEBOOK}.ipynb"
    renamed.rename(renamed.with_name("my-homework.ipynb"))
    edit(room.submitted("lea"), answer("mean", "import os\nos._exit(3)"))
    edit(room.submitted("marc"), _strip)
    (room.submitted("nora") / "timestamp.txt").write_text("yesterday, I think")


def _play(root: Path, course: NbgraderCourse, exchange: Path) -> datetime:
    """Let the class work; give a deadline that only the late one missed."""
    learners = [Learner(username=who, home=root / who, play=play) for who, play in PLAYS.items()]
    for learner in learners:
        learner.home.mkdir()
    course.gradebook.put_students([Person(id=who, username=who) for who in PLAYS])
    now = datetime.now(UTC)
    submitted = play_class(learners, course_id=COURSE, exchange=exchange, due_at=now)
    return max(at for who, at in submitted.items() if PLAYS[who] is not Play.LATE)


@pytest.fixture(scope="session")
def ungraded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    """Release, play and collect, once for all tests of a worker; whoever grades takes a copy."""
    root = tmp_path_factory.mktemp("classroom")
    folder, exchange = root / "course", root / "exchange"
    write_course(folder, course_id=COURSE, exchange=exchange, cell_timeout_seconds=2)
    journal = new_journal()
    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        first = release_assignment(course.releasing, journal, ASSIGNMENT)
        due_at = _play(root, course, exchange)
        second = release_assignment(course.releasing, journal, ASSIGNMENT, due_at=due_at)
        ports = course_ports(course, root / "state")
        room = Classroom(
            folder=folder,
            exchange=exchange,
            course=course,
            journal=journal,
            released=[first.came_to, second.came_to],
            collected=collect_assignment(ports, journal, ASSIGNMENT).outcomes,
            ports=ports,
            due_at=due_at,
        )
        _spoil(room)
        yield room


@dataclass(frozen=True)
class GradedClassroom:
    room: Classroom
    first: dict[str, Outcome]
    second: dict[str, Outcome]
    feedback: dict[str, Outcome]


@pytest.fixture(scope="session")
def classroom(
    ungraded: Classroom, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GradedClassroom]:
    """Grade a copy of the class twice and give feedback."""
    folder = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(ungraded.folder, folder)
    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        room = Classroom(**{**vars(ungraded), "folder": folder, "course": course})
        first, second = room.autograde(), room.autograde()
        feedback = release_feedback(room.grading(), room.journal, ASSIGNMENT)
        yield GradedClassroom(
            room,
            *({it.subject: it for it in report.outcomes} for report in (first, second, feedback)),
        )

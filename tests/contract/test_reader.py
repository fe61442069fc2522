"""What is read without nbgrader is what nbgrader says."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Base, Gradebook

from courseops.adapters.nbgrader import tables
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.adapters.nbgrader.layout import Layout
from courseops.adapters.nbgrader.look import Look
from courseops.adapters.nbgrader.reader import GradebookReader, UnusualError
from courseops.demo.coursework import ASSIGNMENT, write_course
from courseops.model.assignments.assignment import State
from tests.support.course import COURSE, GradedClassroom
from tests.support.stock import utc

# What is made once for all of these tests takes long.
pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("classroom")]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty gradebook; nbgrader asks the `alembic` command for each new one."""
    path = tmp_path_factory.mktemp("empty") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(f"sqlite:///{path}", COURSE).close()
    return path


@pytest.fixture
def folder(tmp_path: Path, empty: Path) -> Path:
    """Write a course whose gradebook is empty."""
    folder = tmp_path / "course"
    write_course(folder, course_id=COURSE, exchange=tmp_path / "exchange")
    for name in ("gradebook.db", "other.db"):
        shutil.copy(empty, folder / name)
    return folder


class Everything:
    """Asks a course for all that can be read."""

    def __init__(self, course: NbgraderCourse) -> None:
        self._course = course

    def read(self) -> dict[str, Any]:
        def key(it: Any) -> Any:
            return (it.assignment, it.learner)

        return {
            "assignments": self._course.assignments(),
            "one": self._course.assignments(ASSIGNMENT),
            "submissions": self._course.submissions(ASSIGNMENT),
            "scores": sorted(self._course.scores(ASSIGNMENT), key=key),
            "all scores": sorted(self._course.scores(), key=key),
            "works": self._course.works([ASSIGNMENT]),
            "students": self._course.gradebook.students(),
        }


def refuse(*_: object) -> None:
    raise UnusualError("to see what nbgrader says")


def forbid(*_: object, **__: object) -> None:
    raise AssertionError("nbgrader was asked")


def test_the_class_reads_as_nbgrader_says(
    classroom: GradedClassroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = classroom.room.course
    course.assignments()
    with monkeypatch.context() as patched:
        patched.setattr(course.client, "ask", forbid)
        quickly = Everything(course).read()

    monkeypatch.setattr(Look, "_usual_layout", refuse)
    assert quickly == Everything(course).read()
    assert quickly["assignments"][0].state is State.RELEASED
    assert {it.graded for it in quickly["submissions"]} == {True, False}
    assert {it.late_seconds > 0 for it in quickly["submissions"]} == {True, False}


def test_the_tables_are_those_of_nbgrader() -> None:
    for table in tables.metadata.tables.values():
        theirs = Base.metadata.tables[table.name]
        for column in table.columns:
            assert repr(column.type) == repr(theirs.c[column.name].type), column
            assert column.primary_key == theirs.c[column.name].primary_key


POINTS = st.none() | st.sampled_from([0.0, 0.25, 1.0, 2.5])
CELL = st.tuples(POINTS, POINTS, POINTS, st.booleans())


@st.composite
def gradebooks(draw: st.DrawFn) -> dict[str, Any]:
    assignments = draw(st.lists(st.booleans(), min_size=1, max_size=3))
    return {
        "due": assignments,
        "notebooks": draw(st.integers(1, 2)),
        "submissions": [
            (
                draw(st.integers(0, len(assignments) - 1)),
                learner,
                draw(st.none() | st.integers(-3, 3)),
                draw(st.none() | st.integers(-2, 2).filter(bool)),
                draw(st.none() | st.sampled_from([0.0, 0.5, 99.0])),
                draw(st.lists(CELL, min_size=6, max_size=6)),
            )
            for learner in draw(st.lists(st.sampled_from("abcd"), unique=True))
        ],
    }


def fill(book: Any, made: dict[str, Any]) -> None:
    """Write a made-up gradebook through nbgrader's own objects."""
    due = utc("2026-03-02").replace(tzinfo=None)
    for number, has_deadline in enumerate(made["due"]):
        name = f"a{number}"
        book.add_assignment(name, duedate=due if has_deadline else None)
        for notebook in range(made["notebooks"]):
            book.add_notebook(f"n{notebook}", name)
            book.add_grade_cell("code", f"n{notebook}", name, max_score=2, cell_type="code")
            book.add_task_cell("task", f"n{notebook}", name, max_score=1, cell_type="markdown")
            book.add_grade_cell("text", f"n{notebook}", name, max_score=0.5, cell_type="markdown")
    for number, learner, days, extension, penalty, cells in made["submissions"]:
        book.update_or_create_student(learner, first_name=None, last_name="É")
        submission = book.add_submission(f"a{number}", learner)
        submission.timestamp = None if days is None else due + timedelta(days=days)
        submission.extension = extension and timedelta(days=extension)
        submission.notebooks[0].late_submission_penalty = penalty
        grades = [grade for it in submission.notebooks for grade in it.grades]
        for grade, (auto, manual, extra, needs) in zip(grades, cells, strict=False):
            grade.auto_score, grade.manual_score = auto, manual
            grade.extra_credit, grade.needs_manual_grade = extra, needs
    book.db.commit()


# nbgrader's own `add_submission` makes SQLAlchemy warn of what it does half-way.
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=gradebooks())
def test_any_gradebook_reads_as_nbgrader_says(
    tmp_path: Path, empty: Path, made: dict[str, Any]
) -> None:
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    path = shutil.copy(empty, root / "gradebook.db")
    with Gradebook(f"sqlite:///{path}", COURSE) as book:
        fill(book, made)
        expected = {
            (it.name, it.student_id): (
                it.score,
                max(0.0, it.score - it.late_submission_penalty),
                it.late_submission_penalty,
                it.max_score,
                bool(it.needs_manual_grade),
                # nbgrader cannot add an extension to a deadline that is not there.
                it.total_seconds_late if it.assignment.duedate else 0.0,
            )
            for assignment in book.assignments
            for it in assignment.submissions
        }
        maxima = {it.name: it.max_score for it in book.assignments}
    for name in maxima:
        (root / "source" / name).mkdir(parents=True)

    reader = GradebookReader(COURSE, usual_layout(root, f"sqlite:///{path}"))

    got = {
        (it.assignment, it.learner): (
            it.raw_score,
            it.score,
            it.late_penalty,
            it.max_score,
            it.needs_manual_grade,
            it.late_seconds,
        )
        for it in reader.scores()
    }
    assert got == expected
    by_name = [it for name in maxima for it in reader.scores(name)]
    assert sorted(by_name, key=repr) == sorted(reader.scores(), key=repr)
    for assignment in reader.assignments():
        theirs = [it for key, it in expected.items() if key[0] == assignment.name]
        assert assignment.needs_manual_grade == sum(it[4] for it in theirs)
        assert assignment.max_score == maxima[assignment.name]


def usual_layout(root: Path, db_url: str) -> Layout:
    return Layout(
        root=str(root),
        structure="{nbgrader_step}/{student_id}/{assignment_id}",
        steps={"source": "source", "submitted": "submitted", "autograded": "autograded"},
        db_url=db_url,
        exchange=str(root / "exchange"),
        timezone="UTC",
        groupshared=False,
        plain=True,
    )


OLDER = """
c = get_config()
c.CourseDirectory.directory_structure = "{assignment_id}/{nbgrader_step}-{student_id}"
c.CourseDirectory.db_url = "sqlite:///other.db"
"""
TURNED = """
c = get_config()
c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"
c.CourseDirectory.submitted_directory = "handed-in"
c.CourseDirectory.db_url = "sqlite:///other.db"
"""


@pytest.mark.parametrize("config", [OLDER, TURNED])
def test_an_unusual_course_reads_as_nbgrader_says(
    folder: Path, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(config)
    for place in ("source/./A", "A/source-.", "source/A/.", "A/submitted-zoe", "handed-in/A/zoe"):
        (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / place / "timestamp.txt").write_text("2026-03-02 09:00:00.000000 UTC")

    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        quickly = course.submissions("A"), course.assignments()
        monkeypatch.setattr(Look, "_usual_layout", refuse)
        assert quickly == (course.submissions("A"), course.assignments())
    assert [it.learner for it in quickly[0]] == ["zoe"]
    assert ("A", 1) in [(it.name, it.submitted) for it in quickly[1]]


def settle(folder: Path) -> None:
    """Make the configuration look as if it had not just been written."""
    os.utime(folder / "nbgrader_config.py", ns=(10**18, 10**18))


def test_nbgrader_starts_only_when_the_configuration_has_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = folder.with_name("state")
    settle(folder)

    def opened() -> NbgraderCourse:
        return NbgraderCourse(course_id=COURSE, folder=folder, state=state)

    with opened() as course:
        first = course.assignments()
    (kept,) = (state / "courses").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    with opened() as course, monkeypatch.context() as patched:
        patched.setattr(course.client, "ask", forbid)
        assert course.assignments() == first
        assert course.gradebook.students() == {}

    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.source_directory = 'elsewhere'\n")
    with opened() as course:
        assert course.assignments() == []
        # The same process sees a change too.
        settle(folder)
        shutil.copytree(folder / "source", folder / "third")
        config = folder / "nbgrader_config.py"
        config.write_text(config.read_text().replace("elsewhere", "third"))
        assert course.assignments() == first


def test_what_was_remembered_may_be_damaged(folder: Path) -> None:
    state = folder.with_name("state")
    (state / "courses").mkdir(parents=True)
    (state / "courses" / f"{COURSE}.json").write_text('{"asked": ')

    with NbgraderCourse(course_id=COURSE, folder=folder, state=state) as course:
        assert [it.name for it in course.assignments()] == [ASSIGNMENT]


def test_reading_never_makes_a_gradebook(tmp_path: Path) -> None:
    reader = GradebookReader(COURSE, usual_layout(tmp_path, f"sqlite:///{tmp_path}/none.db"))

    with pytest.raises(UnusualError):
        reader.students()

    assert not (tmp_path / "none.db").exists()

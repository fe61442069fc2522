"""Each submission scores what nbgrader's own `autograde` gives it, and looks the same after it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters.nbgrader.course import NbgraderCourse
from tests.support import comparison
from tests.support.gradebooks import dump
from tests.support.sameness import (
    Works,
    grade_and_merge,
    grader_of,
    learners,
    neutral,
    rows_of,
    run,
    start_nbgrader,
)

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("same-as-nbgrader")]

CHEATS = {"submitted-cheat-attempt", "submitted-cheat-attempt-alternative"}
ASSIGNMENTS = ("mixed", "numbers", "others", "theirs")


@dataclass(frozen=True)
class Both:
    stock: Path
    folder: Path
    exchange: Path
    ours: Works
    book: dict[str, Any]


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Grade one course both ways, one after the other: a cell may take two seconds."""
    root = tmp_path_factory.mktemp("compared")
    folder, exchange = root / "course", root / "exchange"
    comparison.write_course(folder)
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    with NbgraderCourse(course_id=comparison.COURSE, folder=folder, exchange=exchange) as course:
        for name in ASSIGNMENTS:
            course.releasing.generate(name)
            course.releasing.set_due(name, datetime.fromisoformat(comparison.DUE_AT))
        comparison.submit_all(folder)
        marked = run(folder, sys.executable, "-c", comparison.MARK, "sqlite:///gradebook.db")
        assert marked.code == 0, marked.stderr
        stock = comparison.copy(folder, root / "stock")
        nbgrader = start_nbgrader(stock, "autograde", "*")
        try:
            nbgrader.wait(250)
        finally:
            nbgrader.kill()
            nbgrader.wait()
        ours = grade_and_merge(course, folder, ASSIGNMENTS)
    return Both(stock, folder, exchange, ours, dump(stock / "gradebook.db"))


def graded(both: Both) -> Works:
    return {key: work for key, work in both.ours.items() if work.problem is None}


def test_the_same_submissions_are_graded(both: Both) -> None:
    theirs = {(it.name, it.parent.name) for it in both.stock.glob("autograded/*/*") if it.is_dir()}
    assert set(graded(both)) == theirs, {it.learner: it.problem for it in both.ours.values()}
    assert set(both.ours) - theirs == {("numbers", "unreadable-notebook")}


def test_scores_and_manual_flags_are_the_same(both: Both) -> None:
    theirs = {
        (name, learner, notebook, cell): (auto, flag)
        for name, learner, notebook, cell, _, auto, _, _, flag in both.book["grade"]
        if (name, learner) in graded(both)
    }
    ours = {
        (name, learner, notebook.name, cell.id): (cell.auto, cell.needs_manual_grade)
        for (name, learner), work in graded(both).items()
        for notebook in work.notebooks
        for cell in notebook.cells
    }
    assert ours == theirs
    assert len(ours) > 100


def test_comments_are_the_same(both: Both) -> None:
    theirs = {
        (name, learner, notebook, cell): auto
        for name, learner, notebook, cell, _, auto, _ in both.book["comment"]
        if (name, learner) in graded(both)
    }
    ours = {
        (name, learner, notebook.name, comment.id): comment.auto
        for (name, learner), work in graded(both).items()
        for notebook in work.notebooks
        for comment in notebook.comments
    }
    assert ours == theirs
    assert "No response." in ours.values()


def test_penalties_are_the_same(both: Both) -> None:
    theirs = {
        (name, learner, notebook): penalty
        for name, learner, notebook, _, penalty in both.book["submitted_notebook"]
        if (name, learner) in graded(both)
    }
    ours = {
        (name, learner, notebook.name): notebook.late_penalty
        for (name, learner), work in graded(both).items()
        for notebook in work.notebooks
    }
    assert ours == theirs
    assert ours["mixed", "late", "p1"] == 2
    assert not ours["mixed", "extended", "p1"]


def test_times_of_submission_are_the_same(both: Both) -> None:
    theirs = {
        (name, learner): str(at)
        for name, learner, at, _ in both.book["submitted_assignment"]
        if (name, learner) in graded(both)
    }
    ours = {key: f"{work.submitted_at:%Y-%m-%d %H:%M:%S.%f}" for key, work in graded(both).items()}
    assert ours == theirs


def test_the_same_files_are_left(both: Both) -> None:
    """But for those that learners' code wrote: their scratch is gone."""
    for (name, learner), work in graded(both).items():
        folder = both.stock / "autograded" / learner / name
        theirs = {it.relative_to(folder).as_posix(): it for it in folder.rglob("*") if it.is_file()}
        written = {it for it in theirs if it == "left-behind.txt" or "__pycache__" in it}
        ours = {it.path: it for it in work.files}
        assert set(ours) == set(theirs) - written, (name, learner)
        for path, file in ours.items():
            assert file.mode == theirs[path].stat().st_mode & 0o777
            if not path.endswith(".ipynb"):
                assert file.content == theirs[path].read_bytes()


def test_autograded_notebooks_are_the_same(both: Both) -> None:
    compared = 0
    for (name, learner), work in graded(both).items():
        for file in work.files:
            if file.path.endswith(".ipynb"):
                theirs = both.stock / "autograded" / learner / name / file.path
                where = f"{name}/{learner}/{file.path}"
                assert neutral(file.content) == neutral(theirs.read_bytes()), where
                compared += 1
    assert compared > 20


def without_outputs(read: Any) -> Any:
    return {**read, "cells": [{**it, "outputs": ()} for it in read["cells"]]}


def test_whoever_cheats_is_remarked_and_nobody_else(both: Both) -> None:
    assert {who for (_, who), work in both.ours.items() if work.remarks} == CHEATS


def test_what_stands_in_the_gradebook_is_the_same(both: Both) -> None:
    """But for work that could not be graded: nbgrader leaves rows without points."""
    ours = dump(both.folder / "gradebook.db")
    ungraded = {learner for (_, learner), work in both.ours.items() if work.problem is not None}
    for table in ("submitted_assignment", "submitted_notebook", "grade", "comment"):
        theirs = [row for row in both.book[table] if row[1] not in ungraded]
        assert ours[table] == theirs, table


def test_feedback_is_the_same(both: Both) -> None:
    generated = run(both.stock, "nbgrader", "generate_feedback", "mixed")
    assert generated.code == 0, generated.stderr

    with NbgraderCourse(
        course_id=comparison.COURSE, folder=both.stock, exchange=both.exchange
    ) as course:
        pages = {
            f"{written.learner}/mixed/{notebook}.html": page
            for written in grader_of(course).write_feedback("mixed", learners(both.stock, "mixed"))
            for notebook, page in written.pages.items()
        }
    folder = both.stock / "feedback"
    theirs = {it.relative_to(folder).as_posix(): it.read_bytes() for it in folder.rglob("*.html")}
    assert set(pages) == set(theirs)
    for path, page in pages.items():
        assert page == theirs[path], path
    assert len(pages) > 5


def test_what_a_second_submission_lacks_keeps_what_it_had(both: Both, tmp_path: Path) -> None:
    """A deleted cell keeps its points in nbgrader, a missing notebook its penalty."""
    theirs = comparison.copy(both.stock, tmp_path / "theirs")
    ours = comparison.copy(both.stock, tmp_path / "ours")
    for course in (theirs, ours):
        worsen(course)

    done = run(theirs, "nbgrader", "autograde", "mixed", "--student", "late", "--force")
    assert done.code == 0, done.stderr
    with NbgraderCourse(course_id=comparison.COURSE, folder=ours, exchange=both.exchange) as course:
        grade_and_merge(course, ours, ["mixed"], only=("late",))

    expected = dump(theirs / "gradebook.db")
    assert rows_of(dump(ours / "gradebook.db"), "late") == rows_of(expected, "late")
    kept = [row for row in expected["grade"] if row[1] == "late" and row[3] == "test_half"]
    assert kept[0][5] == 2


def worsen(course: Path) -> None:
    """Let the late learner hand in again, without a test and an answer that have their points."""
    work = course / "submitted" / "late" / "mixed"
    read = json.loads((work / "p1.ipynb").read_text())
    gone = {"test_half", "essay"}
    read["cells"] = [
        it for it in read["cells"] if it["metadata"].get("nbgrader", {}).get("grade_id") not in gone
    ]
    (work / "p2.ipynb").write_text(json.dumps(read))
    (work / "p2.ipynb").rename(work / "p1.ipynb")

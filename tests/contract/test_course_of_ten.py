"""A course of ten assignments is graded as nbgrader's own `autograde` grades it, all of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from courseops.adapters import process
from courseops.adapters.nbgrader.course import NbgraderCourse
from tests.support import ten_assignments as ten
from tests.support.comparison import copy
from tests.support.gradebooks import dump
from tests.support.sameness import Works, grade_and_merge, run, same_notebooks, start_nbgrader
from tests.support.stock import tree

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("course-of-ten")]

NAMES = [it.name for it in ten.TEN]


@dataclass(frozen=True)
class Both:
    stock: Path
    ours: Path
    works: Works


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Release the course, hand in, and grade it both ways."""
    root = tmp_path_factory.mktemp("ten")
    ours, stock, exchange = root / "ours", root / "stock", root / "exchange"
    for folder in (ours, exchange):
        folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(bash_kernel(root / "prefix")))
        ten.write_sources(ours, exchange)
        with NbgraderCourse(course_id=ten.COURSE, folder=ours, exchange=exchange) as course:
            for name in NAMES:
                course.releasing.generate(name)
                due_at = datetime.fromisoformat(ten.DUE.replace(" UTC", "+00:00"))
                course.releasing.set_due(name, due_at)
            ten.write_submissions(ours)
            given = run(ours, sys.executable, "-c", ten.EXTRA_CREDIT, "sqlite:///gradebook.db")
            assert given.code == 0, given.stderr
            copy(ours, stock)
            nbgrader = start_nbgrader(stock, "autograde", "*")
            try:
                works = grade_and_merge(course, ours, NAMES)
                nbgrader.wait(250)
            finally:
                nbgrader.kill()
                nbgrader.wait()
        yield Both(stock, ours, works)


def bash_kernel(prefix: Path) -> Path:
    """Install the Bash kernel's spec where JUPYTER_PATH finds it."""
    installed = process.run(
        [sys.executable, "-m", "bash_kernel.install", "--prefix", str(prefix)],
        env={"PATH": os.environ["PATH"], "HOME": str(prefix.parent)},
        timeout_seconds=60,
    )
    assert installed.code == 0, installed.stderr
    return prefix / "share" / "jupyter"


def test_everything_is_graded_and_nothing_looks_odd(both: Both) -> None:
    assert set(both.works) == {(name, who) for name in NAMES for who in ten.LEARNERS}
    assert {key: it.problem for key, it in both.works.items() if it.problem} == {}
    assert {key: it.remarks for key, it in both.works.items() if it.remarks} == {}


def test_the_gradebooks_are_equal(both: Both) -> None:
    ours, theirs = dump(both.ours / "gradebook.db"), dump(both.stock / "gradebook.db")
    # nbgrader's preprocessors open the gradebook without a course and so make one up.
    ours.pop("course")
    assert theirs.pop("course")
    assert ours == theirs
    scored = {(row[0], row[5]) for row in theirs["grade"] if row[5]}
    assert {name for name, _ in scored} == set(NAMES) - {"01-text"}
    penalties = {row[1]: row[4] for row in theirs["submitted_notebook"] if row[4]}
    assert penalties == {"ben": (5 + 2.5) * 0.75, "cleo": 5 * 0.75}


def test_the_autograded_notebooks_are_equal(both: Both) -> None:
    assert same_notebooks(both.ours, both.stock) == len(NAMES) * len(ten.LEARNERS)


def test_the_same_files_are_left(both: Both) -> None:
    ours, theirs = (set(tree(one / "autograded")) for one in (both.ours, both.stock))
    # What learners' code has written is gone with its scratch.
    assert theirs - ours == {"cleo/06-files/notes.txt"}
    assert ours <= theirs

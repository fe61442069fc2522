"""Each submission scores what nbgrader's own `autograde` gives it, and looks the same after it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from courseops.adapters import process
from courseops.adapters.grading.bundle import Engine
from courseops.adapters.grading.grader import PooledGrader
from courseops.adapters.grading.pool import LocalPool
from courseops.adapters.nbgrader.client import Client, Opening
from courseops.model.allowance import Allowance
from courseops.model.graded import GradedWork
from tests.support import comparison
from tests.support.gradebooks import dump

pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("same-as-nbgrader")]

HERE = Path(__file__).parents[2]
PLAIN = Engine(factory="tests.support.plain_kernels:open_kernels")
ASSIGNMENTS = ("mixed", "numbers", "others", "theirs")


@dataclass(frozen=True)
class Both:
    stock: Path
    exchange: Path
    ours: dict[tuple[str, str], GradedWork]
    book: dict[str, Any]


def run(course: Path, *args: str) -> process.Finished:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return process.run(
        args,
        env={"PATH": path, "HOME": str(course.parent), "LANG": "C.UTF-8"},
        timeout_seconds=250,
        cwd=course,
    )


def start_nbgrader(course: Path, *args: str) -> process.Process:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return process.start(
        ["nbgrader", *args],
        env={"PATH": path, "HOME": str(course.parent), "LANG": "C.UTF-8"},
        stderr=os.open(course / "log", os.O_CREAT | os.O_WRONLY),
        cwd=course,
    )


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Grade one course both ways, side by side."""
    root = tmp_path_factory.mktemp("compared")
    course = root / "course"
    comparison.write_course(course)
    (root / "exchange").mkdir(mode=0o777)
    (root / "exchange").chmod(0o777)
    opening = Opening(course_id=comparison.COURSE, folder=course, exchange=root / "exchange")
    with Client(opening) as client:
        for name in ASSIGNMENTS:
            client.ask("release", timeout_seconds=60, name=name, due_at=comparison.DUE_AT)
        comparison.submit_all(course)
        marked = run(course, sys.executable, "-c", comparison.MARK, "sqlite:///gradebook.db")
        assert marked.code == 0, marked.stderr
        stock = comparison.copy(course, root / "stock")
        nbgrader = start_nbgrader(stock, "autograde", "*")
        try:
            grader = PooledGrader(
                client,
                LocalPool(environment={"PYTHONPATH": str(HERE)}),
                allowance=Allowance(),
                engine=PLAIN,
                marks=lambda _name, _learners: {},
            )
            ours = {
                (name, work.learner): work
                for name in ASSIGNMENTS
                for work in grader.grade(name, learners(course, name))
            }
            nbgrader.wait(200)
        finally:
            nbgrader.kill()
            nbgrader.wait()
    return Both(stock, root / "exchange", ours, dump(stock / "gradebook.db"))


def learners(course: Path, name: str) -> list[str]:
    return sorted(it.parent.name for it in course.glob(f"submitted/*/{name}"))


def graded(both: Both) -> dict[tuple[str, str], GradedWork]:
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


def test_feedback_is_the_same(both: Both) -> None:
    generated = run(both.stock, "nbgrader", "generate_feedback", "mixed")
    assert generated.code == 0, generated.stderr

    def marks(name: str, whose: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        return {
            who: [describe(both.book, name, who, it) for it in ("p1", "p2", "p3")] for who in whose
        }

    opening = Opening(course_id=comparison.COURSE, folder=both.stock, exchange=both.exchange)
    with Client(opening) as client:
        pages = {
            f"{written.learner}/mixed/{notebook}.html": page
            for written in PooledGrader(
                client, LocalPool(), allowance=Allowance(), engine=PLAIN, marks=marks
            ).write_feedback("mixed", learners(both.stock, "mixed"))
            for notebook, page in written.pages.items()
        }
    folder = both.stock / "feedback"
    theirs = {it.relative_to(folder).as_posix(): it.read_bytes() for it in folder.rglob("*.html")}
    assert set(pages) == set(theirs)
    for path, page in pages.items():
        assert page == theirs[path], path
    assert len(pages) > 5


def describe(book: dict[str, Any], name: str, learner: str, notebook: str) -> dict[str, Any]:
    """Put what stands in a gradebook as a feedback parcel has it."""
    here = (name, learner, notebook)
    return {
        "name": notebook,
        "late_penalty": next(it[4] for it in book["submitted_notebook"] if it[:3] == here),
        "grades": [
            {"id": it[3], "auto": it[5], "manual": it[6], "extra_credit": it[7]}
            for it in book["grade"]
            if it[:3] == here
        ],
        "comments": [
            {"id": it[3], "auto": it[5], "manual": it[6]}
            for it in book["comment"]
            if it[:3] == here
        ],
    }


_CHANCE = (
    (re.compile(r"0x[0-9a-f]{6,}"), "0xADDRESS"),
    (re.compile(r"[^\s\"']*/ipykernel_\d+/\d+\.py"), "CELL.py"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
)


def neutral(content: bytes) -> Any:
    """Take out of a notebook what no two runs have in common."""
    written = content.decode()
    for pattern, instead in _CHANCE:
        written = pattern.sub(instead, written)
    read = json.loads(written)
    for cell in read["cells"]:
        if "outputs" in cell:
            cell["outputs"] = joined(cell["outputs"])
    return read


def joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join what one stream says in a row: into how many messages it falls is chance."""
    together: list[dict[str, Any]] = []
    for output in outputs:
        before = together[-1] if together else {}
        if output["output_type"] == "stream" and before.get("name") == output["name"]:
            before["text"] = "".join([*before["text"], *output["text"]]).splitlines(keepends=True)
        else:
            together.append(output)
    return together

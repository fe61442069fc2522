"""Feedback pages that are made of what is remembered are those that nbgrader makes anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("nbgrader")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateFeedback

from courseops.adapters.grading.bundle import Marked, Prior
from courseops.adapters.grading.inside import cells
from courseops.adapters.grading.inside.book import Book, opened
from courseops.adapters.grading.inside.commenting import FeedbackWriter
from courseops.adapters.grading.inside.course import at_root, staying_here
from courseops.adapters.nbgrader.inside.converting import convert
from courseops.adapters.nbgrader.inside.opening import OpenCourse

pytestmark = pytest.mark.nbgrader

NAME = "hw1"
SOURCES = (
    *("", "x = 1", "print('<b>&amp;</b>')", "%%bash\nls", "# Head <i>\n\n- one\n- two & three"),
    *("$a < b$ `code`", "![no alt](x.png)", '<div class="cell ">', "<p>open", "é\r\n¶"),
)
TEXTS = ("", "out\n", "\x1b[31mred\x1b[0m <tag> & more", "</pre>")
POINTS = (None, 0.0, 1.0, 1.25)


def output(draw: Any) -> dict[str, Any]:
    text = draw(st.sampled_from(TEXTS))
    kind = draw(st.sampled_from(("stream", "error", "execute_result", "display_data")))
    if kind == "stream":
        return {
            "output_type": kind,
            "name": draw(st.sampled_from(("stdout", "stderr"))),
            "text": text,
        }
    if kind == "error":
        return {"output_type": kind, "ename": "E", "evalue": text, "traceback": [text, "last"]}
    mime = draw(st.sampled_from(("text/plain", "text/html", "image/svg+xml", "text/markdown")))
    count = {"execution_count": 3} if kind == "execute_result" else {}
    return {"output_type": kind, "data": {mime: text}, "metadata": {}, **count}


@st.composite
def cell(draw: Any, number: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(("code", "code", "markdown", "raw")))
    made: dict[str, Any] = {
        "cell_type": kind,
        "source": draw(st.sampled_from(SOURCES)),
        "metadata": draw(st.sampled_from(({}, {"tags": ["a<b"]}))).copy(),
    }
    if kind == "code":
        made["execution_count"] = draw(st.sampled_from((None, 1, 2)))
        made["outputs"] = [output(draw) for _ in range(draw(st.integers(0, 2)))]
        made["metadata"]["execution"] = {"shell.execute_reply": draw(st.sampled_from(("1", "2")))}
    marked = draw(st.sampled_from(("", "solution", "grade", "both", "task")))
    if marked and kind != "raw" and (marked != "task" or kind == "markdown"):
        made["metadata"]["nbgrader"] = {
            "schema_version": 3,
            "grade_id": f"c{number}",
            "grade": marked in ("grade", "both"),
            "solution": marked in ("solution", "both"),
            "task": marked == "task",
            "locked": marked == "grade",
            "points": 2,
        }
    return made


@st.composite
def notebooks(draw: Any) -> list[dict[str, Any]]:
    """Make notebooks that have some of their cells in common."""
    known = [draw(cell(number)) for number in range(draw(st.integers(1, 6)))]
    made = []
    for _ in range(draw(st.integers(2, 3))):
        chosen = [it for it in known if draw(st.integers(0, 3))]
        language = draw(st.sampled_from(("python", "ipython3", "R", None)))
        info = {"language_info": {"name": language}} if language else {}
        made.append({"cells": chosen, "metadata": info, "nbformat": 4, "nbformat_minor": 4})
    return made


@st.composite
def marks(draw: Any, notebook: dict[str, Any]) -> dict[str, Any]:
    ids = [it["metadata"]["nbgrader"]["grade_id"] for it in notebook["cells"] if is_marked(it)]
    point, remark = st.sampled_from(POINTS), st.sampled_from((None, "well *done*", "a < b"))
    return {
        "name": "p1",
        "late_penalty": draw(st.sampled_from((None, 0.5))),
        "grades": [
            {"id": it, "auto": draw(point), "manual": draw(point), "extra_credit": draw(point)}
            for it in ids
        ],
        "comments": [{"id": it, "auto": None, "manual": draw(remark)} for it in ids],
    }


def is_marked(made: dict[str, Any]) -> bool:
    return "nbgrader" in made["metadata"]


@st.composite
def classes(draw: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Make what a few learners handed in, with what was given for it."""
    return [(it, draw(marks(it))) for it in draw(notebooks())]


def assignment() -> dict[str, Any]:
    kinds = ("GradeCell", "SolutionCell", "TaskCell")
    made = [
        {"name": f"c{number}", "type": kind, "max_score": 2.0, "cell_type": "code"}
        for number in range(6)
        for kind in kinds
    ]
    notebook = {"name": "p1", "kernelspec": None, "cells": made, "source": []}
    return {"name": NAME, "duedate": None, "notebooks": [notebook]}


@pytest.fixture(scope="module")
def course() -> OpenCourse:
    app = NbGrader()
    app.log_level = "CRITICAL"
    return OpenCourse(course_id="c", app=app, coursedir=None, authenticator=None, exchange=None)


@pytest.fixture(scope="module")
def writer(course: OpenCourse, tmp_path_factory: pytest.TempPathFactory) -> FeedbackWriter:
    """Give one writer for all of these: what it remembers of one learner is there for the next."""
    return FeedbackWriter(course, {"assignment": assignment()}, tmp_path_factory.mktemp("ours"))


def stock(course: OpenCourse, root: Path, learner: str, read: Any, given: Any) -> bytes:
    """Give the page that nbgrader's own converter writes, with all of it made anew."""
    folder = root / "autograded" / learner / NAME
    folder.mkdir(parents=True)
    (folder / "p1.ipynb").write_text(json.dumps(read))
    book = Book(assignment(), learner, Prior(notebooks=[given]))
    with staying_here(), opened(book):
        convert(GenerateFeedback, at_root(course, root), NAME, learner)
    return (root / "feedback" / learner / NAME / "p1.html").read_bytes()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(made=classes())
def test_pages_are_those_that_nbgrader_writes(
    course: OpenCourse,
    writer: FeedbackWriter,
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    root = tmp_path_factory.mktemp("theirs")
    for number, (read, given_marks) in enumerate(made):
        files = {"p1.ipynb": json.dumps(read).encode()}
        written = writer.write(Marked(learner=f"l{number}", files=files, notebooks=[given_marks]))
        theirs = stock(course, root, f"l{number}", read, given_marks)
        assert written.problem is None, written.problem
        assert written.pages == {"p1": theirs}


def test_the_templates_are_those_whose_cells_may_be_remembered(
    course: OpenCourse, tmp_path: Path
) -> None:
    """After a change of nbgrader's templates or nbconvert's, see what a cell's part depends on."""
    converter = GenerateFeedback(coursedir=at_root(course, tmp_path).coursedir, parent=course.app)
    own = converter.exporter_class(parent=converter, config=converter.config)
    assert cells.keep_cells(own)

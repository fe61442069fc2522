"""A course with every kind of submission, to be graded by nbgrader's own command and by us."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from textwrap import dedent
from typing import Any

from courseops.demo import coursework
from courseops.demo.answers import Play, write_answers
from courseops.demo.exercises import source_notebook

COURSE = "compared"
DUE_AT = "2026-03-02T10:00:00+00:00"
IN_TIME = "2026-03-02 09:00:00.000000 UTC"
TWO_DAYS_LATE = "2026-03-04 09:30:00.000000 UTC"
# As a hub in Paris stamps it.
IN_ANOTHER_ZONE = "2026-03-02 10:30:00.000000 Europe/Paris"

CONFIG = """\
    c = get_config()  # noqa: F821
    c.CourseDirectory.course_id = "compared"
    c.ExecutePreprocessor.timeout = 2
    c.ExecutePreprocessor.shutdown_kernel = "immediate"
    c.AssignLatePenalties.plugin_class = "late_penalty.OnePointADay"
    c.Autograde.exclude_overwriting = {"mixed": ["mine.py"]}
    c.IgnorePattern.enabled = True
    c.IgnorePattern.pattern = "HarmlessWarning"
    c.LimitOutput.max_lines = 40
    c.LimitOutput.max_traceback = 12
    from nbgrader.preprocessors import (
        AssignLatePenalties, CheckCellMetadata, Execute, IgnorePattern, LimitOutput, SaveAutoGrades,
    )
    from tagging import TagGraded
    c.Autograde.autograde_preprocessors = [
        Execute, IgnorePattern, LimitOutput, TagGraded, SaveAutoGrades, AssignLatePenalties,
        CheckCellMetadata,
    ]
    """

# A preprocessor of the course's own.
TAGGING = """\
    from nbgrader.preprocessors import NbGraderPreprocessor


    class TagGraded(NbGraderPreprocessor):
        def preprocess_cell(self, cell, resources, cell_index):
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.metadata.tags = [*cell.metadata.get("tags", []), "was-graded"]
            return cell, resources
    """

PLAYS = (
    Play.RIGHT,
    Play.CARELESS,
    Play.HALF,
    Play.SYNTAX_ERROR,
    Play.ENDLESS,
    Play.UNREADABLE,
    Play.DELETED_TEST,
)

THEIR_SOURCE = "submitted-unchanged"
THEIR_SUBMISSIONS = (
    "submitted-unchanged",
    "submitted-changed",
    "submitted-locked-cell-changed",
    "submitted-grade-cell-changed",
    "submitted-cheat-attempt",
    "submitted-cheat-attempt-alternative",
)
THEIR_OTHERS = ("validating-environment-variable", "autotest-simple", "test-hidden-tests")

Cell = dict[str, Any]


def their_notebook(name: str, room: str = "apps") -> bytes:
    """One of nbgrader's own test notebooks, which its package ships."""
    return (files("nbgrader") / "tests" / room / "files" / name).read_bytes()


def code(source: str, **marks: Any) -> Cell:
    return _cell("code", source, marks) | {"execution_count": None, "outputs": []}


def text(source: str, **marks: Any) -> Cell:
    return _cell("markdown", source, marks)


def _cell(kind: str, source: str, marks: dict[str, Any]) -> Cell:
    metadata: dict[str, Any] = {}
    if "tags" in marks:
        metadata["tags"] = marks.pop("tags")
    attachments = marks.pop("attachments", None)
    if marks:
        defaults = {"grade": False, "locked": False, "solution": False, "task": False}
        metadata["nbgrader"] = {"schema_version": 3, **defaults, **marks}
    cell = {"cell_type": kind, "metadata": metadata, "source": dedent(source).strip("\n")}
    return cell | ({"attachments": attachments} if attachments else {})


def graded_test(id_: str, source: str, points: float = 1) -> Cell:
    return code(source, grade=True, locked=True, grade_id=id_, points=points)


def answer(id_: str, source: str) -> Cell:
    solution = f"### BEGIN SOLUTION\n{dedent(source).strip()}\n### END SOLUTION"
    return code(solution, solution=True, grade_id=id_)


def notebook(*cells: Cell, kernel: str = "python3") -> bytes:
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    spec = {"display_name": "Python 3", "language": "python", "name": kernel}
    content = {
        "cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5
    }  # fmt: skip
    return json.dumps(content, indent=1).encode()


_DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)

MIXED = {
    "p1": notebook(
        text("![dot](attachment:dot.png)", attachments={"dot.png": {"image/png": _DOT}}),
        code("import sys, warnings\nopen('left-behind.txt', 'w').write('x')"),
        code("class HarmlessWarning(UserWarning):\n    pass"),
        answer("half", "def half(x):\n    return x / 2"),
        graded_test("test_half", "assert half(4) == 2\n### BEGIN HIDDEN TESTS\nassert half(1) == .5"
             "\n### END HIDDEN TESTS", 2),
        graded_test("test_partial", "(half(4) == 2) * 0.5 + 1.0", 3),
        graded_test("test_word", "'some words'"),
        graded_test("test_quiet", "half(3)\nNone"),
        graded_test("test_warned", "warnings.warn('beware', HarmlessWarning)"),
        graded_test("test_file", "assert open('numbers.csv').read() == '1,2\\n'"),
        graded_test("test_module", "import mine\nassert mine.VALUE == 7"),
        graded_test("test_package", "from lib import given\nassert given.VALUE == 1"),
        code("raise ValueError('skipped')", tags=["skip-execution"]),
        code("for number in range(100):\n    print(number)\n    sys.stderr.write('e\\n')"),
        code("def deep(n):\n    return deep(n - 1) if n else 1 / 0\ndeep(30)"),
        code("from IPython.display import HTML, display, clear_output\n"
             "print('gone'); clear_output(); display(HTML('<b>bold</b>')); object()"),
        code("await_me = 1\nimport asyncio\nawait asyncio.sleep(0)\nawait_me"),
        code("input('?')"),
        code("%%bash\necho from bash"),
        code("   "),
        text("Explain.", grade=True, solution=True, grade_id="essay", points=4),
        text("Do it.", task=True, grade_id="task", points=5, locked=True),
        code("# show", grade=True, solution=True, grade_id="by_hand", points=2),
    ),
    "p2": notebook(answer("x", "x = 1"), graded_test("test_x", "assert x == 1"), kernel="python"),
    "p3": notebook(text("Only words", grade=True, solution=True, grade_id="words", points=1)),
}  # fmt: skip

SUPPORT = {"numbers.csv": b"1,2\n", "mine.py": b"VALUE = 0\n", "lib/given.py": b"VALUE = 1\n"}


def write_course(folder: Path) -> None:
    """Write what a teacher would: configuration, plugins, sources."""
    folder.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(dedent(CONFIG))
    (folder / "late_penalty.py").write_text(dedent(coursework._LATE_PENALTY))
    (folder / "tagging.py").write_text(dedent(TAGGING))
    sources = {
        "numbers": {f"{coursework.NOTEBOOK}.ipynb": source_notebook()},
        "theirs": {
            "p1.ipynb": their_notebook(f"{THEIR_SOURCE}.ipynb"),
            "jupyter.png": their_notebook("jupyter.png"),
        },
        "others": {
            **{f"{it}.ipynb": their_notebook(f"{it}.ipynb") for it in THEIR_OTHERS},
            "autotests.yml": their_notebook("autotests.yml"),
        },
        "mixed": {f"{name}.ipynb": it for name, it in MIXED.items()} | SUPPORT,
    }
    for assignment, content in sources.items():
        write(folder / "source" / assignment, content)


def write(folder: Path, content: Mapping[str, bytes]) -> None:
    for path, it in content.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(it)


def submit(
    course: Path, assignment: str, learner: str, content: Mapping[str, bytes], at: str = IN_TIME
) -> None:
    write(
        course / "submitted" / learner / assignment,
        {**content, "timestamp.txt": at.encode(), "submission_secret.txt": b"s" * 128},
    )


def released(course: Path, assignment: str) -> dict[str, bytes]:
    folder = course / "release" / assignment
    return {
        it.relative_to(folder).as_posix(): it.read_bytes()
        for it in folder.rglob("*")
        if it.is_file()
    }


def change(content: bytes, answers: Mapping[str, str], kernel: str = "") -> bytes:
    """Write answers into a released notebook, by grade_id; perhaps name another kernel."""
    read = json.loads(content)
    for cell in read["cells"]:
        id_ = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["source"] = answers.get(id_, cell["source"])
    if kernel:
        read["metadata"]["kernelspec"]["name"] = kernel
    return json.dumps(read).encode()


def submit_all(course: Path) -> None:
    """Let every learner submit."""
    name = f"{coursework.NOTEBOOK}.ipynb"
    for number, play in enumerate(PLAYS):
        given = released(course, "numbers")[name]
        learner = play.value.replace(" ", "-")
        submit(course, "numbers", learner, {name: write_answers(play, given, number)})
    for name in THEIR_SUBMISSIONS:
        submit(course, "theirs", name, {"p1.ipynb": their_notebook(f"{name}.ipynb")})
    others = released(course, "others")
    changed = their_notebook("autotest-simple-changed.ipynb")
    submit(course, "others", "unchanged", others)
    submit(course, "others", "changed", {"autotest-simple.ipynb": changed})
    _submit_mixed(course)


_GOOD = {
    "half": "def half(x):\n    return x / 2",
    "essay": "Because.",
    "by_hand": "print('shown')",
    "x": "x = 1",
    "words": "Words.",
}
_SLOPPY = {
    "half": "import sys\n"
    "def half(x):\n    sys.stderr.write('oops')\n    return x / 2 + .2 * (x == 1)",
    "test_partial": "10 ** 6",
    "task": "My own task.",
}


def _submit_mixed(course: Path) -> None:
    given = released(course, "mixed")
    good = {
        path: change(it, _GOOD) if path.endswith(".ipynb") else it for path, it in given.items()
    } | {"mine.py": b"VALUE = 7\n", "numbers.csv": b"changed\n", "extra/own.txt": b"own"}
    submit(course, "mixed", "good", good)
    first = {path: it for path, it in good.items() if path not in {"p2.ipynb", "p3.ipynb"}}
    submit(course, "mixed", "late", first, TWO_DAYS_LATE)
    submit(course, "mixed", "extended", first, TWO_DAYS_LATE)
    submit(course, "mixed", "marked", first, IN_ANOTHER_ZONE)
    sloppy = {"p1.ipynb": change(given["p1.ipynb"], _SLOPPY, "no-such-kernel")}
    submit(course, "mixed", "sloppy", sloppy | {"unasked.ipynb": MIXED["p2"]})


# What a teacher does in formgrader before grading again.
MARK = """\
import sys
from nbgrader.api import Gradebook
with Gradebook(sys.argv[1], "compared") as book:
    for learner in ("extended", "marked"):
        book.update_or_create_student(learner)
        book.update_or_create_submission("mixed", learner)
    book.grant_extension("mixed", "extended", days=2)
    for cell, manual, extra in (("test_half", 0.5, None), ("essay", 3.0, 1.0), ("task", None, 2.0)):
        grade = book.find_grade(cell, "p1", "mixed", "marked")
        grade.manual_score, grade.extra_credit = manual, extra
    book.db.commit()
"""


def copy(course: Path, to: Path) -> Path:
    shutil.copytree(course, to)
    return to

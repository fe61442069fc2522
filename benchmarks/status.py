"""How long `assignment status` and `list` take for a whole course, from start to end.

    python benchmarks/status.py [--learners 1500] [--assignments 20] [--folder FOLDER]

The course is written straight into nbgrader's gradebook and folders: everybody has submitted
nearly everything, and nearly all of it is graded. Each figure is the best of several; beside it
stands what Python itself takes to do nothing. Exits with 1 if a bound is not held.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lesson import Lesson, folder_for, run
from sheet import Sheet

_BOUND_SECONDS = 0.5
_TIMES = 5
_CELLS = 4
_DUE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _stamp(number: int) -> datetime:
    return _DUE + timedelta(minutes=number % 90 - 80)


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}"


def write(lesson: Lesson, learners: int, assignments: int) -> None:
    """Write a course with its work, as nbgrader leaves them."""
    lesson.configure()
    lesson.course.mkdir(parents=True)
    lesson.exchange.mkdir()
    lesson.exchange.chmod(0o777)
    (lesson.course / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'speed101'\n"
        f"c.Exchange.root = {str(lesson.exchange)!r}\n"
    )
    subprocess.run(
        [sys.executable, "-c", _EMPTY, f"sqlite:///{lesson.gradebook}"],
        check=True,
        cwd=lesson.course,
    )
    with contextlib.closing(sqlite3.connect(lesson.gradebook)) as book, book:
        _fill(book, learners, assignments)
    for number in range(assignments):
        (lesson.course / "source" / f"hw{number:02}").mkdir(parents=True)
        (lesson.exchange / "speed101" / "outbound" / f"hw{number:02}").mkdir(parents=True)
    for learner in range(learners):
        for number in range(assignments):
            _hand_in(lesson.course, learner, number)


_EMPTY = """
import os, sys
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
from nbgrader.api import Gradebook
Gradebook(sys.argv[1], "speed101").close()
"""


def _hand_in(course: Path, learner: int, number: int) -> None:
    if (learner + number) % 20 == 0:
        return
    for step in ("submitted", "autograded"):
        folder = course / step / f"learner{learner:04}" / f"hw{number:02}"
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(_written(_stamp(learner)) + " UTC")


def _fill(book: sqlite3.Connection, learners: int, assignments: int) -> None:
    names = [f"learner{it:04}" for it in range(learners)]
    book.executemany(
        "INSERT INTO student (id, first_name, last_name, email) VALUES (?, ?, 'X', '')",
        [(it, it.title()) for it in names],
    )
    for number in range(assignments):
        _fill_assignment(book, number, names)


def _fill_assignment(book: sqlite3.Connection, number: int, names: list[str]) -> None:
    own, notebook = f"a{number}", f"n{number}"
    book.execute(
        "INSERT INTO assignment (id, name, duedate, course_id) VALUES (?, ?, ?, 'speed101')",
        (own, f"hw{number:02}", _written(_DUE)),
    )
    book.execute(_NOTEBOOK, (notebook, own))
    cells = [f"c{number}-{it}" for it in range(_CELLS)]
    for cell in cells:
        book.execute(
            "INSERT INTO base_cell (id, name, notebook_id, type) VALUES (?, ?, ?, 'GradeCell')",
            (cell, cell, notebook),
        )
        book.execute(
            "INSERT INTO grade_cells (id, max_score, cell_type) VALUES (?, 2, 'code')", (cell,)
        )
    for place, who in enumerate(names):
        if (place + number) % 20:
            _grade(book, f"{own}-{place}", own, notebook, who, place, cells)


_NOTEBOOK = "INSERT INTO notebook (id, name, assignment_id) VALUES (?, 'one', ?)"


def _grade(
    book: sqlite3.Connection,
    submission: str,
    own: str,
    notebook: str,
    who: str,
    place: int,
    cells: list[str],
) -> None:
    book.execute(
        "INSERT INTO submitted_assignment (id, assignment_id, student_id, timestamp) "
        "VALUES (?, ?, ?, ?)",
        (submission, own, who, _written(_stamp(place))),
    )
    book.execute(
        "INSERT INTO submitted_notebook (id, assignment_id, notebook_id, flagged) "
        "VALUES (?, ?, ?, 0)",
        (f"n{submission}", submission, notebook),
    )
    book.executemany(
        "INSERT INTO grade (id, notebook_id, cell_id, auto_score, needs_manual_grade) "
        "VALUES (?, ?, ?, ?, ?)",
        [
            (f"{submission}-{it}", f"n{submission}", it, float(place % 3 > 0), place % 50 == 0)
            for it in cells
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=1500)
    parser.add_argument("--assignments", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="where the course is, or is to be, kept")
    chosen = parser.parse_args()
    sheet = Sheet()
    with folder_for(chosen.folder) as folder:
        lesson = Lesson(folder)
        if not lesson.gradebook.exists():
            write(lesson, chosen.learners, chosen.assignments)
        sheet.title(
            f"{chosen.learners} learners x {chosen.assignments} assignments, best of {_TIMES}"
        )
        nothing = min(run([sys.executable, "-c", "pass"], folder).wall for _ in range(_TIMES))
        sheet.note("python -c pass", f"{nothing:.2f} s")
        for words in (("status", "speed101"), ("status", "speed101", "hw00"), ("list", "speed101")):
            took = [lesson.courseops("assignment", *words) for _ in range(_TIMES + 1)][1:]
            best = min(took, key=lambda it: it.wall)
            sheet.judge(" ".join(words), best.wall, _BOUND_SECONDS, "s")
            sheet.note("  of the processor's time", f"{best.cpu:.2f} s")
    sys.exit(bool(sheet.missed))


if __name__ == "__main__":
    main()

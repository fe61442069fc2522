"""A class whose work lies collected, some of it broken, each in a way of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from courseops.demo.answers import Play, write_answers
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK, write_course
from tests.support.command import Desk

COURSE = "py"
FILE = f"{NOTEBOOK}.ipynb"
STAMP, SECRET = "timestamp.txt", "submission_secret.txt"
GRADING = {"cpu_seconds": 4.0, "wall_seconds": 90.0, "memory_mb": 640, "output_mb": 2}
CELL_SECONDS = 12

Files = dict[str, bytes]
Cells = list[dict[str, Any]]


def _cells(change: Callable[[Cells], Cells | None]) -> Callable[[Files], None]:
    def spoil(files: Files) -> None:
        notebook = json.loads(files[FILE])
        notebook["cells"] = change(notebook["cells"]) or notebook["cells"]
        files[FILE] = json.dumps(notebook).encode()

    return spoil


def _id(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _answer(source: str) -> Callable[[Files], None]:
    def change(cells: Cells) -> None:
        for cell in cells:
            if _id(cell) == "total":
                cell["source"] = source

    return _cells(change)


def _marks(id_: str, **marks: Any) -> Callable[[Files], None]:
    """Change nbgrader's metadata of one cell; None takes a key away."""

    def change(cells: Cells) -> None:
        for cell in cells:
            if _id(cell) == id_:
                told = cell["metadata"]["nbgrader"] | marks
                cell["metadata"]["nbgrader"] = {k: it for k, it in told.items() if it is not None}

    return _cells(change)


def _turn(cells: Cells) -> None:
    for cell in cells:
        if _id(cell) == "mean":
            cell["cell_type"] = "markdown"
            del cell["outputs"], cell["execution_count"]


def _strip(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {}


def _rename(to: str) -> Callable[[Files], None]:
    def spoil(files: Files) -> None:
        files[to] = files.pop(FILE)

    return spoil


def _only_words(files: Files) -> None:
    del files[FILE]
    files["essay.txt"] = b"I preferred to write a text."


# Each under the kind that the quarantine must give it; none of them has a score.
WAYS: Mapping[str, Callable[[Files], None]] = {
    "unreadable": lambda files: files.update({FILE: files[FILE][:700]}),
    "wrong-name": _rename("my-homework (1).ipynb"),
    "missing-notebook": _only_words,
    "duplicate-cells": _cells(
        lambda cells: [*cells, *(it | {"id": "copy"} for it in cells if _id(it) == "test_total")]
    ),
    "altered-cells": _cells(_turn),
    "no-metadata": _cells(_strip),
    "wrong-schema": _marks("total", schema_version=1),
    "broken-metadata": _marks("test_total", points=None),
    "bad-timestamp": lambda files: files.update({STAMP: b"yesterday, I think"}),
    "timeout": _answer(
        "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException: pass"
    ),
    "cpu": _answer("while True: pass"),
    "memory": _answer(
        "import os, time\n"
        "for _ in range(5):\n"
        "    if not os.fork():\n"
        "        kept = bytearray(250_000_000)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    ),
    "output": _answer("while True: print('x' * 1000)"),
    "crash": _answer("import os\nos._exit(3)"),
    "forbidden": _answer("open('/proc/self/mem', 'rb')"),
}


def open_course(desk: Desk, **grading: Any) -> Path:
    """Set up a site with one course whose assignment is released; give the course's folder."""
    exchange = desk.folder / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    folder = desk.folder / "course"
    write_course(folder, course_id=COURSE, exchange=exchange, cell_timeout_seconds=CELL_SECONDS)
    desk.write("campus.token", "not asked", mode=0o600)
    desk.configure(
        hubs={"campus": {"url": "http://127.0.0.1:9", "token": {"file": "campus.token"}}},
        courses={
            COURSE: {
                "hub": "campus",
                "folder": "course",
                "exchange": "exchange",
                "grading": GRADING | grading,
            }
        },
    )
    released = desk.run("assignment", "release", COURSE, ASSIGNMENT)
    assert released.code == 0, released.err
    return folder


def hand_in(folder: Path, learners: Iterable[str], ways: Mapping[str, str]) -> None:
    """Put everyone's work where collecting would; `ways` says who has broken it, and how."""
    given = (folder / "release" / ASSIGNMENT / FILE).read_bytes()
    for number, learner in enumerate(learners):
        play = (Play.RIGHT, Play.CARELESS, Play.HALF)[number % 3]
        files = {
            FILE: write_answers(play, given, number),
            STAMP: b"2026-03-02 09:00:00.000000 UTC",
            SECRET: f"{number:0128x}".encode(),
        }
        if learner in ways:
            WAYS[ways[learner]](files)
        work = folder / "submitted" / learner / ASSIGNMENT
        work.mkdir(parents=True)
        for name, content in files.items():
            (work / name).write_bytes(content)


def names(count: int) -> list[str]:
    return [f"learner{number:03}" for number in range(count)]

"""Two assignments and a class that hands them in: one light, one with numpy, pandas and plots.

Everything is written as nbgrader and its extension write it, straight into folders; what the
class writes differs from learner to learner, and some of it is wrong.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

COURSE = "speed101"
LIGHT, HEAVY = "light", "heavy"

_LIGHT = (
    ("total", "def total(xs):", "return sum(xs)", ("total([1, 2]) == 3", "total([]) == 0")),
    ("mean", "def mean(xs):", "return sum(xs) / len(xs)", ("mean([2, 4]) == 3", "mean([7]) == 7")),
    ("even", "def even(n):", "return n % 2 == 0", ("even(2)", "not even(3)")),
    ("shout", "def shout(t):", "return t.upper() + '!'", ("shout('a') == 'A!'",)),
    ("count", "def count(t):", "return len(t.split())", ("count('a b') == 2", "count('') == 0")),
    ("flip", "def flip(xs):", "return list(xs)[::-1]", ("flip([1, 2]) == [2, 1]",)),
)
_HEAVY_SETUP = """\
    import numpy as np
    import pandas as pd
    import matplotlib.pyplot as plt
    table = pd.DataFrame({"group": list("aabb"), "x": [1.0, 2.0, 3.0, 4.0]})
    table"""
_HEAVY = (
    (
        "norm",
        "def norm(v):",
        "return float(np.sqrt((v ** 2).sum()))",
        ("norm(np.array([3., 4.])) == 5",),
    ),
    ("means", "def means(t):", "return t.groupby('group').x.mean()", ("means(table)['b'] == 3.5",)),
    (
        "scale",
        "def scale(t):",
        "return (t.x - t.x.mean()) / t.x.std()",
        ("abs(scale(table).mean()) < 1e-9",),
    ),
)
_PLOTS = (
    (
        "plt.plot(np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** {power}, label='curve')\n"
        "plt.xlabel('x'); plt.legend()"
    ),
    "table.x.plot.bar()",
)


def _cell(kind: str, source: str, **marks: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "source": source, "metadata": {}}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    if marks:
        flags = {"grade": False, "solution": False, "locked": False, "task": False}
        cell["metadata"]["nbgrader"] = {"schema_version": 3, **flags, **marks}
    return cell


def _notebook(cells: list[dict[str, Any]]) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 4,
    }


def _exercises(exercises: tuple[Any, ...], prefix: str) -> list[dict[str, Any]]:
    cells = []
    for name, signature, answer, tests in exercises:
        solution = f"{signature}\n    ### BEGIN SOLUTION\n    {answer}\n    ### END SOLUTION"
        checks = "\n".join(f"assert {it}" for it in tests)
        cells += [
            _cell("markdown", f"Write `{name}`."),
            _cell("code", solution, grade_id=prefix + name, solution=True),
            _cell(
                "code", checks, grade_id=f"test_{prefix}{name}", grade=True, locked=True, points=2
            ),
        ]
    return cells


def source_notebooks(assignment: str) -> dict[str, dict[str, Any]]:
    """Give an assignment's notebooks as a teacher writes them, by name."""
    if assignment == LIGHT:
        parts = {"first": "a_", "second": "b_"}
        return {
            name: _notebook([_cell("code", "import math"), *_exercises(_LIGHT, prefix)])
            for name, prefix in parts.items()
        }
    plots = [_cell("code", it.format(power=2)) for it in _PLOTS]
    return {
        "study": _notebook([_cell("code", dedent(_HEAVY_SETUP)), *_exercises(_HEAVY, ""), *plots])
    }


def write_course(folder: Path, exchange: Path) -> None:
    """Write a course with both assignments."""
    for assignment in (LIGHT, HEAVY):
        source = folder / "source" / assignment
        source.mkdir(parents=True)
        for name, notebook in source_notebooks(assignment).items():
            (source / f"{name}.ipynb").write_text(json.dumps(notebook, indent=1))
    exchange.mkdir(parents=True, exist_ok=True)
    exchange.chmod(0o777)
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.course_id = {COURSE!r}\n"
        f"c.Exchange.root = {str(exchange)!r}\n"
    )


def _answered(notebook: dict[str, Any], answers: dict[str, str], number: int) -> dict[str, Any]:
    for cell in notebook["cells"]:
        id_ = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if id_ in answers:
            cell["source"] = answers[id_]
        elif id_ == "":
            # Everyone's plot is another one.
            cell["source"] = "".join(cell["source"]).replace("** 2", f"** {number % 5 + 1}")
    return notebook


def _answers(assignment: str, number: int) -> dict[str, str]:
    exercises, prefixes = (_LIGHT, ("a_", "b_")) if assignment == LIGHT else (_HEAVY, ("",))
    written = {}
    for place, (name, signature, answer, _) in enumerate(exercises):
        for prefix in prefixes:
            fails = (number + place) % 7 == 0
            body = "raise NotImplementedError()" if fails else answer
            written[prefix + name] = f"{signature}\n    # learner {number}\n    {body}"
    return written


def hand_in(release: Path, inbound: Path, assignment: str, count: int) -> None:
    """Let `count` learners submit what they made of the released notebooks."""
    inbound.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        learner, at = f"learner{number:04}", datetime.now(UTC)
        stamp = at.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        folder = inbound / f"{learner}+{assignment}+{stamp}+{secrets.token_urlsafe(9)}"
        folder.mkdir()
        (folder / "timestamp.txt").write_text(stamp)
        (folder / "submission_secret.txt").write_text(secrets.token_hex(64))
        answers = _answers(assignment, number)
        for source in sorted(release.glob("*.ipynb")):
            notebook = _answered(json.loads(source.read_text()), answers, number)
            (folder / source.name).write_text(json.dumps(notebook, indent=1))

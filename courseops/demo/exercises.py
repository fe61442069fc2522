"""The notebook that a beginners' Python class works on: its tasks, tests and model answers.

Cells carry nbgrader's metadata as the Create Assignment extension writes it:
https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

QUESTION = "why_strings"


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One function to write: its task, its model answer, its tests open and hidden."""

    id: str
    task: str
    signature: str
    answer: str
    tests: tuple[str, ...]
    hidden_tests: tuple[str, ...]
    points: int = 2


EXERCISES = (
    Exercise(
        id="total",
        task="Write `total(prices)`, the sum of a list of prices. An empty list costs nothing.",
        signature="def total(prices):",
        answer="    return sum(prices)",
        tests=("assert total([1.5, 2.5]) == 4.0",),
        hidden_tests=("assert total([]) == 0", "assert total([10, -4]) == 6"),
    ),
    Exercise(
        id="mean",
        task="Write `mean(values)`, the average of a list of numbers.",
        signature="def mean(values):",
        answer="    return sum(values) / len(values)",
        tests=("assert mean([2, 4]) == 3",),
        hidden_tests=("assert mean([1, 2]) == 1.5", "assert mean([7]) == 7"),
        points=3,
    ),
    Exercise(
        id="initials",
        task="Write `initials(name)`: `'Ada Lovelace'` becomes `'A.L.'`.",
        signature="def initials(name):",
        answer="    return ''.join(part[0] + '.' for part in name.split())",
        tests=("assert initials('Ada Lovelace') == 'A.L.'",),
        hidden_tests=("assert initials('Grace Brewster Hopper') == 'G.B.H.'",),
    ),
    Exercise(
        id="palindrome",
        task="Write `is_palindrome(word)`: `'kayak'` reads the same both ways.",
        signature="def is_palindrome(word):",
        answer="    return word.lower() == word.lower()[::-1]",
        tests=("assert is_palindrome('kayak')", "assert not is_palindrome('canoe')"),
        hidden_tests=("assert is_palindrome('Elle')",),
        points=3,
    ),
)


def source_notebook() -> bytes:
    """Write the teacher's version, with solutions and hidden tests."""
    cells = [_text("# Numbers and strings\n\nFill in each cell, then run its tests.")]
    for exercise in EXERCISES:
        cells += [_text(exercise.task), _answer_cell(exercise), _test_cell(exercise)]
    question = "Why does `'2' + '2'` not give `'4'`? Answer in a sentence or two."
    cells += [_text(question), _question_cell()]
    notebook = {"cells": cells, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False).encode()


def _answer_cell(exercise: Exercise) -> dict[str, Any]:
    body = f"    ### BEGIN SOLUTION\n{exercise.answer}\n    ### END SOLUTION"
    source = f"{exercise.signature}\n{body}"
    return _code(exercise.id, source, {"grade": False, "locked": False, "solution": True})


def _test_cell(exercise: Exercise) -> dict[str, Any]:
    hidden = ("### BEGIN HIDDEN TESTS", *exercise.hidden_tests, "### END HIDDEN TESTS")
    marks = {"grade": True, "locked": True, "solution": False, "points": exercise.points}
    return _code(f"test_{exercise.id}", "\n".join((*exercise.tests, *hidden)), marks)


def _question_cell() -> dict[str, Any]:
    marks = {"grade": True, "locked": False, "solution": True, "points": 2}
    return {**_text("YOUR ANSWER HERE", QUESTION), "metadata": _marked(QUESTION, marks)}


def _text(source: str, id_: str = "") -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": _cell_id(id_ or source),
        "metadata": {},
        "source": source,
    }


def _code(id_: str, source: str, marks: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": _cell_id(id_),
        "metadata": _marked(id_, marks),
        "outputs": [],
        "source": source,
    }


def _marked(id_: str, marks: dict[str, Any]) -> dict[str, Any]:
    return {"nbgrader": {"grade_id": id_, "schema_version": 3, "task": False, **marks}}


def _cell_id(text: str) -> str:
    # A cell's id is 1 to 64 letters, digits, '-' or '_'.
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)[:64]


_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

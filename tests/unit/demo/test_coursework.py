"""The demo's class: model answers pass their tests, troubles are spread, plays do what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courseops.demo.answers import Play, write_answers
from courseops.demo.coursework import cast
from courseops.demo.exercises import EXERCISES, source_notebook
from courseops.model.notebooks.notebook import NotANotebookError, read_cells


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda it: it.id)
@pytest.mark.parametrize("variation", [0, 1])
def test_right_answers_pass_open_and_hidden_tests(exercise: Any, variation: int) -> None:
    content = write_answers(Play.RIGHT, source_notebook(), variation)
    answers = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"]
        for cell in json.loads(content)["cells"]
    }
    names: dict[str, Any] = {}
    exec(answers[exercise.id], names)
    for line in (*exercise.tests, *exercise.hidden_tests):
        exec(line, names)


def test_an_unreadable_notebook_is_one_that_stops_in_the_middle() -> None:
    with pytest.raises(NotANotebookError, match="not JSON"):
        read_cells(write_answers(Play.UNREADABLE, source_notebook(), 0))


def test_a_deleted_test_is_gone() -> None:
    there = {cell.id for cell in read_cells(write_answers(Play.DELETED_TEST, source_notebook(), 0))}

    assert "test_initials" not in there
    assert "test_total" in there


@pytest.mark.parametrize("size", [10, 12, 30, 200])
def test_every_trouble_has_its_learner_and_most_do_well_in_a_large_class(size: int) -> None:
    plays = cast([f"learner{n}" for n in range(size)])

    assert set(plays.values()) >= set(Play) - {Play.RIGHT}
    assert list(plays.values()).count(Play.LATE) == 1
    assert size < 30 or list(plays.values()).count(Play.RIGHT) >= size * 0.6

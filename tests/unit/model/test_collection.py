"""Before nbgrader sees a submission, what would stop it is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.assignments.assignment import ReleasedCell, ReleasedNotebook
from courseops.model.assignments.collection import Quarantined, examine, examine_graded, is_finished

RELEASED = (
    ReleasedNotebook(
        name="ps1",
        cells=(
            ReleasedCell(id="squares"),
            ReleasedCell(id="test_squares", points=2.0),
            ReleasedCell(id="why", points=3.0),
        ),
    ),
)

Cells = list[dict[str, Any]]


def marks(id_: str, **more: Any) -> dict[str, Any]:
    return {
        "grade_id": id_,
        "schema_version": 3,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        **more,
    }


def code(source: str, nbgrader: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    metadata = {} if nbgrader is None else {"nbgrader": nbgrader}
    return {
        "cell_type": "code",
        "source": source,
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
        **more,
    }


def good() -> Cells:
    return [
        code("print('hello')"),
        code("def squares(): ...", marks("squares", solution=True)),
        code("assert squares()", marks("test_squares", grade=True, locked=True, points=2)),
        code("because", marks("why", grade=True, solution=True, points=3), cell_type="markdown"),
    ]


def notebook(cells: Cells, **more: Any) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, **more}).encode()


def examined(content: bytes) -> Quarantined | None:
    return examine({"ps1": content}, RELEASED)


def test_a_good_submission_has_nothing_against_it() -> None:
    assert examined(notebook(good())) is None


def test_an_unknown_extra_notebook_is_none_of_our_business() -> None:
    assert examine({"ps1": notebook(good()), "scribbles": b"{"}, RELEASED) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (notebook(good())[:200], "is not JSON"),
        (b"\xff\xfe{}", "is not text in UTF-8"),
        (b"[]", "no list of cells"),
        (notebook(good(), nbformat=3), "notebook format 3"),
        (notebook([{"cell_type": "code"}]), "cell 1 is not a notebook cell"),
        (b"[" * 100_000, "is no sensible JSON"),
        (b"9" * 5000, "is no sensible JSON"),
    ],
)
def test_what_is_no_notebook_is_unreadable(content: bytes, reason: str) -> None:
    found = examined(content)

    assert found is not None
    assert (found.kind, found.partial) == ("unreadable", False)
    assert reason in found.reason
    assert found.reason.startswith("ps1.ipynb ")


def drop(id_: str) -> Callable[[Cells], None]:
    return lambda cells: cells.remove(next(it for it in cells if id_ in str(it["metadata"])))


def strip(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {}


def set_mark(index: int, key: str, value: Any) -> Callable[[Cells], None]:
    return lambda cells: cells[index]["metadata"]["nbgrader"].__setitem__(key, value)


def drop_mark(index: int, key: str) -> Callable[[Cells], None]:
    return lambda cells: cells[index]["metadata"]["nbgrader"].__delitem__(key)


@pytest.mark.parametrize(
    ("spoil", "kind", "reason", "partial"),
    [
        (strip, "no-metadata", "none of its 3 cells", False),
        (set_mark(2, "schema_version", 1), "wrong-schema", "cell 3 (test_squares)", False),
        (drop_mark(1, "schema_version"), "wrong-schema", "version 0", False),
        (drop_mark(2, "points"), "broken-metadata", "lacks its points", False),
        (drop_mark(1, "grade"), "broken-metadata", "lacks grade, solution or locked", False),
        (set_mark(1, "grade_id", ""), "broken-metadata", "cell 2 lacks its grade_id", False),
        (set_mark(2, "grade_id", "mine"), "broken-metadata", "was not handed out", False),
        (lambda it: it.append(it[2]), "duplicate-cells", "2 times (cells 3, 5)", False),
        (drop("test_squares"), "missing-cells", "test_squares was deleted (2 points)", True),
    ],
)
def test_spoilt_marks_are_named_with_the_cell(
    spoil: Callable[[Cells], None], kind: str, reason: str, partial: bool
) -> None:
    cells = good()
    spoil(cells)

    found = examined(notebook(cells))

    assert found is not None
    assert (found.kind, found.partial) == (kind, partial)
    assert reason in found.reason
    assert found.mend


def test_a_deleted_answer_costs_nothing_by_itself() -> None:
    assert examined(notebook(good()[:1] + good()[2:])) is None


def test_a_renamed_notebook_is_missing_and_the_stranger_is_named() -> None:
    found = examine({"ps1-final": notebook(good())}, RELEASED)

    assert found is not None
    assert (found.kind, found.partial) == ("wrong-name", False)
    assert "ps1-final.ipynb" in found.reason


def test_one_of_two_notebooks_is_graded_in_part_but_a_broken_one_is_not() -> None:
    two = (*RELEASED, ReleasedNotebook(name="ps2", cells=()))

    missing = examine({"ps1": notebook(good())}, two)
    broken = examine({"ps1": b"{"}, two)

    assert missing is not None
    assert (missing.kind, missing.partial) == ("missing-notebook", True)
    assert broken is not None
    assert (broken.kind, broken.partial) == ("unreadable", False)


def test_a_cell_that_ran_out_of_time_is_found_after_grading() -> None:
    cells = good()
    cells[2]["outputs"] = [{"output_type": "error", "ename": "CellTimeoutError"}]

    found = examine_graded({"ps1": notebook(cells)})

    assert found is not None
    assert (found.kind, found.partial) == ("timeout", True)
    assert "cell 3 (test_squares)" in found.reason
    assert examine_graded({"ps1": notebook(good())}) is None


def test_grading_that_was_cut_off_is_not_finished() -> None:
    cleaned, run = good(), good()
    run[1]["execution_count"] = 1

    assert is_finished({"ps1": notebook(run)}, ["ps1"])
    assert not is_finished({"ps1": notebook(cleaned)}, ["ps1"])
    assert not is_finished({"ps1": notebook(run)}, ["ps1", "ps2"])
    assert not is_finished({"ps1": b"{"}, ["ps1"])


# Each of these can stand anywhere in a JSON document, whatever the schema says.
json_values = st.sampled_from([None, True, 0, -1.5, "", "x", [], ["x", {}], {}, {"grade_id": []}])


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "cell_type": json_values,
                "source": json_values,
                "metadata": json_values
                | st.fixed_dictionaries(
                    {"nbgrader": st.dictionaries(st.sampled_from(sorted(marks("x"))), json_values)}
                ),
                "outputs": json_values,
            }
        ),
        max_size=4,
    )
)
def test_whatever_a_learner_hands_in_the_answer_is_a_word_not_a_crash(cells: Cells) -> None:
    content = notebook(cells)

    found = examined(content)
    assert found is not None
    assert found.reason
    examine_graded({"ps1": content})
    is_finished({"ps1": content}, ["ps1"])

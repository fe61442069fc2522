"""A mending gives the work back the shape it went out in, and changes no word of the learner's."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.assignments.assignment import ReleasedCell, ReleasedNotebook
from courseops.model.assignments.collection import examine
from courseops.model.assignments.mending import Mending, propose
from courseops.model.assignments.salvage import salvage

Cells = list[dict[str, Any]]

RELEASED = (
    ReleasedNotebook(
        name="ps1",
        cells=(
            ReleasedCell(id="squares", type="code"),
            ReleasedCell(id="test_squares", points=2.0, type="code"),
            ReleasedCell(id="why", points=3.0, type="markdown"),
        ),
    ),
)


def cell(type_: str, source: str, id_: str = "", **marks: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"cell_type": type_, "source": source, "metadata": {}}
    if type_ == "code":
        made |= {"outputs": [], "execution_count": None}
    if id_:
        flags = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
        made["metadata"]["nbgrader"] = {"grade_id": id_, "schema_version": 3, **flags}
    return made


def out() -> Cells:
    return [
        cell("markdown", "# Squares"),
        cell("code", "def squares(n): ...", "squares", solution=True),
        cell("code", "assert squares(2) == 4", "test_squares", grade=True, locked=True, points=2),
        cell("markdown", "YOUR ANSWER", "why", grade=True, solution=True, points=3),
    ]


def answered() -> Cells:
    cells = out()
    cells[1]["source"] = "def squares(n): return n * n"
    cells[3]["source"] = "because it is"
    return cells


def notebook(cells: Cells) -> bytes:
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


HANDED_OUT = {"ps1": notebook(out())}


def mended(handed_in: dict[str, bytes]) -> Mending | None:
    return propose("alice", handed_in, RELEASED, HANDED_OUT)


def texts(content: bytes) -> list[str]:
    return [it["source"] for it in json.loads(content)["cells"]]


def duplicate(cells: Cells) -> None:
    first = copy.deepcopy(cells[1])
    first["source"] = "def squares(n): ..."
    cells.insert(1, first)


def duplicate_test(cells: Cells) -> None:
    cells.append(copy.deepcopy(cells[2]))


def strip(cells: Cells) -> None:
    for each in cells:
        each["metadata"] = {}


def delete_test(cells: Cells) -> None:
    del cells[2]


def turn(cells: Cells) -> None:
    cells[3]["cell_type"] = "code"


def turn_code(cells: Cells) -> None:
    cells[1] = cell("markdown", cells[1]["source"], "squares", solution=True)


def age(cells: Cells) -> None:
    cells[2]["metadata"]["nbgrader"]["schema_version"] = 1


def lose_points(cells: Cells) -> None:
    del cells[2]["metadata"]["nbgrader"]["points"]


def invent(cells: Cells) -> None:
    cells.append(cell("code", "1", "bonus", grade=True, points=99))


def everything(cells: Cells) -> None:
    age(cells)
    delete_test(cells)
    duplicate(cells)
    invent(cells)


@pytest.mark.parametrize(
    ("spoil", "step"),
    [
        (duplicate, "let cell 3 be squares"),
        (duplicate_test, "let cell 3 be test_squares"),
        (strip, "marks back, found by their order"),
        (delete_test, "put back, as it was handed out: test_squares"),
        (turn, "turn why into markdown again"),
        (turn_code, "turn squares into code again"),
        (age, "give the marks they went out with back to test_squares"),
        (lose_points, "give the marks they went out with back to test_squares"),
        (invent, "give the marks they went out with back to bonus"),
        (everything, "put back"),
    ],
)
def test_what_cannot_be_graded_is_mended(spoil: Callable[[Cells], None], step: str) -> None:
    cells = answered()
    spoil(cells)
    written = [it["source"] for it in cells]

    found = mended({"ps1": notebook(cells)})

    assert found is not None
    assert step in "; ".join(found.steps)
    assert examine(found.notebooks, RELEASED) is None
    kept = texts(found.notebooks["ps1"])
    assert [it for it in kept if it in written] == written


def test_a_notebook_under_another_name_gets_its_own() -> None:
    found = mended({"ps1 (1)": notebook(answered()), "scribbles": notebook([])})

    assert found is not None
    assert found.steps == ("give ps1 (1).ipynb its name ps1.ipynb back",)
    assert found.notebooks.keys() == {"ps1", "scribbles"}


def test_of_two_notebooks_under_other_names_none_is_chosen() -> None:
    assert mended({"a": notebook(answered()), "b": notebook(answered())}) is None


def test_stripped_answers_that_cannot_be_told_apart_are_left_to_a_person() -> None:
    cells = answered()
    strip(cells)
    cells[1:2] = [cell("code", "a = 1"), cell("code", "b = 2"), cell("code", "c = 3")]

    assert mended({"ps1": notebook(cells)}) is None


def test_a_cell_is_found_by_its_name_in_the_notebook() -> None:
    handed_out, cells = out(), answered()
    for at, each in enumerate(cells):
        each["id"] = handed_out[at]["id"] = f"cell-{at}"
    strip(cells)
    cells[1:1] = [cell("code", "a = 1"), cell("code", "b = 2")]

    found = propose("alice", {"ps1": notebook(cells)}, RELEASED, {"ps1": notebook(handed_out)})

    assert found is not None
    assert examine(found.notebooks, RELEASED) is None


@pytest.mark.parametrize(
    ("spoil", "how"),
    [
        (lambda it: b"\xef\xbb\xbf" + it, "UTF-8-SIG"),
        (lambda it: it.decode().encode("utf-16"), "UTF-16"),
        (lambda it: it + b"\n<<<<<<< HEAD\n", "after the notebook's end"),
        (lambda it: it[: it.index(b"assert") + 3], "breaks off after cell 2"),
    ],
)
def test_what_can_be_read_of_a_broken_file_is_saved(
    spoil: Callable[[bytes], bytes], how: str
) -> None:
    found = mended({"ps1": spoil(notebook(answered()))})

    assert found is not None
    assert how in found.steps[0]
    assert examine(found.notebooks, RELEASED) is None
    assert "def squares(n): return n * n" in texts(found.notebooks["ps1"])


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1, 2]", b"\xff\xff", b'{"cells": [', b"[" * 99_999]
)
def test_what_holds_no_cell_is_not_saved(content: bytes) -> None:
    assert salvage(content) is None
    assert mended({"ps1": content}) is None


def test_good_work_needs_no_step() -> None:
    found = mended({"ps1": notebook(answered())})

    assert found is not None
    assert found.steps == ()
    assert found.notebooks["ps1"] == notebook(answered())


@given(st.lists(st.sampled_from([duplicate, strip, delete_test, turn, age, lose_points, invent])))
def test_a_mending_stands_up_to_examination(spoils: list[Callable[[Cells], None]]) -> None:
    cells = answered()
    for spoil in spoils:
        try:
            spoil(cells)
        except (KeyError, IndexError):
            return
    found = mended({"ps1": notebook(cells)})

    if found is not None:
        still = examine(found.notebooks, RELEASED)
        assert still is None or still.partial

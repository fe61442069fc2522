"""What is different between two versions, by cells and by lines."""

import json

from hypothesis import given
from hypothesis import strategies as st

from courseops.model.notebooks.change import difference, pairs_of
from courseops.model.notebooks.view import Kind, cells_of


def notebook(*sources: str, ids: str = "", outputs: str = "") -> bytes:
    cells = [
        {
            "id": ids[number] if ids else "",
            "cell_type": "code",
            "source": source,
            "outputs": [{"text": outputs}] if outputs else [],
        }
        for number, source in enumerate(sources)
    ]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def changes(older: bytes, newer: bytes, path: str = "hw1.ipynb") -> list[str]:
    return [line.text for line in difference(path, older, newer)]


def test_cells_that_were_added_removed_and_changed_are_told_and_no_others():
    older = notebook("import os", "x = 1\ny = 1", "gone", "last")
    newer = notebook("import os", "x = 2\ny = 1", "last", "new")

    assert changes(older, newer) == [
        "[2] code: changed",
        "@@ -1,2 +1,2 @@",
        "- x = 1",
        "+ x = 2",
        "  y = 1",
        "[3] code: removed",
        "- gone",
        "[4] code: added",
        "+ new",
    ]


def test_a_cell_with_an_id_is_known_again_whatever_became_of_it():
    older = notebook("alpha", "beta", ids="ab")
    newer = notebook("new", "wholly other words", "beta", ids="nab")

    assert [line for line in changes(older, newer) if line.startswith("[")] == [
        "[1] code: added",
        "[2] code: changed",
    ]


def test_of_outputs_it_is_only_said_that_they_changed():
    older, newer = notebook("x = 1", outputs="1"), notebook("x = 1", outputs="2")

    assert changes(older, newer) == ["[1] code: other outputs"]
    assert changes(older, notebook("x = 2", outputs="2"))[-1] == "its outputs changed, too"


def test_versions_that_a_reader_cannot_tell_apart_are_said_to_be():
    older = notebook("x")

    assert changes(older, older) == ["there is no difference"]
    assert changes(older, older + b"\n") == ["what a reader sees is the same"]


def test_a_notebook_and_what_is_none_are_compared_as_texts():
    kinds = {line.kind for line in difference("hw1.ipynb", notebook("x"), b"torn")}

    assert {Kind.REMOVED, Kind.ADDED} <= kinds


def test_other_files_are_compared_by_lines_or_by_size():
    assert changes(b"a\nb\n", b"a\nc\n", "a.txt")[1:] == ["  a", "- b", "+ c"]
    assert "3 bytes before, 1 bytes after" in changes(b"\0ab", b"c", "a.png")[0]


def test_what_would_take_too_long_is_not_compared():
    many = [f"x = {number}" for number in range(3000)]

    assert "too many to compare" in changes(notebook(*many), notebook(*many[1:]))[0]
    assert "too many to compare" in changes(b"x\n" * 6000, b"y\n" * 6000, "a.txt")[0]


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_every_cell_of_both_versions_is_in_one_pair_in_its_order(older, newer):
    before, after = cells_of(notebook(*older)), cells_of(notebook(*newer))

    pairs = pairs_of(before, after)

    assert tuple(one for one, _ in pairs if one) == before
    assert tuple(other for _, other in pairs if other) == after

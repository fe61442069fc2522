"""Files on a terminal: whatever is in them, a bounded number of lines that it cannot obey."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.notebooks.change import difference
from courseops.model.notebooks.view import Kind, view
from courseops.model.printable import printable


def notebook(*cells: object, **top: object) -> bytes:
    return json.dumps({"cells": list(cells), "nbformat": 4, **top}).encode()


def code(source: object, *outputs: object, **more: object) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": outputs, **more}


def texts(content: bytes, path: str = "hw1.ipynb") -> list[str]:
    return [line.text for line in view(path, content)]


def test_a_notebook_is_shown_by_its_cells_with_their_outputs():
    content = notebook(
        {"cell_type": "markdown", "source": ["# Title\n", "text"]},
        code(
            "1/0",
            {"output_type": "stream", "text": ["one\n", "two\n"]},
            {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "by zero"},
            {"output_type": "display_data", "data": {"text/plain": "<Figure>", "image/png": "abc"}},
        ),
    )

    assert texts(content) == [
        "[1] markdown",
        "# Title",
        "text",
        "[2] code",
        "1/0",
        "  → one",
        "  → two",
        "  → ZeroDivisionError: by zero",
        "  → <Figure>",
        "  → (image/png, 3 letters)",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "it is not JSON"),
        (b"", "it is empty"),
        (b"[1]", "it is JSON, but not a notebook"),
        (b'{"cells": [], "nbformat": 3}', "it has notebook format 3"),
        (b"[" * 100_000, "it is no sensible JSON"),
        (b"\xff\xfe", "it is not text in UTF-8"),
        (notebook(), "it has no cells"),
    ],
)
def test_what_is_no_notebook_says_why(content, said):
    first = view("hw1.ipynb", content)[0]

    assert first.kind is Kind.REMARK
    assert first.text.startswith(said)


def test_odd_cells_are_shown_as_far_as_they_are_texts():
    deep: object = []
    for _ in range(500):
        deep = [deep]
    odd = [None, 3, "text", [deep], {}, code(deep), code({"a": 1}, deep, 7, {"text": deep})]
    odd += [code("x", {"data": {"text/plain": deep, "x/y": deep}}), {"cell_type": deep}]

    shown = texts(notebook(*odd))

    assert sum(line.startswith("[") for line in shown) == len(odd)
    assert difference("a.ipynb", notebook(*odd), notebook(*odd[::-1]))


def test_a_huge_file_is_cut():
    for content in (notebook(*(code("x\n" * 100) for _ in range(1000))), b"x\n" * 100_000):
        shown = texts(content)
        assert len(shown) <= 5002
        assert "it goes on" in shown[-1]
    assert len(texts(b"x" * 1_000_000, "one.txt")[0]) < 500


def test_long_outputs_are_shortened():
    shown = texts(notebook(code("x", {"text": "line\n" * 1000})))

    assert shown[-1] == "  → … 992 more lines"


def test_other_files_are_shown_as_text_or_by_their_size():
    assert texts(b"a\tb\n", "a.txt") == ["a   b"]
    assert texts(b"\x89PNG\0", "a.png") == ["it is no text: 5 bytes"]
    assert texts(b"", "a.txt") == ["it is empty"]


@given(st.binary(max_size=200), st.sampled_from(["a.ipynb", "a.txt"]))
def test_whatever_the_bytes_the_terminal_obeys_none(content, path):
    for line in (*view(path, content), *difference(path, content, content[::-1])):
        assert printable(line.text) == line.text


@given(st.text())
def test_whatever_a_cell_holds_the_terminal_obeys_none(text):
    content = notebook(code(text, {"text": text}, {"ename": text}, {"data": {text: text}}))
    for line in (*view("a.ipynb", content), *difference("a.ipynb", content, notebook(code("")))):
        assert printable(line.text) == line.text


@pytest.mark.parametrize("obeyed", ["\x1b[2J", "\x9b2J", "\u202eabc", "\x7f", "\ud800", "\u2028"])
def test_what_a_terminal_obeys_becomes_a_sign(obeyed):
    shown = printable(f"a{obeyed}\nb\tc", lines=True)

    assert obeyed[0] not in shown
    assert shown.endswith("\nb\tc")
    assert "\n" not in printable("a\nb")


def test_what_no_terminal_obeys_stays():
    for text in ("élève", "✓ 🧑‍🎓", "\ue000"):
        assert printable(text) == text

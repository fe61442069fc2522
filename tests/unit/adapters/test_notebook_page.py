"""Notebooks as pages show them."""

import json
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courseops.adapters.pages.notebook import as_shown
from courseops.adapters.pages.preview import preview_of
from courseops.model.notebooks.notebook import NotANotebookError
from tests.support.hostile_html import PICTURE, PIXEL, TRAPS, active


def shown(*cells):
    whole = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return as_shown(json.dumps(whole).encode())


def code(*outputs, source="x"):
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def data(**found):
    named = {it.replace("__", "/").replace("_xml", "+xml"): value for it, value in found.items()}
    return {"output_type": "display_data", "data": named}


def output(*outputs):
    (cell,) = shown(code(*outputs)).cells
    return cell.outputs[0]


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: ascii(trap)[:50])
def test_no_trap_works_wherever_it_is(trap):
    found = shown(
        {"cell_type": "markdown", "source": f"# A\n\n{trap}\n\n- {trap}\n\n| a |\n|-|\n| {trap} |"},
        {"cell_type": "markdown", "source": trap},
        code(data(text__html=trap, text__plain="p"), data(text__markdown=trap)),
    )
    for cell in found.cells:
        assert list(active(cell.html)) == []
        for it in cell.outputs:
            if it.kind == "html":
                assert list(active(it.said)) == []


@pytest.mark.parametrize(
    "source",
    [
        "[a](javascript:alert(1))",
        "[a](<javascript:alert(1)>)",
        "![a](javascript:alert(1))",
        "[a]: javascript:alert(1)\n\n[a]",
        "<javascript:alert(1)>",
        "![a](http://127.0.0.1:9/x.png)",
        '[a](https://x.example "onclick=alert(1)")',
        "![a](attachment:evil.svg)",
        "[a](/hub/logout)",
    ],
)
def test_no_link_of_markdown_works(source):
    attached = {"evil.svg": {"image/svg+xml": "PHN2Zz4=", "text/html": "<script>"}}
    cell = {"cell_type": "markdown", "source": source, "attachments": attached}
    html = shown(cell).cells[0].html
    assert list(active(html)) == []
    assert "<img" not in html


def test_markdown_is_read_as_such():
    source = (
        "# Week 1\n\n*soft* ~~gone~~\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n![dot](attachment:d.png)"
    )
    cell = {
        "cell_type": "markdown",
        "source": source,
        "attachments": {"d.png": {"image/png": PIXEL}},
    }
    html = shown(cell).cells[0].html
    assert "<h3>Week 1</h3>" in html
    assert "<em>soft</em> <s>gone</s>" in html
    assert "<td>1</td>" in html
    assert PICTURE in html


def test_of_several_forms_that_is_shown_which_says_most_and_is_safe():
    assert output(data(text__html="<b>x</b>", text__plain="p")).said == "<b>x</b>"
    assert output(data(text__html="<script>x</script>", text__plain="p")).said == "p"
    assert output(data(image__png=PIXEL, text__plain="p")).said == PICTURE
    assert output(data(image__svg_xml="<svg/>", text__plain="p")).said == "p"
    assert output(data(image__svg_xml="<svg/>")).kind == "left-out"
    assert output(data(application__javascript="alert(1)")).kind == "left-out"
    assert output(data(text__latex="$x$")).said == "$x$"


def test_a_terminals_colours_and_progress_bars_are_left_out():
    error = {"output_type": "error", "ename": "E", "traceback": ["\x1b[0;31mE\x1b[0m", "at 1"]}
    assert output(error).said == "E\nat 1"
    stream = {"output_type": "stream", "name": "stdout", "text": ["10 %\r50 %\r100 %\r\n", "ok"]}
    assert output(stream).said == "100 %\nok"


def test_huge_outputs_are_cut():
    found = output({"output_type": "stream", "text": "x\n" * 10**6})
    assert found.is_cut
    assert len(found.said) < 50_000
    large = shown(*[code({"output_type": "stream", "text": "y" * 50_000})] * 1500)
    assert large.cells_left_out > 0
    assert sum(len(it.said) for cell in large.cells for it in cell.outputs) < 20_000_000
    many = shown(code(*[{"output_type": "stream", "text": "z"}] * 80)).cells[0]
    assert (len(many.outputs), many.outputs_left_out) == (50, 30)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"cells": 1}', b"\xff", b'{"nbformat": 3}']
)
def test_what_is_no_notebook_says_so(content):
    with pytest.raises(NotANotebookError):
        as_shown(content)
    assert preview_of("x.ipynb", content).problem


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cell_type", "source", "outputs", "data", "text", "text/html", "traceback"]
            )
            | st.sampled_from(
                ["output_type", "image/png", "attachments", "name", "ename", "markdown"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_JSON, max_size=4))
def test_whatever_the_cells_are_something_is_shown(cells):
    for cell in shown(*cells).cells:
        f"{cell}".encode()
        cell.source.encode()
        assert list(active(cell.html)) == []


@given(
    st.binary(), st.sampled_from(["x", "x.ipynb", "x.png", "x.svg", "x.html", "x.py", "a/b.gif"])
)
def test_whatever_the_bytes_are_a_preview_is_had(content, path):
    found = preview_of(path, content)
    assert found.picture == "" or found.picture.startswith("data:image/")


def test_texts_pictures_and_the_rest():
    assert [it.text for it in preview_of("a.py", b"a\nb").lines] == ["a", "b"]
    assert [it.text for it in preview_of("a.svg", b"<svg onload=x>").lines] == ["<svg onload=x>"]
    png = preview_of("a.png", b"\x89PNG\r\n\x1a\n" + b"x")
    assert png.picture.startswith("data:image/png;base64," + b64encode(b"\x89PNG\r\n").decode()[:8])
    assert preview_of("a.bin", b"\0").kind == "application/octet-stream"

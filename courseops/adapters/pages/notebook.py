"""Show a notebook's bytes as a page may show them: read, cleaned, cut where they are huge.

Nothing in it runs and nothing is loaded. What a browser could obey goes (`clean_html`), and what
cannot be shown without it (JavaScript, SVG, widgets) is named instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from courseops.adapters.pages.clean_html import (
    PICTURES,
    clean,
    picture_in_base64,
    plain,
    shows_anything,
)
from courseops.model.notebooks.notebook import parse_notebook
from courseops.model.notebooks.view import words_in

_MOST_CELLS, _MOST_OUTPUTS = 1000, 50
_MOST_LINES, _MOST_LETTERS = 400, 40_000
# So much Markdown takes some seconds; no more is taken apart.
_MOST_MARKDOWN, _LONGEST_HTML = 200_000, 400_000
_MOST_ALTOGETHER = 12_000_000
_LONGEST_KIND = 60
# https://en.wikipedia.org/wiki/ANSI_escape_code: how terminals are told colours.
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_ATTACHED = "attachment:"


@dataclass(frozen=True, kw_only=True)
class ShownOutput:
    """
    One output: a text, an error's text, cleaned HTML or a picture's address in `said`.

    What is "left-out" has its media type there; `is_cut` if there was more of it.
    """

    kind: Literal["text", "error", "html", "picture", "left-out"]
    said: str | Markup
    is_cut: bool = False


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """One cell: Markdown has been rendered and cleaned, anything else is its source."""

    number: int
    kind: Literal["code", "markdown", "other"]
    source: str
    html: Markup = field(default_factory=Markup)
    is_cut: bool = False
    outputs: tuple[ShownOutput, ...] = ()
    outputs_left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class ShownNotebook:
    """A notebook's cells; `cells_left_out` were more than are shown."""

    cells: tuple[ShownCell, ...]
    cells_left_out: int = 0


def as_shown(content: bytes) -> ShownNotebook:
    """
    Read a notebook, and clean all that is to be shown of it.

    Raises:
        NotANotebookError: the bytes are no notebook of format 4.
    """
    cells = parse_notebook(content)["cells"]
    room = _Room()
    shown = tuple(_cells(cells, room))
    return ShownNotebook(cells=shown, cells_left_out=len(cells) - len(shown))


@dataclass
class _Room:
    """How much more is shown, so that no notebook makes a page that no browser bears."""

    left: int = _MOST_ALTOGETHER
    markdown_left: int = _MOST_MARKDOWN

    def take(self, letters: int) -> bool:
        """Say whether there is room for so much, and take it."""
        self.left -= letters
        return self.left >= 0

    def take_markdown(self, letters: int) -> bool:
        """Say whether so much Markdown is taken apart, and take it."""
        is_room = letters <= self.markdown_left
        self.markdown_left -= letters if is_room else 0
        return is_room


def _cells(cells: list[Any], room: _Room) -> Iterator[ShownCell]:
    for number, cell in enumerate(cells[:_MOST_CELLS], start=1):
        if room.left <= 0:
            return
        yield _cell(number, cell if isinstance(cell, dict) else {"source": words_in(cell)}, room)


def _cell(number: int, cell: Mapping[str, Any], room: _Room) -> ShownCell:
    whole = words_in(cell.get("source"))
    source, is_cut = _cut(plain(whole))
    room.take(len(source))
    if cell.get("cell_type") == "markdown" and room.take_markdown(len(whole)):
        html = _markdown(plain(whole), cell.get("attachments"))
        if room.take(len(html)):
            return ShownCell(number=number, kind="markdown", source="", html=html)
    outputs = cell.get("outputs")
    listed = outputs if isinstance(outputs, list) else []
    return ShownCell(
        number=number,
        kind="code" if cell.get("cell_type") == "code" else "other",
        source=source,
        is_cut=is_cut,
        outputs=tuple(_output(it, room) for it in listed[:_MOST_OUTPUTS]),
        outputs_left_out=max(0, len(listed) - _MOST_OUTPUTS),
    )


def _output(output: Any, room: _Room) -> ShownOutput:
    if not isinstance(output, dict):
        return _text("text", words_in(output), room)
    if output.get("output_type") == "error":
        named = f"{words_in(output.get('ename'))}: {words_in(output.get('evalue'))}"
        traced = output.get("traceback")
        lines = [it for it in traced if isinstance(it, str)] if isinstance(traced, list) else []
        return _text("error", "\n".join(lines) or named, room)
    if "text" in output:
        kind: Literal["text", "error"] = "error" if output.get("name") == "stderr" else "text"
        return _text(kind, words_in(output["text"]), room)
    found = output.get("data")
    return _data({str(k): it for k, it in found.items()} if isinstance(found, dict) else {}, room)


def _data(found: Mapping[str, Any], room: _Room) -> ShownOutput:
    """Show what says most, of the forms that one output has."""
    written = words_in(found.get("text/html"))
    if written and len(written) <= _LONGEST_HTML:
        html = clean(written)
        if shows_anything(html) and room.take(len(html)):
            return ShownOutput(kind="html", said=html)
    written = words_in(found.get("text/markdown"))
    if written and room.take_markdown(len(written)):
        return ShownOutput(kind="html", said=_markdown(plain(written)))
    for kind in PICTURES:
        address = picture_in_base64(kind, words_in(found.get(kind)))
        if address and room.take(len(address)):
            return ShownOutput(kind="picture", said=address)
    for kind in ("text/plain", "text/latex"):
        if written := words_in(found.get(kind)):
            return _text("text", written, room)
    return ShownOutput(kind="left-out", said=plain(", ".join(found))[:_LONGEST_KIND])


def _text(kind: Literal["text", "error"], written: str, room: _Room) -> ShownOutput:
    begun = written[: 4 * _MOST_LETTERS]
    lines = _COLOURS.sub("", begun).replace("\r\n", "\n").split("\n")
    # Who draws a progress bar goes back to the beginning of its line.
    said, is_cut = _cut(plain("\n".join(it.rstrip("\r").rpartition("\r")[2] for it in lines)))
    if not room.take(len(said)):
        return ShownOutput(kind="left-out", said="text/plain")
    return ShownOutput(kind=kind, said=said, is_cut=is_cut or len(begun) < len(written))


def _cut(text: str) -> tuple[str, bool]:
    kept = "\n".join(text.split("\n", _MOST_LINES)[:_MOST_LINES])[:_MOST_LETTERS]
    return kept, len(kept) < len(text)


def _markdown(source: str, attachments: Any = None) -> Markup:
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = reader.parse(source)
    if isinstance(attachments, dict):
        _attach(tokens, attachments)
    return clean(reader.renderer.render(tokens, reader.options, {}))


def _attach(tokens: list[Token], attachments: Mapping[Any, Any]) -> None:
    """Put the pictures that a cell brings along where its text speaks of them."""
    for token in tokens:
        if token.type == "image":
            name = str(token.attrGet("src") or "")
            found = attachments.get(name.removeprefix(_ATTACHED))
            if name.startswith(_ATTACHED) and isinstance(found, dict):
                made = (picture_in_base64(it, words_in(found.get(it))) for it in PICTURES)
                token.attrSet("src", next(filter(None, made), ""))
        _attach(token.children or [], attachments)

"""Show a file on a terminal: a notebook by its cells, text as text, anything else by its size.

Whatever bytes come in, this answers, in a bounded number of lines that no terminal obeys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from courseops.model.notebooks.notebook import NotANotebookError, parse_notebook
from courseops.model.printable import printable

# What is longer is cut, and said to be.
_FILE_LINES, _OUTPUT_LINES, _LINE_LETTERS = 5000, 8, 400


class Kind(StrEnum):
    """What a line is, so that it can be coloured."""

    HEAD = "head"
    SOURCE = "source"
    OUTPUT = "output"
    REMARK = "remark"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line for a terminal."""

    kind: Kind
    text: str


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """One cell as far as a reader sees it; `outputs` are shortened to words and lines."""

    number: int
    id: str
    type: str
    source: str
    outputs: tuple[str, ...]

    @property
    def head(self) -> Line:
        """Give the line above the cell."""
        return head(f"[{self.number}] {self.type}")


def head(text: str) -> Line:
    """Make a heading."""
    return Line(kind=Kind.HEAD, text=printable(text))


def remark(text: str) -> Line:
    """Make a line of our own words."""
    return Line(kind=Kind.REMARK, text=printable(text))


def view(path: str, content: bytes) -> tuple[Line, ...]:
    """Show a file; what is named like a notebook and is none says why, and is shown as text."""
    if path.endswith(".ipynb"):
        try:
            return tuple(_cut(_notebook(cells_of(content))))
        except NotANotebookError as error:
            reason = remark(f"it {error}; as text:")
            return (reason, *_text(content))
    return _text(content)


def cells_of(content: bytes) -> tuple[ShownCell, ...]:
    """
    Read the cells of a notebook, whatever is in them.

    Raises:
        NotANotebookError: the bytes are no notebook of format 4.
    """
    cells = parse_notebook(content)["cells"]
    return tuple(_cell(number, cell) for number, cell in enumerate(cells, start=1))


def text_lines(content: bytes) -> list[str] | None:
    """Give the lines of a text in UTF-8; None for what is none."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None


def lines_of(kind: Kind, text: str | Iterable[str], mark: str = "") -> Iterator[Line]:
    """Make lines of a text, each begun with a mark, and each cut if it is very long."""
    for line in text.splitlines() if isinstance(text, str) else text:
        cut = f"{line[:_LINE_LETTERS]}…" if len(line) > _LINE_LETTERS else line
        yield Line(kind=kind, text=f"{mark}{printable(cut.expandtabs(4))}")


def words_in(value: Any) -> str:
    """Spell what should be a text, or a list of its lines; whatever else it is has no words."""
    if isinstance(value, list):
        return "".join(it for it in value if isinstance(it, str))
    return str(value) if isinstance(value, str | int | float) else ""


def _text(content: bytes) -> tuple[Line, ...]:
    lines = text_lines(content)
    if lines is None:
        return (remark(f"it is no text: {len(content)} bytes"),)
    return tuple(_cut(lines_of(Kind.SOURCE, lines))) or (remark("it is empty"),)


def _notebook(cells: Iterable[ShownCell]) -> Iterator[Line]:
    none = True
    for cell in cells:
        none = False
        yield cell.head
        yield from lines_of(Kind.SOURCE, cell.source)
        for output in cell.outputs:
            yield from lines_of(Kind.OUTPUT, output, "  → ")
    if none:
        yield remark("it has no cells")


def _cut(lines: Iterable[Line]) -> Iterator[Line]:
    for number, line in enumerate(lines):
        if number == _FILE_LINES:
            yield remark(f"… it goes on; these were the first {_FILE_LINES} lines")
            return
        yield line


def _cell(number: int, cell: Any) -> ShownCell:
    if not isinstance(cell, dict):
        return ShownCell(number=number, id="", type="no cell", source=words_in(cell), outputs=())
    outputs = cell.get("outputs")
    return ShownCell(
        number=number,
        id=cell["id"] if isinstance(cell.get("id"), str) else "",
        type=words_in(cell.get("cell_type"))[:20] or "no type",
        source=words_in(cell.get("source")),
        outputs=tuple(_output(it) for it in outputs) if isinstance(outputs, list) else (),
    )


def _output(output: Any) -> str:
    if not isinstance(output, dict):
        return "no output"
    if output.get("output_type") == "error":
        return _shortened(f"{words_in(output.get('ename'))}: {words_in(output.get('evalue'))}")
    if "text" in output:
        return _shortened(words_in(output["text"]))
    data = output.get("data")
    if not isinstance(data, dict) or not data:
        return "an empty output"
    plain = _shortened(words_in(data.get("text/plain")))
    others = [
        f"({name}, {len(words_in(it))} letters)"
        for name, it in data.items()
        if name != "text/plain"
    ]
    return "\n".join(it for it in (plain, *others[:_OUTPUT_LINES]) if it)


def _shortened(text: str) -> str:
    lines = text.splitlines()
    more = len(lines) - _OUTPUT_LINES
    kept = [f"{it[:_LINE_LETTERS]}…" if len(it) > _LINE_LETTERS else it for it in lines]
    return "\n".join([*kept[:_OUTPUT_LINES], f"… {more} more lines"] if more > 0 else kept)

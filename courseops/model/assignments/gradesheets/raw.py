"""A CSV file that was exported elsewhere, kept byte for byte, so that one cell can be filled.

Python's csv module forgets which cells were quoted and how lines ended; an importer that
compares its own cells may not (RFC 4180 leaves both open).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from courseops.model.assignments.gradesheets.order import SheetError
from courseops.model.words import plain

_MARK = b"\xef\xbb\xbf"
_DELIMITERS = (",", ";", "\t")
_WHOLE = re.compile(r'"(?:[^"]|"")*"')
# As PHP's fputcsv, by which Moodle writes: https://www.php.net/manual/en/function.fputcsv.php
_QUOTED = re.compile(r"[\s\"\\]")


@dataclass(frozen=True)
class RawRow:
    """One row: its cells as they are spelled, with their quotes, and its line end."""

    cells: tuple[str, ...]
    end: str

    def value(self, column: int) -> str:
        """Give what a cell says, without quotes; nothing if the row is too short for it."""
        if not 0 <= column < len(self.cells):
            return ""
        cell = self.cells[column]
        return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


@dataclass(frozen=True)
class RawTable:
    """A whole file; the first row is its header."""

    rows: tuple[RawRow, ...]
    delimiter: str
    encoding: str
    is_marked: bool

    @property
    def header(self) -> list[str]:
        """Give the words of the header, without spaces around them."""
        row = self.rows[0]
        return [row.value(column).strip() for column in range(len(row.cells))]

    def column(self, *words: str) -> int:
        """Find the first column with one of these headers, however it is spelled; else -1."""
        wanted = [plain(word) for word in words]
        there = [plain(word) for word in self.header]
        return next((there.index(word) for word in wanted if word in there), -1)

    def filled(self, cells: Mapping[tuple[int, int], str]) -> bytes:
        """Give the file with these cells (by row and column) filled, and nothing else changed."""
        rows = [list(row.cells) for row in self.rows]
        for (row, column), text in cells.items():
            missing = column + 1 - len(rows[row])
            rows[row].extend([""] * missing)
            rows[row][column] = quoted(text, self.delimiter)
        return self._spell(rows, [row.end for row in self.rows])

    def cut(self, rows: Sequence[int], columns: Sequence[int], grades: Mapping[int, str]) -> bytes:
        """Give some rows and columns only; `grades` fill the last of these columns, by row."""
        cut: list[list[str]] = []
        for number in rows:
            row = [self._cell(number, column) for column in columns]
            if number in grades:
                row[-1] = quoted(grades[number], self.delimiter)
            cut.append(row)
        return self._spell(cut, [self.rows[0].end or "\n"] * len(cut))

    def _cell(self, row: int, column: int) -> str:
        cells = self.rows[row].cells
        return cells[column] if column < len(cells) else ""

    def _spell(self, rows: Iterable[Iterable[str]], ends: Sequence[str]) -> bytes:
        lines = [self.delimiter.join(row) + end for row, end in zip(rows, ends, strict=True)]
        return (_MARK if self.is_marked else b"") + "".join(lines).encode(self.encoding)


def read_raw(content: bytes) -> RawTable:
    """
    Take a file apart so that it can be put together again as it was.

    Raises:
        SheetError: it is no text, or no table.
    """
    is_marked = content.startswith(_MARK)
    text, encoding = _decode(content.removeprefix(_MARK))
    if not text.strip() or "\0" in text:
        raise SheetError("the template is empty or damaged", "export it again")
    delimiter = max(_DELIMITERS, key=lambda it: _width(text, it))
    return RawTable(tuple(_rows_of(text, delimiter)), delimiter, encoding, is_marked)


def _width(text: str, delimiter: str) -> int:
    try:
        return len(_rows_of(text, delimiter, 1)[0].cells)
    except SheetError:
        return 0


def _decode(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise SheetError("the template is no text in UTF-8", "export it as CSV in UTF-8")


def _rows_of(text: str, delimiter: str, limit: int = 0) -> list[RawRow]:
    plain_cell = rf"[^{re.escape(delimiter)}\r\n]*"
    one = re.compile(rf'("(?:[^"]|"")*"|{plain_cell})({re.escape(delimiter)}|\r\n|\n|\r|\Z)')
    rows: list[RawRow] = []
    cells: list[str] = []
    place = 0
    while place < len(text) or cells:
        found = one.match(text, place)
        if found is None or (found[1].startswith('"') and not _WHOLE.fullmatch(found[1])):
            raise SheetError(
                f"row {len(rows) + 1} of the template has a quote that is never closed",
                "export it again, and change nothing in a spreadsheet",
            )
        cells.append(found[1])
        place = found.end()
        if found[2] != delimiter:
            rows.append(RawRow(tuple(cells), found[2]))
            cells = []
            if limit and len(rows) == limit:
                break
    return rows


def quoted(text: str, delimiter: str) -> str:
    """Spell one cell, in quotes only where it needs them."""
    if delimiter in text or _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def write_rows(rows: Iterable[Iterable[str]], delimiter: str) -> bytes:
    """Write a file of our own, in UTF-8 without a mark."""
    return "".join(
        delimiter.join(quoted(cell, delimiter) for cell in row) + "\n" for row in rows
    ).encode()

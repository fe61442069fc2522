"""A table of people as it was found: which export it is, where its header stands, its rows.

What a row says about a person is decided in `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courseops.adapters.rosters.formats import Format, Meaning
from courseops.model.words import plain

HINT_OF_HEADERS = (
    "a class list has a header with usernames, e-mail addresses or student numbers; the exports "
    "that are recognised stand in docs/how-to/class-list.md"
)
# The line of the file (or row of the sheet) on which a row begins, and its cells.
Line = tuple[int, list[str]]


class UnusableError(Exception):
    """A file is no roster; it never leaves this room: a source adds the file's name."""

    def __init__(self, problems: Sequence[str], hint: str = "") -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.hint = hint


@dataclass(frozen=True, kw_only=True)
class Table:
    """
    The rows of one export below their header.

    `read_as` says how it was read, for the plan; `place` stands before each line's number
    where that alone does not name it; `problems` and `warnings` were
    found while it was put together.
    """

    form: Format
    header: Line
    rows: tuple[Line, ...]
    read_as: tuple[str, ...]
    place: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def columns(self) -> Mapping[Meaning, int]:
        """
        Give the number of each column that has a meaning.

        Raises:
            UnusableError: two columns have the same name, so that either could be meant.
        """
        line, header = self.header
        words = [plain(word) for word in header]
        found: dict[Meaning, int] = {}
        twice = []
        for meaning, known in self.form.words().items():
            word = next((word for word in known if word in words), None)
            if word is not None:
                found[meaning] = words.index(word)
                if words.count(word) > 1:
                    twice.append(
                        f"{self.place}line {line}: "
                        f"{words.count(word)} columns are called {header[found[meaning]]}"
                    )
        if twice:
            raise UnusableError(twice, hint="keep one of them")
        return found


def find_table(rows: Sequence[Line], forms: Sequence[Format]) -> tuple[Format, int] | None:
    """Give which of `forms` rows are, and the position of the header; None for none of them."""
    looked_at = rows[: max(form.preamble_rows for form in forms)]
    words = [[plain(word) for word in cells] for _, cells in looked_at]
    for form in forms:
        for position, header in enumerate(words[: form.preamble_rows]):
            if form.fits(header):
                return form, position
    return None


def table_of(
    rows: Sequence[Line], found: tuple[Format, int], read_as: tuple[str, ...], *, pad: bool = False
) -> Table:
    """
    Cut a table out of the rows in which it was found.

    Blank cells beyond the header are dropped. With `pad`, rows that are too short get blank
    cells, as in a sheet; in a text such a row was cut off.
    """
    form, position = found
    line, header = rows[position]
    header = header[: _width(header)]
    if line > 1 and position > 0:
        read_as = (*read_as, f"header in line {line}")
    body = [(number, cells[: max(len(header), _width(cells))]) for number, cells in rows]
    if pad:
        body = [(number, cells + [""] * (len(header) - len(cells))) for number, cells in body]
    shown = (form.name,) if form.name else ()
    return Table(
        form=form,
        header=(line, header),
        rows=tuple(body[position + 1 :]),
        read_as=(*shown, *read_as),
    )


def _width(cells: Sequence[str]) -> int:
    return max((number for number, cell in enumerate(cells, start=1) if cell), default=0)

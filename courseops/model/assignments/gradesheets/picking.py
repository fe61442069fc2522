"""Pick the column of an exported gradebook that is to be filled, and cut the file down to it.

Whatever else a gradebook holds may have changed on the platform since it was exported, and
would be set back by importing it again. So only the columns that say who is who go along,
and of the learners only those who have a grade.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from courseops.model.assignments.gradesheets.matching import Column, Matched
from courseops.model.assignments.gradesheets.order import (
    Order,
    Sheet,
    SheetError,
    rounded,
    sent,
    spell,
)
from courseops.model.assignments.gradesheets.raw import RawTable
from courseops.model.run import Outcome
from courseops.model.words import plain


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How an exported gradebook is cut: which columns and rows stay besides the grades."""

    key: int
    kept: tuple[int, ...]
    item: int
    head: tuple[int, ...] = (0,)
    places: int


def pick_item(table: RawTable, titles: re.Pattern[str], order: Order) -> int:
    """
    Find the column of an assignment; the first group of `titles` is its title.

    Raises:
        SheetError: no column, or more than one, is called so.
    """
    there = [
        (number, word, found[1])
        for number, word in enumerate(table.header)
        if (found := titles.fullmatch(word))
    ]
    wanted = plain(order.item)
    hits = [number for number, word, title in there if wanted in (plain(word), plain(title))]
    if len(hits) == 1:
        return hits[0]
    names = ", ".join(title for _, _, title in there) or "none"
    raise SheetError(
        f"{len(hits) or 'no'} grade columns of the template are called {order.item!r}",
        f"say which it is with --item; the template has these: {names}",
    )


def pick_key(table: RawTable, columns: Sequence[Column], rows: Sequence[int]) -> int:
    """
    Find the first column that names every row, and each differently.

    Raises:
        SheetError: there is none.
    """
    for column in columns:
        if column.number >= 0:
            values = [table.rows[number].value(column.number).strip() for number in rows]
            if all(values) and len(set(values)) == len(values):
                return column.number
    raise SheetError(
        "no column of the template names each learner, and each differently",
        "let the platform export usernames, ID numbers or e-mail addresses with it",
    )


def cut_sheet(table: RawTable, cut: Cut, order: Order, matched: Matched) -> Sheet:
    """Write the grades of all who were matched, in the order of the exported file."""
    mine = sorted(matched.rows)
    points = {row: rounded(matched.rows[row].points, cut.places) for row in mine}
    content = table.cut(
        [*cut.head, *mine],
        [*cut.kept, cut.item],
        {row: spell(value, order.decimal) for row, value in points.items()},
    )
    header = table.header
    keys = {row: table.rows[row].value(cut.key).strip() for row in mine}
    head = {table.rows[row].value(cut.key).strip(): row for row in cut.head[1:]}
    return Sheet(
        content=content,
        key_column=header[cut.key],
        grade_column=header[cut.item],
        meant={keys[row]: points[row] for row in mine},
        kept={name: table.rows[row].value(cut.item).strip() for name, row in head.items() if name},
        sent=sent([matched.rows[row] for row in mine], cut.places),
        left_out=matched.left_out,
        warnings=matched.warnings,
        delimiter=table.delimiter,
        encoding=table.encoding,
    )


def drop_rows(matched: Matched, dropped: dict[int, Outcome]) -> Matched:
    """Leave out matched rows for reasons of the platform's own."""
    return Matched(
        {row: entry for row, entry in matched.rows.items() if row not in dropped},
        (*matched.left_out, *(it for row, it in dropped.items() if row in matched.rows)),
        matched.warnings,
    )

"""Brightspace's grades, by their CSV import (D2L's article 3538).

Learners are known by Username or OrgDefinedId, with a # before either, which keeps spreadsheets
from eating zeros and reading formulas; the last cell of each row is a #. Names and addresses
are not sent: the import would not use them. Points over the maximum are capped there unless the
item can be exceeded. Two decimals are what Brightspace shows.
"""

from __future__ import annotations

import re
from dataclasses import replace

from courseops.model.assignments.gradesheets.matching import Column, match
from courseops.model.assignments.gradesheets.order import (
    Identity,
    Order,
    Sheet,
    SheetError,
    name_all,
    rounded,
    sent,
    spell,
)
from courseops.model.assignments.gradesheets.picking import Cut, cut_sheet, pick_item, pick_key
from courseops.model.assignments.gradesheets.raw import RawRow, RawTable, read_raw, write_rows

PLACES = 2
MARK = "#"

_END = "End-of-Line Indicator"
_TITLES = re.compile(r"(.+?) Points Grade(?: <.*>)?")
_COLUMNS = {
    Identity.USERNAME: "Username",
    Identity.EMAIL: "Username",
    Identity.ID: "OrgDefinedId",
    Identity.LMS_ID: "OrgDefinedId",
}


def write(order: Order) -> Sheet:
    """Write the file, with the columns of an exported gradebook if there is one."""
    return _by_template(order) if order.template is not None else _by_our_record(order)


def _by_our_record(order: Order) -> Sheet:
    identity = order.identity or Identity.USERNAME
    named, left_out = name_all(order, identity)
    column, item = _COLUMNS[identity], f"{order.item} Points Grade"
    points = {key: rounded(entry.points, PLACES) for key, entry in named}
    rows = [
        (column, item, _END),
        *((MARK + key, spell(value, order.decimal), MARK) for key, value in points.items()),
    ]
    return Sheet(
        content=write_rows(rows, order.delimiter),
        key_column=column,
        grade_column=item,
        meant=points,
        sent=sent([entry for _, entry in named], PLACES),
        left_out=tuple(left_out),
        delimiter=order.delimiter,
    )


def _by_template(order: Order) -> Sheet:
    table = read_raw(order.template or b"")
    if table.column(_END) != len(table.header) - 1:
        raise SheetError(
            f"the template is no export of Brightspace: its last column is not {_END!r}",
            "in Brightspace: Grades, Enter Grades, Export, with both keys",
        )
    item = pick_item(table, _TITLES, order)
    bare = _without_marks(table)
    columns = (
        Column(table.column("Username"), ("username", "email")),
        Column(table.column("OrgDefinedId"), ("id", "lms_id", "gradebook_id")),
    )
    matched = match(bare, range(1, len(table.rows)), columns, order)
    key = pick_key(table, columns, sorted(matched.rows))
    kept = tuple(sorted(column.number for column in columns if column.number >= 0))
    cut = Cut(key=key, kept=kept, item=item, places=PLACES)
    return _with_ends(cut_sheet(table, cut, order, matched))


def _without_marks(table: RawTable) -> RawTable:
    rows = tuple(
        RawRow(tuple(row.value(n).removeprefix(MARK) for n in range(len(row.cells))), row.end)
        for row in table.rows
    )
    return RawTable(rows, table.delimiter, table.encoding, table.is_marked)


def _with_ends(sheet: Sheet) -> Sheet:
    """End each row as Brightspace wants it ended."""
    table = read_raw(sheet.content)
    rows = tuple(
        RawRow((*row.cells, _END if number == 0 else MARK), row.end)
        for number, row in enumerate(table.rows)
    )
    content = RawTable(rows, table.delimiter, table.encoding, table.is_marked).filled({})
    meant = {name.removeprefix(MARK): points for name, points in sheet.meant.items()}
    return replace(sheet, content=content, meant=meant)

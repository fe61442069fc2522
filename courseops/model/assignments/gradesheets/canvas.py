"""Canvas's gradebook, by its CSV import: lib/gradebook_importer.rb of canvas-lms.

A row is found by Canvas's own ID, else by the SIS login, else by name, which could be somebody
else's: a file without Canvas's IDs therefore names learners by their logins only. An assignment
is found by the number behind its title; one that is not found becomes a new assignment. An
empty cell wipes a grade, so only those who have one are in the file. Canvas shows two decimals,
reads either decimal sign, and asks for a look at all changes before it makes them.
"""

from __future__ import annotations

import re

from courseops.model.assignments.gradesheets.matching import Column, Matched, match
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
from courseops.model.assignments.gradesheets.picking import Cut, cut_sheet, drop_rows, pick_item
from courseops.model.assignments.gradesheets.raw import RawTable, read_raw, write_rows
from courseops.model.run import Outcome

PLACES = 2

_TITLES = re.compile(r"(.+) \(\d+\)")
_POSSIBLE = "    Points Possible"
_LAST_OF_STUDENT = "Section"
_BY_TITLE = (
    "Canvas makes a new assignment unless one has exactly this title; "
    "--template with an exported gradebook says which one it is"
)


def write(order: Order) -> Sheet:
    """Write the file, with the columns of an exported gradebook if there is one."""
    return _by_template(order) if order.template is not None else _by_our_record(order)


def _by_our_record(order: Order) -> Sheet:
    named, left_out = name_all(order, order.identity or Identity.USERNAME)
    # Canvas takes a file whose third column is the login.
    header = ("Student", "ID", "SIS Login ID", _LAST_OF_STUDENT, order.item)
    points = {key: rounded(entry.points, PLACES) for key, entry in named}
    possible = spell(rounded(order.max_score, PLACES), order.decimal)
    rows = [
        header,
        (_POSSIBLE, "", "", "", possible),
        *((key, "", key, "", spell(value, order.decimal)) for key, value in points.items()),
    ]
    return Sheet(
        content=write_rows(rows, order.delimiter),
        key_column="SIS Login ID",
        grade_column=order.item,
        meant=points,
        sent=sent([entry for _, entry in named], PLACES),
        left_out=tuple(left_out),
        warnings=(_BY_TITLE,),
        delimiter=order.delimiter,
    )


def _by_template(order: Order) -> Sheet:
    table = read_raw(order.template or b"")
    key, last = table.column("ID"), table.column(_LAST_OF_STUDENT)
    if key < 0 or last < 0 or not {"Student", "LastName"} & set(table.header):
        raise SheetError(
            "the template is no gradebook of Canvas",
            "in Canvas: Grades, Export, Export Entire Gradebook",
        )
    item = pick_item(table, _TITLES, order)
    head = [0, *(n for n in range(1, min(4, len(table.rows))) if _is_possible(table, n))]
    rows = [
        n for n in range(1, len(table.rows)) if n not in head and table.rows[n].value(key).strip()
    ]
    rows = [n for n in rows if not _is_test_student(table, n)]
    matched = match(table, rows, _identities(table, key), order)
    matched = drop_rows(matched, _exempt(table, item, matched))
    cut = Cut(key=key, kept=tuple(range(last + 1)), item=item, head=tuple(head), places=PLACES)
    return cut_sheet(table, cut, order, matched)


def _identities(table: RawTable, key: int) -> tuple[Column, ...]:
    return (
        Column(key, ("lms_id",)),
        Column(table.column("SIS User ID"), ("id", "lms_id", "gradebook_id")),
        Column(table.column("SIS Login ID"), ("username", "email")),
    )


def _is_possible(table: RawTable, row: int) -> bool:
    return "Points Possible" in table.rows[row].value(0)


def _is_test_student(table: RawTable, row: int) -> bool:
    """Canvas's own Student View is in every export, and has no login."""
    login = table.column("SIS Login ID")
    names = ", ".join(table.rows[row].value(it).strip() for it in (0, 1))
    return names.startswith("Student, Test") and not table.rows[row].value(login).strip()


def _exempt(table: RawTable, item: int, matched: Matched) -> dict[int, Outcome]:
    words = {"EX": ("excused", "is excused on the platform"), "N/A": ("not-assigned", "")}
    dropped: dict[int, Outcome] = {}
    for row, entry in matched.rows.items():
        kind, reason = words.get(table.rows[row].value(item).strip().upper(), ("", ""))
        if kind:
            reason = reason or "was not given the assignment on the platform"
            dropped[row] = Outcome.skipped(entry.person.username, reason, kind=kind)
    return dropped

"""Moodle's gradebook, by its CSV import: grade/import/csv.

The teacher says on the import page which column tells who is who and which is the grade, and
which separator the file has. A row of somebody unknown stops the whole import, and an empty
cell wipes the grade that is there (`update_grade_item` in classes/load_data.php): so only those
who have a grade are in the file. Moodle keeps five decimals, and reads the decimal sign of the
teacher's language (`unformat_float`). There is no mark before the text, as in its own export.
"""

from __future__ import annotations

import re

from courseops.model.assignments.gradesheets.matching import Column, match
from courseops.model.assignments.gradesheets.order import (
    Identity,
    Order,
    Sheet,
    name_all,
    rounded,
    sent,
    spell,
)
from courseops.model.assignments.gradesheets.picking import Cut, cut_sheet, pick_item, pick_key
from courseops.model.assignments.gradesheets.raw import RawTable, read_raw, write_rows

PLACES = 5

_HEADERS = {
    "en": {
        Identity.USERNAME: "Username",
        Identity.EMAIL: "Email address",
        Identity.ID: "ID number",
        Identity.LMS_ID: "ID number",
    },
    "fr": {
        Identity.USERNAME: "Nom d'utilisateur",
        Identity.EMAIL: "Adresse de courriel",
        Identity.ID: "Numéro d'identification",
        Identity.LMS_ID: "Numéro d'identification",
    },
}

# `Assignment: TP1 (Real)`, in French `Devoir : TP1 (Brut)`.
_TITLES = re.compile(r"(?:[^:]+ ?: )?(.+?) \((?:Real|Brut|Réel|Brute|Réelle)\)")


def write(order: Order) -> Sheet:
    """Write the file, with the columns of an exported gradebook if there is one."""
    return _by_template(order) if order.template is not None else _by_our_record(order)


def _by_our_record(order: Order) -> Sheet:
    identity = order.identity or _best(order)
    named, left_out = name_all(order, identity)
    header = (_HEADERS[order.language][identity], order.item)
    points = {key: rounded(entry.points, PLACES) for key, entry in named}
    rows = [header, *((key, spell(value, order.decimal)) for key, value in points.items())]
    return Sheet(
        content=write_rows(rows, order.delimiter),
        key_column=header[0],
        grade_column=header[1],
        meant=points,
        sent=sent([entry for _, entry in named], PLACES),
        left_out=tuple(left_out),
        delimiter=order.delimiter,
    )


def _best(order: Order) -> Identity:
    """Take e-mail addresses, which every Moodle knows, where all have one."""
    has_all = all(entry.person.email for entry in order.entries)
    return Identity.EMAIL if has_all else Identity.USERNAME


def identities(table: RawTable) -> tuple[Column, ...]:
    """Give the columns by which Moodle's exports tell who is who."""
    return (
        Column(table.column("Username", "Nom d'utilisateur"), ("username",)),
        Column(
            table.column("ID number", "Numéro d'identification"),
            ("id", "lms_id", "gradebook_id"),
        ),
        Column(table.column("Email address", "Adresse de courriel"), ("email",)),
    )


def _by_template(order: Order) -> Sheet:
    table = read_raw(order.template or b"")
    item = pick_item(table, _TITLES, order)
    columns = identities(table)
    rows = range(1, len(table.rows))
    matched = match(table, rows, columns, order)
    key = pick_key(table, columns, sorted(matched.rows))
    kept = tuple(sorted(column.number for column in columns if column.number >= 0))
    cut = Cut(key=key, kept=kept, item=item, places=PLACES)
    return cut_sheet(table, cut, order, matched)

"""Open edX's grades, by the CSV files of edx-bulk-grades, filled in.

Two of its exports come back as imports: the scores of one Staff Graded Points problem, whose
`New Points` (`points` before) is filled, and the bulk grades of the instructor's gradebook, with
a `new_override-…` (`new_grade-…` before) for each subsection, whose title stands in `name-…`.
Both check ids that only the platform knows (bulk_grades/api.py), so there is no file without a
template. Numbers are read by Python's float, with a point in every language; an empty cell
changes nothing; a file of more than 4 MB is refused.
"""

from __future__ import annotations

from dataclasses import replace

from courseops.model.assignments.gradesheets.filling import fill_sheet
from courseops.model.assignments.gradesheets.matching import Column, Matched, match
from courseops.model.assignments.gradesheets.order import Order, Sheet, SheetError
from courseops.model.assignments.gradesheets.picking import drop_rows
from courseops.model.assignments.gradesheets.raw import RawTable, read_raw
from courseops.model.run import Outcome
from courseops.model.words import plain

PLACES = 4

_MOST_BYTES = 4 * 1024 * 1024
_POINTS = ("New Points", "points")
_OVERRIDES = ("new_override-", "new_grade-")


def write(order: Order) -> Sheet:
    """
    Fill the exported file in.

    Raises:
        SheetError: it is neither of the two files, or has no such item.
    """
    table = read_raw(order.template or b"")
    key = table.column("user_id")
    if key < 0:
        raise _not_ours()
    item = _item(table, order.item)
    columns = (
        Column(table.column("username"), ("username",)),
        Column(key, ("lms_id",)),
        Column(table.column("student_uid"), ("id", "lms_id", "gradebook_id")),
    )
    rows = [n for n in range(1, len(table.rows)) if table.rows[n].value(key).strip()]
    matched = match(table, rows, columns, order)
    matched = drop_rows(matched, _gone(table, matched))
    sheet = fill_sheet(table, key, item, replace(order, decimal="."), matched, places=PLACES)
    if len(sheet.content) > _MOST_BYTES:
        raise SheetError(
            "Open edX takes no file of more than 4 MB",
            "export one track or cohort at a time, and fill in each",
        )
    return sheet


def _item(table: RawTable, title: str) -> int:
    scores = table.column(*_POINTS)
    if scores >= 0 and table.column("block_id") >= 0:
        there = table.rows[1].value(table.column("title")) if len(table.rows) > 1 else title
        if there and plain(there) != plain(title):
            raise SheetError(
                f"the template is for {there!r}, not {title!r}", f"say --item {there!r} if it is"
            )
        return scores
    titles = _subsections(table)
    hits = [column for column, there in titles.items() if plain(there) == plain(title)]
    if len(hits) == 1:
        return hits[0]
    if not titles:
        raise _not_ours()
    raise SheetError(
        f"{len(hits) or 'no'} subsections of the template are called {title!r}",
        f"say which it is with --item; the template has these: {', '.join(titles.values())}",
    )


def _subsections(table: RawTable) -> dict[int, str]:
    """Give the columns of new grades, each with the title of its subsection."""
    titles: dict[int, str] = {}
    for number, word in enumerate(table.header):
        start = next((it for it in _OVERRIDES if word.startswith(it)), "")
        if start and len(table.rows) > 1:
            name = table.column(f"name-{word.removeprefix(start)}")
            titles[number] = table.rows[1].value(name).strip() or word
    return titles


def _gone(table: RawTable, matched: Matched) -> dict[int, Outcome]:
    enrolled = table.column("enrolled")
    return {
        row: Outcome.skipped(entry.person.username, "has left the course there", kind="dropped")
        for row, entry in matched.rows.items()
        if table.rows[row].value(enrolled).strip().casefold() in ("false", "0")
    }


def _not_ours() -> SheetError:
    return SheetError(
        "the template is neither staff graded points nor bulk grades of Open edX",
        "in Open edX: the problem, Staff View, Export; or the gradebook, Bulk Management",
    )

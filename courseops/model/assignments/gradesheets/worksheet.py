"""Moodle's offline grading worksheet of one assignment, filled in.

Its rows are known by `Participant 27`, numbers that Moodle draws for each assignment: the
teacher exports the worksheet and gives it as the template. The importer looks for its three
columns by their exact words, passes over what is over the maximum, locked, or was graded on the
platform since the export, and tells nobody
(`process_import_grades` in mod/assign/feedback/offline/locallib.php).
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from courseops.model.assignments.gradesheets.filling import fill_sheet
from courseops.model.assignments.gradesheets.matching import Matched, match
from courseops.model.assignments.gradesheets.moodle import PLACES, identities
from courseops.model.assignments.gradesheets.order import Order, Sheet, SheetError, rounded
from courseops.model.assignments.gradesheets.picking import drop_rows
from courseops.model.assignments.gradesheets.raw import RawTable, read_raw
from courseops.model.assignments.gradesheets.reading import read_as_moodle
from courseops.model.run import Outcome
from courseops.model.words import plain

_KEY = ("Identifier", "Identifiant")
_GRADE = ("Grade", "Note")
_MAXIMUM = ("Maximum grade", "Note maximale")
_CHANGEABLE = ("Grade can be changed", "La note peut être modifiée")
_MODIFIED = ("Last modified (grade)", "Dernière modification (note)")


def write(order: Order) -> Sheet:
    """
    Fill the worksheet in.

    Raises:
        SheetError: it is no worksheet, or names nobody.
    """
    table = read_raw(order.template or b"")
    key, grade = _column(table, _KEY), _column(table, _GRADE)
    _column(table, _MODIFIED)
    rows = [row for row in range(1, len(table.rows)) if table.rows[row].value(key).strip()]
    matched = match(table, rows, identities(table), order)
    matched = drop_rows(matched, _passed_over(table, matched))
    return fill_sheet(table, key, grade, order, matched, places=PLACES)


def _column(table: RawTable, words: tuple[str, ...]) -> int:
    number = table.column(*words)
    if number < 0:
        raise SheetError(
            f"the template is no offline grading worksheet: it has no column {words[0]!r}",
            "in Moodle: the assignment, Submissions, Download grading worksheet",
        )
    return number


def _passed_over(table: RawTable, matched: Matched) -> dict[int, Outcome]:
    """Name whom Moodle would pass over in silence."""
    maximum, changeable = table.column(*_MAXIMUM), table.column(*_CHANGEABLE)
    dropped: dict[int, Outcome] = {}
    for row, entry in matched.rows.items():
        limit = _number(table.rows[row].value(maximum))
        who = entry.person.username
        if plain(table.rows[row].value(changeable)) in ("no", "non"):
            reason = "the platform says that the grade cannot be changed"
            dropped[row] = Outcome.skipped(who, reason, kind="locked")
        elif limit is not None and rounded(entry.points, PLACES) > limit:
            dropped[row] = Outcome.skipped(
                who,
                f"has {entry.points:g} points, and the platform takes {limit:f} at most",
                kind="over-maximum",
                mend="raise the maximum grade of the assignment in Moodle",
            )
    return dropped


def _number(text: str) -> Decimal | None:
    try:
        return read_as_moodle(text)
    except InvalidOperation:
        return None

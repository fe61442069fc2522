"""What one row says about a person, and what is wrong with its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from courseops.adapters.rosters.formats import Cells, Meaning
from courseops.adapters.rosters.people import fault_of_username
from courseops.model.roster import Person

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# What Excel makes of a long student number, and what other programs make of any.
_SPOILED_NUMBER = re.compile(r"\d([.,]\d+)?[eE]\+\d+|\d{5,}[.,]\d+")
_SHEET_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")


def person_in(cells: Cells, username: str) -> Person:
    """Give the person of a row without faults."""
    family = cells.get(Meaning.USUAL_NAME) or cells.get(Meaning.FAMILY_NAME, "")
    given = cells.get(Meaning.GIVEN_NAME, "")
    if not family and not given:
        # "Family, Given"; where one name is written as a whole, no rule would cut it rightly.
        family, _, given = cells.get(Meaning.NAME, "").partition(",")
    return Person(
        id=cells.get(Meaning.ID) or username,
        username=username,
        given_name=given.strip(),
        family_name=family.strip(),
        email=cells.get(Meaning.EMAIL, ""),
    )


def faults_in(cells: Cells, username: str, column: Meaning) -> Iterator[tuple[Meaning, str]]:
    """Say what is wrong with a row, by column; `column` is where its username was had from."""
    errors = {meaning for meaning, cell in cells.items() if _SHEET_ERROR.fullmatch(cell)}
    for meaning in errors:
        yield meaning, f"{cells[meaning]} is a spreadsheet's error, no value"
    number = cells.get(Meaning.ID, "")
    is_spoiled = bool(_SPOILED_NUMBER.fullmatch(number))
    if is_spoiled:
        yield Meaning.ID, f"{number} was spoiled by a spreadsheet; export the column as text"
    if column not in errors and not (is_spoiled and column is Meaning.ID):
        yield from ((column, fault) for fault in _faults_of_name(cells[column], username, column))


def _faults_of_name(cell: str, username: str, column: Meaning) -> Iterator[str]:
    if not cell:
        yield "is empty"
    elif column is Meaning.EMAIL and not _EMAIL.fullmatch(cell):
        yield f"{cell!r} is no e-mail address"
    elif fault := fault_of_username(username):
        yield fault

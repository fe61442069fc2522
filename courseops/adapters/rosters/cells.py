"""What one row says about a person, and what is wrong with its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from courseops.adapters.rosters.formats import Cells, Meaning
from courseops.model.roster import Person

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# What Excel makes of a long student number, and what other programs make of any.
_SPOILED_NUMBER = re.compile(r"\d([.,]\d+)?[eE]\+\d+|\d{5,}[.,]\d+")
_SHEET_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
_NUMBERS = (Meaning.ID, Meaning.GRADEBOOK_ID, Meaning.LMS_ID)


def person_in(cells: Cells, username: str) -> Person:
    """Give the person of a row, by the name that their source has for them."""
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
        gradebook_id=cells.get(Meaning.GRADEBOOK_ID, ""),
        lms_id=cells.get(Meaning.LMS_ID, ""),
    )


def faults_in(cells: Cells) -> Iterator[tuple[Meaning, str]]:
    """Say which cells were spoiled on the way, by column."""
    for meaning, cell in cells.items():
        if _SHEET_ERROR.fullmatch(cell):
            yield meaning, f"{cell} is a spreadsheet's error, no value"
        elif meaning in _NUMBERS and _SPOILED_NUMBER.fullmatch(cell):
            yield meaning, f"{cell} was spoiled by a spreadsheet; export the column as text"


def fault_of_name(cell: str, column: Meaning) -> str:
    """Say why a cell gives nobody a username, whatever the hub's rule; "" if it may."""
    if not cell:
        return "is empty"
    if column is Meaning.EMAIL and not _EMAIL.fullmatch(cell):
        return f"{cell!r} is no e-mail address"
    return ""

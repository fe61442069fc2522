"""Read a finished grade file back as its importer will, and compare it with what was meant.

Nothing here is shared with what writes the files, but the two headers to look for.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from courseops.model.assignments.gradesheets.order import Sheet

ReadNumber = Callable[[str], Decimal]


def read_plain(text: str) -> Decimal:
    """Read a number with a decimal point, as Python's and most programs' float does."""
    return Decimal(text.strip())


def read_as_moodle(text: str) -> Decimal:
    """Read a number with either sign, as Moodle's unformat_float does in the teacher's language."""
    return Decimal(text.replace(" ", "").replace(",", "."))


def read_as_canvas(text: str) -> Decimal:
    """Read a number as Canvas does: the last point or comma parts off the decimals."""
    *whole, last = re.split(r"[,.]", text.strip())
    return Decimal(f"{''.join(whole)}.{last}" if whole else last)


def differences(
    sheet: Sheet, content: bytes, read_number: ReadNumber, unmark: str = ""
) -> list[str]:
    """
    Say where the file at hand does not say what was meant, learner by learner.

    `unmark` is what the importer strips off the beginning of each cell.
    """
    try:
        rows = _cells(content, sheet)
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        return [f"the file cannot be read: {error}"]
    problems = []
    there: dict[str, str] = {}
    for key, grade in rows:
        name = key.removeprefix(unmark)
        if name in there:
            problems.append(f"{name} is there twice")
        there[name] = grade
    for name, points in sheet.meant.items():
        if name not in there:
            problems.append(f"{name} is missing")
        elif _number(there[name], read_number) != points:
            problems.append(f"{name} would get {there[name]!r} instead of {points}")
    return problems + _strays(sheet.meant, sheet.kept, there)


def _strays(
    meant: Mapping[str, Decimal], kept: Mapping[str, str], there: Mapping[str, str]
) -> list[str]:
    return [
        f"{name} would get {grade!r}, which nobody meant"
        for name, grade in there.items()
        if name not in meant and grade != kept.get(name, "")
    ]


def _number(text: str, read_number: ReadNumber) -> Decimal | None:
    try:
        return read_number(text)
    except (InvalidOperation, ValueError):
        return None


def _cells(content: bytes, sheet: Sheet) -> list[tuple[str, str]]:
    text = content.decode(sheet.encoding).removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sheet.delimiter, strict=True)
    header = [word.strip() for word in next(reader, [])]
    for column in (sheet.key_column, sheet.grade_column):
        if header.count(column) != 1:
            raise ValueError(f"{header.count(column)} columns are called {column!r}")
    key, grade = header.index(sheet.key_column), header.index(sheet.grade_column)
    least = max(key, grade)
    return [
        (row[key].strip(), row[grade].strip())
        for row in reader
        if len(row) > least and row[key].strip()
    ]

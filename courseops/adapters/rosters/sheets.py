"""Read the sheets of an xlsx workbook as the text that a person sees in them.

Numbers are read as they were stored, never as a narrow column shows them. Excel keeps 15
digits of a number (https://learn.microsoft.com/office/troubleshoot/excel/last-digits-changed-to-zeros),
so a longer one was spoiled and is shown as such, for `rows` to refuse it. Formulas give the value
that was last computed; macros are never looked at.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from courseops.adapters.rosters.archive import open_archive
from courseops.adapters.rosters.formats import Format
from courseops.adapters.rosters.tables import (
    HINT_OF_HEADERS,
    Line,
    Table,
    UnusableError,
    find_table,
    table_of,
)
from courseops.adapters.rosters.words import clean

# A sheet of Excel has no more rows; blank ones with a border count, so that many are common.
_MOST_ROWS = 1_048_576
_MOST_CELLS = 5_000_000
_EXACT_BELOW = 10**15


def read_workbook(content: bytes, forms: Sequence[Format]) -> Table:
    """
    Give the table of the first sheet that has the header of one of `forms`.

    Raises:
        UnusableError: the workbook is damaged or too large, or no sheet has such a header.
    """
    names = []
    for name, rows in _sheets(content):
        names.append(name)
        found = find_table(rows, forms)
        if found is not None:
            return table_of(rows, found, ("xlsx", f"sheet {name!r}"), pad=True)
    sheets = ", ".join(names)
    raise UnusableError(
        [f"none of the sheets has a header that is known; the sheets are: {sheets}"],
        hint=HINT_OF_HEADERS,
    )


def _sheets(content: bytes) -> Iterator[tuple[str, list[Line]]]:
    with open_archive(content):
        pass
    # Most class lists are plain text, and would wait for it in vain.
    import openpyxl  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and validations that it drops; we read values only.
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            for sheet in workbook.worksheets:
                # Many programs write a wrong size, and openpyxl would believe it.
                sheet.reset_dimensions()
                yield sheet.title, list(_rows(sheet))
            workbook.close()
    except UnusableError:
        raise
    except Exception as error:  # openpyxl lets those of zip, XML and its own parsing pass
        raise UnusableError(
            [f"the workbook is damaged ({type(error).__name__})"],
            hint="open it in a spreadsheet and save it again as xlsx, or as CSV",
        ) from error


def _rows(sheet: Any) -> Iterator[Line]:
    cells_read = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells_read += len(row)
        if number > _MOST_ROWS or cells_read > _MOST_CELLS:
            raise UnusableError([f"the sheet {sheet.title!r} is too large for a class list"])
        cells = [clean(_text(cell.value, cell.number_format)) for cell in row]
        if any(cells):
            yield number, cells


def _text(value: object, number_format: str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, number_format or "")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _number(value: float, number_format: str) -> str:
    if value != int(value):
        return repr(value)
    if abs(value) >= _EXACT_BELOW:
        return f"{value:.5E}"
    # "00000000" is how a spreadsheet shows a number with the zeros it begins with.
    width = len(number_format) if re.fullmatch("0+", number_format) else 0
    return str(int(value)).zfill(width)

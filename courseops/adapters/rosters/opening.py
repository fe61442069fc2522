"""Open a file of rows, whatever container it is in: text, an xlsx workbook, a OneRoster set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from courseops.adapters.rosters.archive import open_archive
from courseops.adapters.rosters.formats import Format
from courseops.adapters.rosters.oneroster import MANIFEST, read_oneroster
from courseops.adapters.rosters.sheets import read_workbook
from courseops.adapters.rosters.tables import Table, UnusableError
from courseops.adapters.rosters.text import read_text

_MOST_BYTES = 50_000_000
_ZIP = b"PK\x03\x04"
# How files begin that are often taken for an export, and what they are.
_STRANGERS = {
    b"\xd0\xcf\x11\xe0": "an old .xls workbook, or one with a password",
    b"%PDF": "a PDF document",
    b"<": "a web page or XML, whatever its name says",
}


def open_table(path: Path, forms: Sequence[Format], encoding: str = "") -> Table:
    """
    Give the table in a file, as the one of `forms` that it is.

    Raises:
        OSError: the file cannot be read.
        UnusableError: it is damaged, too large, of a strange kind or of none of the forms.
    """
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UnusableError([f"the file is larger than {_MOST_BYTES:,} bytes"])
    for beginning, what in _STRANGERS.items():
        if content.lstrip().startswith(beginning):
            raise UnusableError(
                [f"the file is {what}"],
                hint="export it as CSV, or save it as xlsx without password",
            )
    if not content.startswith(_ZIP):
        return read_text(content, forms, encoding)
    with open_archive(content) as archive:
        names = archive.namelist()
    if MANIFEST in names:
        return read_oneroster(content, encoding)
    if any(name.startswith("xl/") for name in names):
        return read_workbook(content, forms)
    raise UnusableError(
        [f"the archive is neither an xlsx workbook nor a OneRoster set with {MANIFEST}"],
        hint="zip the OneRoster files themselves, not their folder; save other sheets as xlsx",
    )

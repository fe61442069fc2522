"""Read a roster from a file: whatever a registrar or an LMS exports, recognised by what it is.

The whole roster or none: every bad row is reported at once, with its line and column, and
nothing is read by halves. What the exports look like is told in `formats`; columns that we do not
need (birth date, national number, password) are never kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from courseops.adapters.rosters.archive import open_archive
from courseops.adapters.rosters.oneroster import MANIFEST, read_oneroster
from courseops.adapters.rosters.rows import People
from courseops.adapters.rosters.sheets import read_workbook
from courseops.adapters.rosters.tables import Table, UnusableError
from courseops.adapters.rosters.text import read_text
from courseops.adapters.rosters.words import ROLES
from courseops.errors import CourseOpsError
from courseops.model.roster import Role, Roster, UsernameFrom
from courseops.model.words import plain

_MOST_BYTES = 50_000_000
_ZIP = b"PK\x03\x04"
# How files begin that are often taken for an export, and what they are.
_STRANGERS = {
    b"\xd0\xcf\x11\xe0": "an old .xls workbook, or one with a password",
    b"%PDF": "a PDF document",
    b"<": "a web page or XML, whatever its name says",
}


class FileRoster:
    """The roster of one course in one file."""

    def __init__(
        self,
        path: Path,
        *,
        course_id: str,
        encoding: str = "",
        roles: Mapping[str, Role] | None = None,
        username_from: UsernameFrom = "username",
    ) -> None:
        self._path = path
        self._course_id = course_id
        self._encoding = encoding
        self._roles = {**ROLES, **{plain(word): role for word, role in (roles or {}).items()}}
        self._username_from: UsernameFrom = username_from

    def read(self) -> Roster:
        """
        Read the whole file.

        Raises:
            CourseOpsError: the file cannot be read, has no usable header, or holds a bad row;
                `problems` lists every one.
        """
        try:
            return self._roster(_table(self._content(), self._encoding))
        except UnusableError as error:
            raise CourseOpsError(
                f"the roster {self._path} cannot be used; nothing was changed",
                problems=error.problems,
                hint=error.hint or "mend these rows in the file, or export it again",
            ) from error

    def _content(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise CourseOpsError(
                f"the roster {self._path} cannot be read: {error.strerror}",
                hint="export it again, or name another file with --csv FILE",
            ) from error
        if len(content) > _MOST_BYTES:
            raise UnusableError([f"the file is larger than {_MOST_BYTES:,} bytes"])
        return content

    def _roster(self, table: Table) -> Roster:
        people = People(
            table,
            course_id=self._course_id,
            roles=self._roles,
            username_from=self._username_from,
        )
        enrolments = people.enrolments()
        if people.problems:
            raise UnusableError(people.problems)
        read_as = ", ".join((*table.read_as, f"{len(enrolments)} people"))
        return Roster(
            course_id=self._course_id,
            source=f"{self._path.name} ({read_as})",
            enrolments=tuple(enrolments),
            warnings=tuple(people.warnings),
        )


def _table(content: bytes, encoding: str) -> Table:
    for beginning, what in _STRANGERS.items():
        if content.lstrip().startswith(beginning):
            raise UnusableError(
                [f"the file is {what}"],
                hint="export it as CSV, or save it as xlsx without password",
            )
    if not content.startswith(_ZIP):
        return read_text(content, encoding)
    with open_archive(content) as archive:
        names = archive.namelist()
    if MANIFEST in names:
        return read_oneroster(content, encoding)
    if any(name.startswith("xl/") for name in names):
        return read_workbook(content)
    raise UnusableError(
        [f"the archive is neither an xlsx workbook nor a OneRoster set with {MANIFEST}"],
        hint="zip the OneRoster files themselves, not their folder; save other sheets as xlsx",
    )

"""Read a school's own list of who is who: by the id of a source, the names everywhere else.

The list is a file with the columns id, username, gradebook_id and lms_id, of which only id must
be there. It may name more people than a course has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from courseops.adapters.rosters.formats import IDENTITIES
from courseops.adapters.rosters.opening import open_table
from courseops.adapters.rosters.tables import Table, UnusableError
from courseops.errors import CourseOpsError
from courseops.model.rosters.identity import Identity
from courseops.model.rosters.usernames import UsernameRule
from courseops.model.words import plain

_COLUMNS = ("id", "username", "gradebook_id", "lms_id")
_HINT = f"a list of identities has the columns {', '.join(_COLUMNS)}, and one row a person"


class IdentityFile:
    """A list of identities in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, rule: UsernameRule) -> tuple[Identity, ...]:
        """
        Read the whole list, with usernames as a hub of this rule makes them.

        Raises:
            CourseOpsError: the file cannot be read, has unknown columns, names somebody twice or
                two people alike, or has a username that can be none; `problems` lists all.
        """
        try:
            listing = _List(open_table(self._path, [IDENTITIES]), rule)
            if listing.problems:
                raise UnusableError(listing.problems)
        except OSError as error:
            raise CourseOpsError(
                f"the identities {self._path} cannot be read: {error.strerror}", hint=_HINT
            ) from error
        except UnusableError as error:
            raise CourseOpsError(
                f"the identities {self._path} cannot be used; nothing was changed",
                problems=error.problems,
                hint=_HINT,
            ) from error
        return listing.identities


class _List:
    """The rows of a list while they are checked."""

    def __init__(self, table: Table, rule: UsernameRule) -> None:
        self._rule = rule
        self._header = [plain(word) for word in table.header[1]]
        self._lines: dict[tuple[str, str], int] = {}
        self.problems = list(table.problems)
        self.problems.extend(
            f"line {table.header[0]}: {self._header.count(word)} columns are called {word}"
            if word in _COLUMNS
            else f"line {table.header[0]}: there can be no column {word!r} here"
            for word in dict.fromkeys(self._header)
            if word not in _COLUMNS or self._header.count(word) > 1
        )
        self.identities = tuple(
            identity for line, row in table.rows for identity in self._identity(line, row)
        )

    def _identity(self, line: int, row: list[str]) -> Iterator[Identity]:
        if len(row) != len(self._header):
            self.problems.append(
                f"line {line}: has {len(row)} columns, the header has {len(self._header)}"
            )
            return
        cells = {word: cell for word, cell in zip(self._header, row, strict=True) if cell}
        cells = {word: cells.get(word, "") for word in _COLUMNS}
        if cells["username"]:
            cells["username"] = self._rule.name_of(cells["username"])
            fault = self._rule.fault_of(cells["username"])
            if fault:
                self.problems.append(f"line {line}, column username: {cells['username']!r} {fault}")
        if not cells["id"]:
            self.problems.append(f"line {line}, column id: is empty")
            return
        identity = Identity(**cells)
        self._claim(line, identity)
        yield identity

    def _claim(self, line: int, identity: Identity) -> None:
        for column, value in asdict(identity).items():
            first = self._lines.setdefault((column, value.casefold()), line)
            if value and first != line:
                self.problems.append(
                    f"line {line}, column {column}: {value} stands on line {first} too"
                )

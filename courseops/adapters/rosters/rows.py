"""Turn the rows of a table into people, or into a list of everything that is wrong with them.

All or nothing: a roster that lost a row would drop somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from courseops.adapters.rosters.cells import fault_of_name, faults_in, person_in
from courseops.adapters.rosters.formats import Cells, Meaning
from courseops.adapters.rosters.people import Register
from courseops.adapters.rosters.tables import Table
from courseops.adapters.rosters.usernames import column_of_usernames, username_in
from courseops.model.roster import Enrolment, Person, Role, UsernameFrom
from courseops.model.rosters.identity import Naming
from courseops.model.words import plain

# Moodle's words for a person without a group.
_NO_SECTION = frozenset({"no groups", "aucun groupe"})
# Canvas joins the sections of one person as a sentence: "A and B", "A, B, and C".
_AND = re.compile(r",? and |, ")
_SHOWN_LINES = 10


class People:
    """
    The people of one table.

    Once `enrolments` was asked, `problems` says all that is wrong and `warnings` all that
    was left out; the enrolments count only where there are no problems.
    """

    def __init__(
        self,
        table: Table,
        *,
        configured_in: str,
        roles: Mapping[str, Role],
        username_from: UsernameFrom,
        naming: Naming,
    ) -> None:
        self._table = table
        self._columns = table.columns()
        self._username_from: UsernameFrom = username_from
        self._username_column = column_of_usernames(
            self._columns, table, username_from, configured_in=configured_in
        )
        self._configured_in = configured_in
        self._naming = naming
        self._roles = roles
        self._rows = [(line, row, self._cells(row)) for line, row in table.rows]
        self._sections = {cells.get(Meaning.SECTION, "") for _, _, cells in self._rows}
        self.problems = list(table.problems)
        self.warnings = list(table.warnings)
        self.hint = ""

    def enrolments(self) -> list[Enrolment]:
        """Give everyone once; a row that says again what another said is a warning."""
        register = Register()
        for line, cells in self._people():
            for enrolment in self._enrolment(line, cells):
                register.enter(self._at(line), enrolment)
        if register.problems:
            self.hint = self._hint_of_names()
        self.problems.extend(register.problems)
        self.warnings.extend(register.warnings)
        if not register.enrolments and not self.problems:
            self.problems.append("the file has a header and nobody below it")
        return list(register.enrolments)

    def _people(self) -> Iterator[tuple[int, Cells]]:
        """Give the rows that stand for somebody who is enrolled."""
        form, width = self._table.form, len(self._table.header[1])
        ended = []
        for line, row, cells in self._rows:
            if len(row) != width:
                self.problems.append(
                    f"{self._at(line)}: has {len(row)} columns, the header has {width}"
                )
            elif plain(cells.get(Meaning.STATUS, "")) in form.ended:
                ended.append(line)
            elif not form.is_pseudo_row(cells):
                yield line, cells
        if ended:
            lines = ", ".join(map(str, ended[:_SHOWN_LINES]))
            more = f" and {len(ended) - _SHOWN_LINES} more" if len(ended) > _SHOWN_LINES else ""
            self.warnings.append(f"no longer enrolled and left out: lines {lines}{more}")

    def _cells(self, row: Sequence[str]) -> Cells:
        return {
            meaning: row[number].removeprefix(self._table.form.mark)
            for meaning, number in self._columns.items()
            if number < len(row)
        }

    def _enrolment(self, line: int, cells: Cells) -> Iterator[Enrolment]:
        own = username_in(cells, self._username_from, self._username_column).lower()
        person = person_in(cells, own)
        named = self._naming.named(person)
        role = self._roles.get(plain(cells.get(Meaning.ROLE, "")))
        faults = dict(faults_in(cells))
        if not self._naming.is_listed(person) and self._username_column not in faults:
            faults |= self._faults_of_name(cells, named)
        if role is None:
            known = ", ".join(word for word in self._roles if word)
            faults[Meaning.ROLE] = f"unknown role {cells[Meaning.ROLE]!r}; known are: {known}"
        header = self._table.header[1]
        self.problems.extend(
            f"{self._at(line)}, column {header[self._columns[meaning]]}: {fault}"
            for meaning, fault in faults.items()
        )
        if not faults and role is not None:
            yield Enrolment(person=named, role=role, section=self._section(cells))

    def _faults_of_name(self, cells: Cells, named: Person) -> Mapping[Meaning, str]:
        column = self._username_column
        fault = fault_of_name(cells[column], column) or self._naming.fault_of(named)
        if not fault:
            return {}
        self.hint = self._hint_of_names()
        return {column: fault}

    def _hint_of_names(self) -> str:
        if self._username_from == "identities":
            return "add them to the list of identities, or mend these rows in the file"
        return (
            "mend these rows in the file, or say who is who in a list: in "
            f'{self._configured_in}: identities = "identities.csv"'
        )

    def _section(self, cells: Cells) -> str:
        section = cells.get(Meaning.SECTION, "")
        parts = _AND.split(section)
        # A section may have "and" in its own name, so each part must stand alone elsewhere.
        if self._table.form.joins_sections and self._sections.issuperset(parts):
            return ", ".join(parts)
        return "" if plain(section) in _NO_SECTION else section

    def _at(self, line: int) -> str:
        return f"{self._table.place}line {line}"

"""Read a roster from a delimited text file, as registrars and LMSs export them.

The whole roster or none: every bad row is reported at once, with its line and column, and
nothing is read by halves. Columns are found by their headers, in English or French; columns
that we do not need (birth date, national number, password) are never kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from courseops.adapters.rosters.people import Register, fault_of_username
from courseops.adapters.rosters.text import decode, rows_of
from courseops.errors import CourseOpsError
from courseops.model.roster import Enrolment, Person, Role, Roster

_HEADERS = {
    "username": ("username", "login", "identifiant", "nom d'utilisateur", "sis login id"),
    "id": (
        "id number",
        "idnumber",
        "student id",
        "sis user id",
        "numero d'identification",
        "numero etudiant",
        "code_nip",
        "orgdefinedid",
    ),
    "given_name": ("first name", "firstname", "given name", "prenom"),
    "family_name": ("last name", "lastname", "surname", "nom", "nom de famille"),
    "email": ("email address", "email", "e-mail", "adresse de courriel", "courriel", "mail"),
    "role": ("role", "roles", "profil"),
    "section": ("section", "group", "groups", "groupe", "groupes", "groupe de td"),
}
_ROLES = {
    "": Role.LEARNER,
    "learner": Role.LEARNER,
    "student": Role.LEARNER,
    "etudiant": Role.LEARNER,
    "etudiante": Role.LEARNER,
    "apprenant": Role.LEARNER,
    "assistant": Role.ASSISTANT,
    "assistante": Role.ASSISTANT,
    "teaching assistant": Role.ASSISTANT,
    "charge de td": Role.ASSISTANT,
    "chargee de td": Role.ASSISTANT,
    "instructor": Role.INSTRUCTOR,
    "teacher": Role.INSTRUCTOR,
    "enseignant": Role.INSTRUCTOR,
    "enseignante": Role.INSTRUCTOR,
}
# What Excel makes of a long student number.
_SPOILED_NUMBER = re.compile(r"\d([.,]\d+)?[eE]\+\d+")


class CsvRoster:
    """The roster of one course in one file."""

    def __init__(
        self,
        path: Path,
        *,
        course_id: str,
        encoding: str = "",
        roles: Mapping[str, Role] | None = None,
    ) -> None:
        self._path = path
        self._course_id = course_id
        self._encoding = encoding
        self._roles = {**_ROLES, **{plain(word): role for word, role in (roles or {}).items()}}

    def read(self) -> Roster:
        """
        Read the whole file.

        Raises:
            CourseOpsError: the file cannot be read, has no usable header, or holds a bad row;
                `problems` lists every one.
        """
        text, encoding = self._text()
        rows, delimiter = rows_of(text)
        if not rows:
            raise self._refused(["line 1: the file is empty"])
        columns = self._columns(rows[0][1])
        table = _Table(columns, rows, self._roles)
        enrolments, warnings = table.enrolments()
        if table.problems:
            raise self._refused(table.problems)
        named = "tab" if delimiter == "\t" else repr(delimiter)
        return Roster(
            course_id=self._course_id,
            source=f"{self._path.name} ({encoding}, {named}, {len(enrolments)} people)",
            enrolments=enrolments,
            warnings=tuple(warnings),
        )

    def _text(self) -> tuple[str, str]:
        try:
            return decode(self._path.read_bytes(), self._encoding)
        except OSError as error:
            raise CourseOpsError(
                f"the roster {self._path} cannot be read: {error.strerror}",
                hint="export it again, or name another file with --csv FILE",
            ) from error

    def _columns(self, header: list[str]) -> dict[str, int]:
        names = {word: field for field, words in _HEADERS.items() for word in words}
        columns: dict[str, int] = {}
        for number, word in enumerate(header):
            field = names.get(plain(word))
            if field is not None:
                columns.setdefault(field, number)
        if "username" not in columns:
            found = ", ".join(word for word in header if word)
            raise self._refused(
                [f"line 1: no column holds usernames; the columns are: {found}"],
                hint="add a column named username (or Identifiant) with each learner's hub name",
            )
        return columns

    def _refused(self, problems: list[str], hint: str = "") -> CourseOpsError:
        return CourseOpsError(
            f"the roster {self._path} cannot be used; nothing was changed",
            problems=problems,
            hint=hint or "mend these rows in the file, or export it again",
        )


class _Table:
    """The rows of one file while they are being understood; `problems` grows on the way."""

    def __init__(
        self,
        columns: Mapping[str, int],
        rows: list[tuple[int, list[str]]],
        roles: Mapping[str, Role],
    ) -> None:
        self._columns = columns
        self._header = rows[0][1]
        self._rows = rows[1:]
        self._roles = roles
        self.problems: list[str] = []

    def enrolments(self) -> tuple[tuple[Enrolment, ...], list[str]]:
        """Give everyone once, and a warning for each row that says again what another said."""
        register = Register()
        for line, row in self._rows:
            for enrolment in self._enrolment(line, row):
                register.enter(f"line {line}", enrolment)
        self.problems.extend(register.problems)
        if not register.enrolments and not self.problems:
            self.problems.append("the file has a header and nobody below it")
        return register.enrolments, register.warnings

    def _enrolment(self, line: int, row: list[str]) -> Iterator[Enrolment]:
        if len(row) != len(self._header):
            self.problems.append(
                f"line {line}: has {len(row)} columns, the header has {len(self._header)}"
            )
            return
        value = {field: row[number] for field, number in self._columns.items()}
        role = self._roles.get(plain(value.get("role", "")))
        bad = [*self._bad_name(value["username"]), *self._bad_number(value.get("id", ""))]
        if role is None:
            known = ", ".join(word for word in self._roles if word)
            bad.append(("role", f"unknown role {value['role']!r}; known are: {known}"))
        self.problems.extend(
            f"line {line}, column {self._header[self._columns[field]]}: {what}"
            for field, what in bad
        )
        if not bad and role is not None:
            username = value["username"].lower()
            yield Enrolment(
                person=Person(
                    id=value.get("id") or username,
                    username=username,
                    given_name=value.get("given_name", ""),
                    family_name=value.get("family_name", ""),
                    email=value.get("email", ""),
                ),
                role=role,
                section=value.get("section", ""),
            )

    def _bad_name(self, name: str) -> Iterator[tuple[str, str]]:
        if fault := fault_of_username(name):
            yield "username", fault

    def _bad_number(self, number: str) -> Iterator[tuple[str, str]]:
        if _SPOILED_NUMBER.fullmatch(number):
            yield "id", f"{number} was spoiled by a spreadsheet; export the column as text"


def plain(word: str) -> str:
    """Fold case, accents and kinds of apostrophe, so that headers of all packs compare equal."""
    folded = unicodedata.normalize("NFKD", word.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return "".join(c for c in folded if not unicodedata.combining(c)).casefold().strip()

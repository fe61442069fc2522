"""The closed table of exports that are recognised, each by its header.

A new export is one more entry here, and nothing else. Headers are those of Moodle 4.5, of
canvas-lms lib/gradebook_exporter.rb, of D2L's article 3538, of edx-platform's instructor reports
and of ScoDoc's description of Apogée's files; Blackboard's and Google Classroom's are known from
files only. Columns that no entry names (birth date, gender, password …) are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from courseops.model.words import plain


class Meaning(StrEnum):
    """What a column tells about a person."""

    USERNAME = "username"
    ID = "id"
    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    USUAL_NAME = "usual_name"
    EMAIL = "email"
    ROLE = "role"
    SECTION = "section"
    STATUS = "status"
    GRADEBOOK_ID = "gradebook_id"
    LMS_ID = "lms_id"


Cells = Mapping[Meaning, str]

_COLUMNS: Mapping[Meaning, tuple[str, ...]] = {
    Meaning.USERNAME: ("username", "login", "identifiant", "nom d'utilisateur", "sis login id"),
    Meaning.ID: (
        "id number",
        "idnumber",
        "student id",
        "student number",
        "sis user id",
        "numero d'identification",
        "numero etudiant",
        "code_nip",
        "orgdefinedid",
    ),
    Meaning.NAME: ("full name", "nom complet"),
    Meaning.GIVEN_NAME: ("first name", "firstname", "given name", "prenom"),
    Meaning.FAMILY_NAME: ("last name", "lastname", "surname", "nom de famille", "nom"),
    Meaning.EMAIL: (
        "email address",
        "email",
        "e-mail",
        "adresse de courriel",
        "courriel",
        "mail",
    ),
    Meaning.ROLE: ("role", "roles", "profil"),
    Meaning.SECTION: (
        "section",
        "sections",
        "group",
        "groups",
        "groupe",
        "groupes",
        "groupe de td",
    ),
    Meaning.GRADEBOOK_ID: ("gradebook_id",),
    Meaning.LMS_ID: ("lms_id",),
}


def _no_row(cells: Cells) -> bool:  # noqa: ARG001  — the shape of every rule for pseudo-rows
    return False


def _canvas_row(cells: Cells) -> bool:
    family, given = (plain(cells.get(m, "")) for m in (Meaning.FAMILY_NAME, Meaning.GIVEN_NAME))
    name = plain(cells.get(Meaning.NAME, "")) or ", ".join(filter(None, (family, given)))
    if name == "points possible":
        return True
    # The row of manually posted columns has no name; Canvas's own test student has no login.
    return not cells.get(Meaning.USERNAME) and name in ("", "student, test")


def _blackboard_row(cells: Cells) -> bool:
    return cells.get(Meaning.USERNAME, "").lower().endswith("_previewuser")


def _classroom_row(cells: Cells) -> bool:
    word = plain(cells.get(Meaning.FAMILY_NAME, ""))
    return word in ("date", "points") and not cells.get(Meaning.EMAIL)


@dataclass(frozen=True, kw_only=True)
class Format:
    """
    One kind of export.

    `needs` are patterns: each must be the whole of some word of the header. `starts` are the
    header's first words, in order. `columns` says what differs from the words that all exports
    share. Rows above the header are looked through as far as `preamble_rows`.
    """

    name: str
    needs: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    columns: Mapping[Meaning, tuple[str, ...]] = field(default_factory=dict)
    is_pseudo_row: Callable[[Cells], bool] = _no_row
    ended: tuple[str, ...] = ()
    mark: str = ""
    joins_sections: bool = False
    preamble_rows: int = 10

    def fits(self, words: list[str]) -> bool:
        """Say whether a row is the header of such an export; its words are plain."""
        if tuple(words[: len(self.starts)]) != self.starts:
            return False
        header = "\n".join(words)
        return all(need.search(header) for need in self._patterns)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(f"^(?:{need})$", re.MULTILINE) for need in self.needs)

    def words(self) -> Mapping[Meaning, tuple[str, ...]]:
        """Give the words that name each column, the best first."""
        return {**_COLUMNS, **self.columns}


_GIVEN, _FAMILY = "first name|prenom", "last name|nom|nom de famille"
_GRADES = (
    r".*\((real|percentage|letter|feedback|brut|reel|pourcentage|lettre)\)"
    "|last downloaded from this course|dernier telechargement depuis ce cours"
)
_NEEDED_BY_ANY = "|".join(
    re.escape(word)
    for meaning in (Meaning.USERNAME, Meaning.EMAIL, Meaning.ID)
    for word in _COLUMNS[meaning]
)

# What a list of identities is read as; it is named in the configuration, not recognised.
IDENTITIES = Format(
    name="identities",
    needs=("id",),
    columns={Meaning.ID: ("id",), Meaning.USERNAME: ("username",)},
)
# What an archive is read as; it is recognised by its manifest, not by a header.
ONEROSTER = Format(
    name="OneRoster",
    columns={
        Meaning.ID: ("sourcedid",),
        Meaning.GIVEN_NAME: ("givenname",),
        Meaning.FAMILY_NAME: ("familyname",),
    },
)

# The first that fits is taken, so the particular stand above the general.
FORMATS = (
    Format(
        name="Apogée",
        needs=("apol_a01_code", "apol_a02_nom", "apol_a03_prenom"),
        columns={
            Meaning.ID: ("apol_a01_code",),
            Meaning.FAMILY_NAME: ("apol_a02_nom",),
            Meaning.GIVEN_NAME: ("apol_a03_prenom",),
        },
        preamble_rows=5000,  # one row a column of results, and then the students
    ),
    Format(
        name="Canvas gradebook",
        needs=("student|lastname", "id", "sis login id|sis user id", "section"),
        columns={
            Meaning.USERNAME: ("sis login id",),
            Meaning.ID: ("sis user id", "id"),
            Meaning.NAME: ("student",),
        },
        is_pseudo_row=_canvas_row,
        joins_sections=True,
    ),
    Format(name="Brightspace", needs=("orgdefinedid|end-of-line indicator",), mark="#"),
    Format(
        name="Blackboard",
        needs=("last name", "first name", "username", "student id", "availability|last access"),
        columns={Meaning.STATUS: ("availability",)},
        is_pseudo_row=_blackboard_row,
        ended=("no",),
    ),
    Format(
        name="Open edX profile",
        needs=("id", "username", "email", "enrollment_mode|year_of_birth"),
        columns={Meaning.ID: ("id",), Meaning.NAME: ("name",), Meaning.SECTION: ("cohort",)},
    ),
    Format(
        name="Open edX grade report",
        needs=("student id", "username", "grade", "enrollment track|enrollment status"),
        columns={Meaning.SECTION: ("cohort name",), Meaning.STATUS: ("enrollment status",)},
        ended=("unenrolled",),
    ),
    Format(
        name="Moodle grading worksheet",
        needs=("identifier|identifiant", "full name|nom complet", "maximum grade|note maximale"),
        # Its Identifier is a random number for each assignment ("Participant 27").
        columns={Meaning.USERNAME: ("username", "nom d'utilisateur")},
    ),
    Format(name="Moodle gradebook", needs=(_GIVEN, _FAMILY, _GRADES)),
    Format(
        name="Moodle participants",
        needs=(_GIVEN, _FAMILY, "email address|adresse de courriel", "groups|groupes"),
    ),
    Format(
        name="ScoDoc",
        needs=("code_nip|etudid", "nom", "prenom"),
        columns={Meaning.ID: ("code_nip", "etudid"), Meaning.USUAL_NAME: ("nom_usuel",)},
    ),
    Format(
        name="Google Classroom",
        starts=("last name", "first name", "email address"),
        is_pseudo_row=_classroom_row,
    ),
    Format(
        name="",
        needs=(_NEEDED_BY_ANY,),
        # In an export of a learning platform, a bare "id" is often the row's and nobody's.
        columns={Meaning.ID: (*_COLUMNS[Meaning.ID], "id")},
    ),
)

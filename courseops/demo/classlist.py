"""The demonstration's people, and the file in which a French registrar would export them."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

from courseops.model.roster import Enrolment, Person, Role

_GIVEN = (
    "Zoé", "Noël", "Agnès", "Léo", "Inès", "Hélène", "Chloé", "Rémi", "Anaïs", "Gaël",
    "Maëlys", "Théo", "Éloïse", "Loïc", "Jérôme", "Salomé", "Clément", "Aimée", "Benoît", "Océane",
)  # fmt: skip
_FAMILY = (
    "Lefèvre", "Martin", "Bénard", "Nguyen", "Dupré", "Moreau", "Fañez", "Garcia", "Lemaître",
    "Çelik", "Benoist", "Traoré", "Peltier", "Gauthier", "Lambert", "Rousseau", "Müller",
    "Chevalier", "Robin", "D’Œuvre",
)  # fmt: skip
_STAFF = (
    ("Ada", "Okafor", Role.ASSISTANT),
    ("Basile", "Renault", Role.ASSISTANT),
    ("Marguerite", "Péray", Role.INSTRUCTOR),
)
_HEADER = (
    "Numéro étudiant", "Nom", "Prénom", "Adresse de courriel", "Identifiant", "Groupe", "Profil",
)  # fmt: skip
_PROFILES = {
    Role.LEARNER: "Étudiant",
    Role.ASSISTANT: "Chargé de TD",
    Role.INSTRUCTOR: "Enseignant",
}


def a_class(learners: int, first_number: int = 22001001) -> tuple[Enrolment, ...]:
    """Make up `learners` learners in two groups, two assistants and a teacher."""
    made = []
    for n in range(learners):
        given = _GIVEN[n % len(_GIVEN)]
        family = _FAMILY[(n + n // len(_GIVEN)) % len(_FAMILY)]
        made.append(_enrolment(first_number + n, given, family, Role.LEARNER, f"TD {n % 2 + 1}"))
    for n, (given, family, role) in enumerate(_STAFF):
        made.append(_enrolment(90000001 + n, given, family, role, ""))
    return tuple(made)


def write_registrars_export(path: Path, enrolments: tuple[Enrolment, ...]) -> None:
    """Write a class list as French registrars do: semicolons, accents, cp1252."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(_HEADER)
    for enrolment in enrolments:
        person = enrolment.person
        rows.writerow(
            (
                person.id,
                person.family_name,
                person.given_name,
                person.email,
                person.username,
                enrolment.section,
                _PROFILES[enrolment.role],
            )
        )
    path.write_bytes(text.getvalue().encode("cp1252"))


def _enrolment(number: int, given: str, family: str, role: Role, section: str) -> Enrolment:
    username = f"{_plain(given)[0]}{_plain(family)}"[:12]
    if role is Role.LEARNER and (number - 1) % 1000 >= len(_GIVEN):
        username += str((number - 1) % 1000)
    person = Person(
        id=str(number),
        username=username,
        given_name=given,
        family_name=family,
        email=f"{_plain(given)}.{_plain(family)}@ecole-du-lac.example",
    )
    return Enrolment(person=person, role=role, section=section)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name.replace("Œ", "Oe").replace("œ", "oe"))
    return "".join(c for c in folded if c.isascii() and c.isalnum()).lower()

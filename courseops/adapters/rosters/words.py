"""The words of registrars and LMSs: which of them name a role, and what to strip from a cell."""

from __future__ import annotations

import unicodedata

from courseops.model.roster import Role

ROLES = {
    "": Role.LEARNER,
    "learner": Role.LEARNER,
    "student": Role.LEARNER,
    "etudiant": Role.LEARNER,
    "etudiante": Role.LEARNER,
    "apprenant": Role.LEARNER,
    "assistant": Role.ASSISTANT,
    "ta": Role.ASSISTANT,
    "assistante": Role.ASSISTANT,
    "teaching assistant": Role.ASSISTANT,
    "non-editing teacher": Role.ASSISTANT,
    "enseignant non editeur": Role.ASSISTANT,
    "aide": Role.ASSISTANT,
    "charge de td": Role.ASSISTANT,
    "chargee de td": Role.ASSISTANT,
    "instructor": Role.INSTRUCTOR,
    "teacher": Role.INSTRUCTOR,
    "enseignant": Role.INSTRUCTOR,
    "enseignante": Role.INSTRUCTOR,
}
# Invisible characters that spreadsheets and web pages leave in cells; NFKC keeps them.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def clean(cell: str) -> str:
    """Compose accents, drop invisible characters, and make every white space one blank."""
    if cell.isascii() and cell.isprintable():
        return " ".join(cell.split())
    composed = unicodedata.normalize("NFC", cell).translate(_INVISIBLE)
    if not composed.isprintable():
        # A terminal would obey control characters, and read text backwards where it is told to.
        composed = "".join(
            c for c in composed if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf"}
        )
    return " ".join(composed.split())

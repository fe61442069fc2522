"""What a grade file is to say, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Literal

from courseops.model.language import Language
from courseops.model.roster import Person
from courseops.model.run import Outcome

DecimalSign = Literal[".", ","]

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class SheetError(ValueError):
    """No such file can be made; the text says why, `hint` what would help."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Identity(StrEnum):
    """By what the importer is to know a learner."""

    USERNAME = "username"
    EMAIL = "email"
    ID = "id"
    LMS_ID = "lms-id"

    def of(self, person: Person) -> str:
        """Give what `person` is known by; nothing where our record does not say."""
        return {
            Identity.USERNAME: person.username,
            Identity.EMAIL: person.email,
            Identity.ID: person.id,
            Identity.LMS_ID: person.lms_id,
        }[self]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One learner's points, as they are to be sent."""

    person: Person
    points: float


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    One assignment's grades, to be written for a platform.

    `item` is what the platform calls the assignment. `template` holds the bytes of a file that
    the platform exported, if there is one; without it learners are named by `identity`. `known`
    are people of the course whose points are not sent.
    """

    item: str
    entries: tuple[Entry, ...]
    known: tuple[Person, ...] = ()
    max_score: float = 0.0
    decimal: DecimalSign = "."
    language: Language = "en"
    identity: Identity | None = None
    template: bytes | None = None

    @property
    def delimiter(self) -> str:
        """Give what parts the cells of a file that is written from nothing."""
        return delimiter_beside(self.decimal)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """
    A finished file, and what it must say when it is read back.

    `meant` gives the points by the cell of `key_column`; `kept` what stood in the grade column
    of rows that were not ours to fill. `sent` and `left_out` name learners, by username, or by
    what the platform calls those whom we do not know.
    """

    content: bytes
    key_column: str
    grade_column: str
    meant: Mapping[str, Decimal]
    kept: Mapping[str, str] = field(default_factory=dict)
    sent: tuple[Outcome, ...] = ()
    left_out: tuple[Outcome, ...] = ()
    warnings: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8-sig"


def rounded(points: float, places: int) -> Decimal:
    """Round points as a person would, a half up, to what an importer keeps."""
    return Decimal(repr(float(points))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def spell(points: Decimal, decimal: DecimalSign = ".") -> str:
    """Spell a number without idle zeros, with the decimal sign of the reader's language."""
    text = f"{points:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", decimal)


def delimiter_beside(decimal: DecimalSign) -> str:
    """Give what parts cells: a semicolon beside decimal commas, as spreadsheets there expect."""
    return ";" if decimal == "," else ","


def starts_a_formula(text: str) -> bool:
    """Say whether a spreadsheet would take `text` for a formula."""
    return text.startswith(_STARTS_A_FORMULA)


def name_all(order: Order, identity: Identity) -> tuple[list[tuple[str, Entry]], list[Outcome]]:
    """
    Give the entries by what the importer knows each learner by, and who cannot be named so.

    An importer's key cannot be made harmless for spreadsheets without making it another key,
    so whoever's begins like a formula is left out.
    """
    named: list[tuple[str, Entry]] = []
    left_out: list[Outcome] = []
    times: dict[str, int] = {}
    for entry in order.entries:
        key = identity.of(entry.person)
        times[key] = times.get(key, 0) + 1
    for entry in order.entries:
        key, who = identity.of(entry.person), entry.person.username
        reason = _unfit(key, times[key], identity)
        if reason:
            mend = "name the learners by something else: --identify-by"
            left_out.append(Outcome.skipped(who, reason, kind="not-identified", mend=mend))
        else:
            named.append((key, entry))
    return named, left_out


def _unfit(key: str, times: int, identity: Identity) -> str:
    if not key:
        return f"our record has no {identity} of theirs"
    if times > 1:
        return f"{times} learners have the {identity} {key}"
    if starts_a_formula(key) or any(c in key for c in "\r\n\0"):
        return f"the {identity} {key!r} would be a formula in a spreadsheet"
    return ""


def sent(entries: Sequence[Entry], places: int) -> tuple[Outcome, ...]:
    """Say of whom points are in the file, and how many."""
    return tuple(
        Outcome.done(it.person.username, spell(rounded(it.points, places)), kind="sent")
        for it in entries
    )

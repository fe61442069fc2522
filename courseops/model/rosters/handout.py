"""What is handed out on paper: a strip a learner, with what opens the hub to them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import groupby

from courseops.model.roster import Enrolment, Person
from courseops.model.words import plain

# Letters that Unicode does not take apart, as class lists do.
_APART = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_DIGITS = re.compile(r"([0-9]+)")


class Change(StrEnum):
    """Where people give themselves a password of their own."""

    PAGE = "page"
    TERMINAL = "terminal"
    NOWHERE = "nowhere"


@dataclass(frozen=True, kw_only=True)
class Door:
    """How people get into a hub; `change_address` is the page for `Change.PAGE`."""

    address: str
    change: Change
    change_address: str = ""


@dataclass(frozen=True, kw_only=True)
class Strip:
    """What one person is handed."""

    username: str
    password: str = field(repr=False)
    given_name: str = ""
    family_name: str = ""
    section: str = ""


@dataclass(frozen=True, kw_only=True)
class SectionStrips:
    """The strips of one section, in the order of a class list; `section` may be empty."""

    section: str
    strips: tuple[Strip, ...]


@dataclass(frozen=True, kw_only=True)
class Handout:
    """One page to print and to cut: everybody who gets in with a password from it."""

    title: str
    door: Door
    made_on: date
    sections: tuple[SectionStrips, ...]

    @property
    def strips(self) -> int:
        """Count the strips."""
        return sum(len(section.strips) for section in self.sections)


def strip_of(enrolment: Enrolment, password: str) -> Strip:
    """Make somebody's strip."""
    person = enrolment.person
    return Strip(
        username=person.username,
        password=password,
        given_name=person.given_name,
        family_name=person.family_name,
        section=enrolment.section,
    )


def by_section(strips: Iterable[Strip]) -> tuple[SectionStrips, ...]:
    """Put strips in the order of a class list; those who have no section come last."""
    ordered = sorted(strips, key=_place)
    return tuple(
        SectionStrips(section=section, strips=tuple(these))
        for section, these in groupby(ordered, key=lambda strip: strip.section)
    )


def refusal_to_reset(
    username: str,
    learners: Iterable[Person],
    admins: Iterable[str],
    protected: Iterable[str],
    staff: Iterable[str] = (),
) -> str:
    """
    Say why courseops does not give this account a new password; empty if it may.

    `staff` are those who teach in any course of the hub: one account opens all of them.
    """
    if username in set(admins):
        return f"{username} is an admin of the hub"
    if username.lower() in {name.lower() for name in protected}:
        return f"{username} is a protected account"
    if username in set(staff):
        return f"{username} teaches in a course of the hub"
    if username not in {person.username for person in learners}:
        return f"{username} is no learner of the course"
    return ""


def _place(strip: Strip) -> tuple[object, ...]:
    names = (strip.section, strip.family_name, strip.given_name, strip.username)
    # The section itself parts what only looks the same.
    return not strip.section, _as_listed(strip.section), strip.section, *map(_as_listed, names)


def _as_listed(text: str) -> tuple[tuple[str, int], ...]:
    """Give what to sort a name by: accents and capitals aside, and 2 before 10."""
    parts = _DIGITS.split(plain(text.casefold().translate(_APART)))
    return tuple(("", int(part)) if part.isdigit() else (part, 0) for part in parts if part)

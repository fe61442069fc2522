"""People, the roles they hold, and who is enrolled in what.

People are keyed by an immutable id of their source; the username is an attribute.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from courseops.model.words import plain

# What of a person becomes their username on the hub; "email-name" is the part before the @, and
# "identities" a file that alone says who is called what.
UsernameFrom = Literal["username", "email", "email-name", "id", "identities"]


class Role(StrEnum):
    """What someone is in a course."""

    LEARNER = "learner"
    ASSISTANT = "assistant"
    INSTRUCTOR = "instructor"


# Who is found in two roles has the one that may do more.
BY_RIGHTS = (Role.INSTRUCTOR, Role.ASSISTANT, Role.LEARNER)


@dataclass(frozen=True, kw_only=True)
class Person:
    """
    Someone as their source describes them; `id` never changes, the rest may.

    `gradebook_id` is what nbgrader calls them where that is not their username, `lms_id` what
    the learning platform does.
    """

    id: str
    username: str
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    gradebook_id: str = ""
    lms_id: str = ""

    @property
    def student_id(self) -> str:
        """Give the name that the gradebook knows them by."""
        return self.gradebook_id or self.username


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """
    One person in one course, in one role; `sources` names who lists them.

    Someone in several sections has them in one text, as "A, B".
    """

    person: Person
    role: Role = Role.LEARNER
    section: str = ""
    sources: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True)
class Membership:
    """One period in which an account belonged to a course; `ended_at` is None while it lasts."""

    username: str
    role: Role
    started_at: datetime
    ended_at: datetime | None = None

    def overlaps(self, since: datetime, until: datetime) -> bool:
        """Say whether the period and the time from `since` to `until` have a moment in common."""
        return self.started_at <= until and (self.ended_at is None or self.ended_at >= since)


@dataclass(frozen=True, kw_only=True)
class SourceSize:
    """How many people one source listed."""

    source: str
    people: int


@dataclass(frozen=True, kw_only=True)
class Roster:
    """
    Everybody who should be in a course, complete: a source gives all of it or raises.

    `source` says where it comes from and how it was read ("class.csv, cp1252, ';'"); `sizes`
    how many people each source lists, to be compared with its last good run.
    """

    course_id: str
    source: str
    enrolments: tuple[Enrolment, ...]
    warnings: tuple[str, ...] = ()
    sizes: tuple[SourceSize, ...] = ()


def learners_group(course_id: str) -> str:
    """Name the hub group of a course's learners, as nbgrader expects it."""
    return f"nbgrader-{course_id}"


def graders_group(course_id: str) -> str:
    """Name the hub group of those who grade in a course, as nbgrader's formgrader expects it."""
    return f"formgrade-{course_id}"


def group_of(role: Role, course_id: str) -> str:
    """Name the hub group that a role belongs to."""
    return learners_group(course_id) if role is Role.LEARNER else graders_group(course_id)


def section_prefix(course_id: str) -> str:
    """
    Give what the names of a course's section groups begin with.

    It is neither of nbgrader's two prefixes, which would make a section a course, and two
    hyphens never stand in a section's own part: no group can belong to two courses.
    """
    return f"section-{course_id}--"


def section_groups_of(section: str, course_id: str) -> tuple[str, ...]:
    """Name the hub groups of the sections that somebody is in ("A, B" is two)."""
    sections = (part.strip() for part in section.split(","))
    return tuple(section_prefix(course_id) + _slug(part) for part in sections if part)


def _slug(section: str) -> str:
    words = re.sub(r"[\W_]+", "-", plain(section)).strip("-")
    if words == plain(section).replace(" ", "-"):
        return words
    # "A+" and "A-" are two sections.
    return f"{words}-{hashlib.sha256(section.encode()).hexdigest()[:6]}".strip("-")

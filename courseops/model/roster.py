"""People, the roles they hold, and who is enrolled in what.

People are keyed by an immutable id of their source; the username is an attribute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

# What of a person becomes their username on the hub; "email-name" is the part before the @.
UsernameFrom = Literal["username", "email", "email-name", "id"]


class Role(StrEnum):
    """What someone is in a course."""

    LEARNER = "learner"
    ASSISTANT = "assistant"
    INSTRUCTOR = "instructor"


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone as their source describes them; `id` never changes, the rest may."""

    id: str
    username: str
    given_name: str = ""
    family_name: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """One person in one course, in one role."""

    person: Person
    role: Role = Role.LEARNER
    section: str = ""


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
class Roster:
    """
    Everybody who should be in a course, complete: a source gives all of it or raises.

    `source` says where it comes from and how it was read ("class.csv, cp1252, ';'").
    """

    course_id: str
    source: str
    enrolments: tuple[Enrolment, ...]
    warnings: tuple[str, ...] = ()


def learners_group(course_id: str) -> str:
    """Name the hub group of a course's learners, as nbgrader expects it."""
    return f"nbgrader-{course_id}"


def graders_group(course_id: str) -> str:
    """Name the hub group of those who grade in a course, as nbgrader's formgrader expects it."""
    return f"formgrade-{course_id}"


def group_of(role: Role, course_id: str) -> str:
    """Name the hub group that a role belongs to."""
    return learners_group(course_id) if role is Role.LEARNER else graders_group(course_id)

"""Assignments, and what of each was handed out to the learners."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Each part of such a name is a folder's name in the course and in the exchange, where a plus
# separates the parts of a submission's folder.
_NAME = re.compile(r"[^\W_][\w .-]{0,99}")


def is_name(name: str) -> bool:
    """Say whether an assignment can be called `name`: one plain folder name, no plus."""
    return _NAME.fullmatch(name) is not None and name == name.strip()


class State(StrEnum):
    """How far an assignment is, in nbgrader's words."""

    DRAFT = "draft"
    RELEASED = "released"


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One assignment of a course; `due_at` is None when there is no deadline."""

    name: str
    state: State
    due_at: datetime | None = None
    max_score: float = 0.0
    submitted: int = 0
    graded: int = 0
    needs_manual_grade: int = 0


class Released(StrEnum):
    """What a release came to."""

    NEW = "released"
    AGAIN = "released again"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, kw_only=True)
class ReleasedCell:
    """
    A cell that nbgrader follows, by its `grade_id`; `points` is None for an ungraded one.

    `type` is `code` or `markdown`; empty where nobody remembers.
    """

    id: str
    points: float | None = None
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class ReleasedNotebook:
    """A notebook as it was handed out: its name without `.ipynb`, and the cells that count."""

    name: str
    cells: tuple[ReleasedCell, ...]

"""What `doctor` and `status` find: one line each, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding should be read."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    One thing that was looked at: on what, what was seen, and what to do.

    `run` is the run that tells more of it, if one does.
    """

    subject: str
    level: Level
    what: str
    to_do: str = ""
    run: str = ""

    @classmethod
    def ok(cls, subject: str, what: str) -> Finding:
        """Say that `subject` is as it should be."""
        return cls(subject=subject, level=Level.OK, what=what)

    @classmethod
    def warning(cls, subject: str, what: str, to_do: str, *, run: str = "") -> Finding:
        """Say that `subject` works, but something about it should change."""
        return cls(subject=subject, level=Level.WARNING, what=what, to_do=to_do, run=run)

    @classmethod
    def problem(cls, subject: str, what: str, to_do: str, *, run: str = "") -> Finding:
        """Say that `subject` does not work, and what would mend it."""
        return cls(subject=subject, level=Level.PROBLEM, what=what, to_do=to_do, run=run)

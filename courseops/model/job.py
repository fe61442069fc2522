"""A job: which action is due when, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, kw_only=True)
class Job:
    """
    One job as its file defines it.

    Either `cron` (five fields, weekdays by name) or `every_minutes` says when it is due;
    `hubs` and `courses` are patterns with `*` and `?`.
    """

    name: str
    description: str
    action: str
    cron: str = ""
    every_minutes: int = 0
    hubs: tuple[str, ...] = ("*",)
    courses: tuple[str, ...] = ("*",)

    @property
    def schedule(self) -> str:
        """Say when the job is due, for a person."""
        if self.cron:
            return self.cron
        return "every minute" if self.every_minutes == 1 else f"every {self.every_minutes} minutes"


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Give the names that match any pattern, sorted."""
    patterns = tuple(patterns)
    return sorted(name for name in names if any(fnmatchcase(name, p) for p in patterns))

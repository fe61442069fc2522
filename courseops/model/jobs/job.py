"""A job: which action is due when, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

# What a job file may give an action besides where it applies.
Option = str | int | float | bool | tuple[str, ...]


class CatchUp(StrEnum):
    """What is done about moments that passed while nobody was there to act."""

    SKIP = "skip"
    NEWEST = "newest"
    EACH = "each"


class At(StrEnum):
    """The moments of an assignment's calendar."""

    RELEASE = "release"
    DUE = "due"


class Severity(StrEnum):
    """How much a notice matters: a problem needs a person, a warning may wait."""

    PROBLEM = "problem"
    WARNING = "warning"


@dataclass(frozen=True, kw_only=True)
class Job:
    """
    One job as its file defines it.

    Exactly one of `cron` (five fields, weekdays by name), `every_minutes` and `at` says when it
    is due: in `time_zone` (empty: the site's), or `after_minutes` after each such moment of each
    assignment's calendar. `hubs` and `courses` are patterns with `*` and `?`. A run that takes
    longer than `deadline_minutes` is stopped; jobs with the same `lock` wait for each other.
    `notify` says by which ways people are told of what matters how much; a severity that it does
    not name goes every way. One that is not `enabled` is never due, but can be run by hand.
    """

    name: str
    description: str
    action: str
    enabled: bool = True
    cron: str = ""
    every_minutes: int = 0
    at: At | None = None
    after_minutes: float = 0
    time_zone: str = ""
    hubs: tuple[str, ...] = ("*",)
    courses: tuple[str, ...] = ("*",)
    options: Mapping[str, Option] = field(default_factory=dict)
    deadline_minutes: float = 60
    lock: str = ""
    catch_up: CatchUp = CatchUp.NEWEST
    notify: Mapping[Severity, tuple[str, ...]] = field(default_factory=dict)

    @property
    def schedule(self) -> str:
        """Say when the job is due, for a person."""
        if self.at is not None:
            later = f"{self.after_minutes:g} minutes after " if self.after_minutes else "at "
            moment = "deadline" if self.at is At.DUE else "release"
            return f"{later}each {moment}"
        if self.cron:
            return self.cron
        return "every minute" if self.every_minutes == 1 else f"every {self.every_minutes} minutes"

    @property
    def scope(self) -> str:
        """Name the job as the scope of its runs."""
        return f"job/{self.name}"

    @property
    def turn(self) -> str:
        """Name what it has for itself while it runs; empty if it may run beside anything."""
        alone = self.scope if self.at is None else ""
        return f"jobs/{self.lock}" if self.lock else alone


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """Give the names that match any pattern, sorted."""
    patterns = tuple(patterns)
    return sorted(name for name in names if any(fnmatchcase(name, p) for p in patterns))

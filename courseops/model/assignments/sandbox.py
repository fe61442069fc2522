"""How well learners' code can be kept apart on a machine, and why not better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Which outer walls there are, the strongest first."""

    NAMESPACES = "namespaces"
    BUBBLEWRAP = "bubblewrap"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a level does not hold on this machine, and what would mend it."""

    level: Level
    reason: str
    to_do: str = ""

    @property
    def in_short(self) -> str:
        """Say it in one line: where the reason is what a program said, its last word."""
        _, _, said = self.reason.strip().rpartition("\n")
        return f"{self.level}: {said}"


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """
    The strongest level that held when it was tried, with what it lacks.

    `level` is `NONE` if no level held: then nothing may be graded, unless the course says in
    words that it trusts its learners' code. `faults` say why each stronger one did not hold.
    """

    level: Level
    faults: tuple[Fault, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Say whether learners' code may be run."""
        return self.level is not Level.NONE

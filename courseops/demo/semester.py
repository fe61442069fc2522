"""What the demonstration tells: step by step while it plays, and as a whole at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from courseops.ports.ambient import Progress


class Display(Progress, Protocol):
    """Where the demonstration says what it does."""

    def step(self, title: str) -> AbstractContextManager[Callable[[str], None]]:
        """Open one step; the value is called with each result worth a line."""
        ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the closing table, or of what is worth a look: what it is, and the value."""

    what: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Semester:
    """What happened, the files worth opening, and commands to look around with."""

    folder: str
    happened: tuple[Line, ...]
    worth_opening: tuple[Line, ...]
    look_around: tuple[Line, ...]

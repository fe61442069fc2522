"""What surrounds every action: time, progress, locks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        ...


class Progress(Protocol):
    """Where long work says how far it is."""

    def stage(
        self, what: str, total: int | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Open one stage of work; the value is called with the number of items just finished."""
        ...


class Locks(Protocol):
    """Locks between processes, let go by the operating system when their holder dies."""

    def hold(self, name: str) -> AbstractContextManager[None]:
        """
        Hold the lock `name` for the length of a `with` block.

        Raises:
            LockedError: another run holds it.
        """
        ...

"""Clock, locks and progress for tests: no waiting, no files, nothing printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from courseops.errors import LockedError


class FixedClock:
    """A clock that stands still until it is told to advance."""

    def __init__(self, at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._now = at

    def now(self) -> datetime:
        """Give the moment the clock stands at."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock on."""
        self._now += by


class MemoryLocks:
    """Locks within this process."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """
        Hold the lock `name`.

        Raises:
            LockedError: someone else holds it.
        """
        if name in self._held:
            raise LockedError(f"another courseops is at work on {name}")
        self._held.add(name)
        try:
            yield
        finally:
            self._held.discard(name)


@dataclass
class SilentProgress:
    """Progress that prints nothing, and keeps how far each stage came in `stages`."""

    stages: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def stage(self, what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002 -- the port's signature
        """Open one stage of work."""
        self.stages.setdefault(what, 0)

        def advance(count: int) -> None:
            self.stages[what] += count

        yield advance

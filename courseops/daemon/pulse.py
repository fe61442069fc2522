"""The daemon's own sign of life, once a minute, as long as it looks at the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from courseops.actions.jobs.pinging import ping
from courseops.model.jobs.ping import Ping
from courseops.ports.liveness import DeadMan

EVERY = timedelta(minutes=1)


class Pulse:
    """
    Signs of life to a dead-man service, each from a thread of its own.

    A service that does not answer holds up nothing, and is asked no second time meanwhile.
    """

    def __init__(self, dead_man: DeadMan | None, *, every: timedelta = EVERY) -> None:
        self._dead_man = dead_man
        self._every = every
        self._given_at: datetime | None = None
        self._giving: Thread | None = None

    def beat(self, now: datetime) -> None:
        """Give a sign if one is due."""
        if self._dead_man is None or not self._is_due(now):
            return
        self._given_at = now
        self._giving = Thread(
            target=ping, args=(self._dead_man, Ping.SUCCESS, "daemon"), name="pulse", daemon=True
        )
        self._giving.start()

    def close(self, timeout_seconds: float = 15.0) -> None:
        """Wait for a sign that is on its way."""
        if self._giving is not None:
            self._giving.join(timeout_seconds)

    def _is_due(self, now: datetime) -> bool:
        if self._giving is not None and self._giving.is_alive():
            return False
        # A clock that was put back must not silence us until it is where it was.
        return self._given_at is None or not timedelta() <= now - self._given_at < self._every

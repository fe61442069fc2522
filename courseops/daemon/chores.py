"""What the daemon does beside its beats: it may take long, and must not hold them up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

from courseops.daemon.troubles import Troubles
from courseops.model.moment import is_recent


class Chore:
    """
    Something to be done again and again, `every` so often, in a thread of its own.

    It is never done twice at once. What goes wrong is kept in `troubles`, and it is tried again.
    """

    def __init__(
        self, name: str, do: Callable[[], None], *, every: timedelta, troubles: Troubles
    ) -> None:
        self._name = name
        self._do = do
        self._every = every
        self._troubles = troubles
        self._began_at: datetime | None = None
        self._thread: Thread | None = None

    def beat(self, now: datetime) -> None:
        """Do it, if it is time."""
        if self._thread is not None and self._thread.is_alive():
            return
        if is_recent(self._began_at, now, self._every):
            return
        self._began_at = now
        self._thread = Thread(target=self._try, name=self._name, daemon=True)
        self._thread.start()

    def close(self, timeout_seconds: float = 15.0) -> None:
        """Wait for it, if it is being done."""
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _try(self) -> None:
        with self._troubles.about(self._name):
            self._do()

"""Who reads out of the repository right now: a few at a time, and nobody in everyone's way.

Each look starts restic, which takes half a second and a hundred megabytes.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from courseops.errors import LockedError, UnreachableError

_AT_ONCE, _OF_ONE = 3, 2
_PATIENCE_SECONDS = 20.0


class Turns:
    """Lets a few read at a time; the others wait a while."""

    def __init__(self, at_once: int = _AT_ONCE, patience_seconds: float = _PATIENCE_SECONDS):
        self._places = threading.BoundedSemaphore(at_once)
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._asking: Counter[str] = Counter()

    @contextmanager
    def turn(self, who: str) -> Iterator[None]:
        """
        Wait for one's turn, and have it for the block.

        Raises:
            LockedError: they are having other files read.
            UnreachableError: too many others are.
        """
        with self._lock:
            if self._asking[who] >= _OF_ONE:
                raise LockedError(
                    "other files are just being read for you", hint="wait until they are shown"
                )
            self._asking[who] += 1
        try:
            if not self._places.acquire(timeout=self._patience_seconds):
                raise UnreachableError(
                    "many others are just reading out of the backups", hint="try again in a minute"
                )
            try:
                yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._asking -= Counter([who])

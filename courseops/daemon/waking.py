"""What wakes the daemon: each second of the clock, and the signals it is sent.

It waits for the next second anew each time, by the clock on the wall: whether the machine slept or
the clock was set, the next beat comes within a second and sees what time it is. A scheduler that
computes when to wake sleeps for an hour when the clock is set back by one.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from enum import Enum
from queue import Empty, SimpleQueue
from types import FrameType, TracebackType
from typing import Self

# So that it is the next second already when we look.
_JUST_AFTER_SECONDS = 0.005


class Wish(Enum):
    """What a signal asks for."""

    END = "end"
    RELOAD = "reload"


_WISHES = {
    signal.SIGTERM: Wish.END,
    signal.SIGINT: Wish.END,
    signal.SIGHUP: Wish.RELOAD,
}

_Handler = Callable[[int, FrameType | None], object] | int | None


class Waking:
    """
    Each second, as None, and each wish, as soon as it comes; without end.

    Within its block a signal interrupts nothing: it waits until the beat is over.
    """

    def __init__(self) -> None:
        self._wishes: SimpleQueue[Wish] = SimpleQueue()
        self._before: dict[int, _Handler] = {}

    def __enter__(self) -> Self:
        """Heed signals."""
        for number in _WISHES:
            self._before[number] = signal.signal(number, self._heed)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Leave signals to whoever heeded them before."""
        for number, before in self._before.items():
            signal.signal(number, before)

    def __iter__(self) -> Iterator[Wish | None]:
        """Wait for the next second or wish, again and again."""
        while True:
            try:
                yield self._wishes.get(timeout=1 - time.time() % 1 + _JUST_AFTER_SECONDS)
            except Empty:
                yield None

    def _heed(self, number: int, _frame: FrameType | None) -> None:
        # Nothing else is safe here: this may run in the middle of anything.
        self._wishes.put(_WISHES[signal.Signals(number)])

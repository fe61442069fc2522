"""How many names go into one request, and who is to blame when a request is refused.

A hub is one event loop, and a bulk call never yields: everybody waits for the whole batch.
From about ten names a request on, larger batches are hardly faster, so the size follows a
time and not a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from courseops.model.run import Outcome

FIRST_SIZE = 10
LARGEST_SIZE = 100
# Whoever comes in the middle waits for the batch, and their own page: half a second together.
AIM_SECONDS = 0.2


class BatchSize:
    """How many names the next request may carry, learnt from how long the last ones took."""

    def __init__(
        self, *, first: int = FIRST_SIZE, most: int = LARGEST_SIZE, aim_seconds: float = AIM_SECONDS
    ) -> None:
        self._most = most
        self._aim_seconds = aim_seconds
        self.current = first

    def learn(self, count: int, seconds: float) -> None:
        """Bring the size towards the aim; it shrinks at once and at most doubles."""
        fitting = int(self._aim_seconds * count / seconds) if seconds > 0 else self._most
        self.current = max(1, min(fitting, 2 * self.current, self._most))

    def cut(self, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Cut `names` into batches, each of the size that is current when it is asked for."""
        start = 0
        while start < len(names):
            size = self.current
            yield names[start : start + size]
            start += size


def settle(
    batch: Sequence[str], send: Callable[[Sequence[str]], Mapping[str, Outcome]]
) -> dict[str, Outcome]:
    """
    Send `batch` until every name in it has an outcome.

    `send` gives the outcomes it is sure of and none for the rest, which is sent again: as it
    is if somebody was to blame, in halves if nobody could be named. A single name must be
    settled by `send`.
    """
    settled: dict[str, Outcome] = {}
    waiting = [batch]
    while waiting:
        part = waiting.pop()
        blamed = send(part)
        settled.update(blamed)
        rest = [name for name in part if name not in blamed]
        if rest and blamed:
            waiting.append(rest)
        elif rest:
            middle = len(rest) // 2
            waiting += [rest[middle:], rest[:middle]]
    return settled

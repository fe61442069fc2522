"""Grade on this machine: worker processes, each with kernels of its own, and one who waits.

A worker has one parcel in hand and two in store, so that it does not stand idle while we write
down what came back. Nothing of it outlives `run`: not when the caller stops listening, not on
an interrupt, and not when we are killed ourselves (the workers die with us).
"""

from __future__ import annotations

import os
import selectors
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from courseops.adapters.grading.workers.member import Member, Terms
from courseops.adapters.grading.workers.worker import GRADING
from courseops.errors import CourseOpsError
from courseops.ports.grading import Parcel, Reply

MARGIN_SECONDS = 60.0
DEFAULT_PARCEL_SECONDS = 600.0 + MARGIN_SECONDS
_RECYCLE_AFTER = 200
_IN_HAND_AND_IN_STORE = 3
TRIES = 2


class LocalPool:
    """
    An executor of processes on this machine.

    A parcel that is not answered within `parcel_seconds` counts as one that hangs. A worker
    is replaced after `recycle_after` parcels, so that what leaks in it does not add up.
    """

    def __init__(
        self,
        *,
        parcel_seconds: float = DEFAULT_PARCEL_SECONDS,
        recycle_after: int = _RECYCLE_AFTER,
        station: str = GRADING,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._terms = Terms(station=station, parcel_seconds=parcel_seconds, environment=environment)
        self._recycle_after = recycle_after

    def run(
        self, bundle: Callable[[], bytes], parcels: Iterable[Parcel], *, workers: int = 0
    ) -> Iterator[Reply]:
        """
        Give a reply for each parcel as soon as it is there; 0 workers means one a core.

        Raises:
            RefusedError: workers cannot work with this bundle here.
            CourseOpsError: they do not start.
        """
        count = workers or len(os.sched_getaffinity(0))
        crew = _Crew(self._terms, bundle, parcels, count=count, recycle_after=self._recycle_after)
        try:
            yield from crew.work()
        except BaseException:
            crew.kill()
            raise
        crew.end()


class _Crew:
    """The workers of one run, and the parcels that are not answered yet."""

    def __init__(
        self,
        terms: Terms,
        bundle: Callable[[], bytes],
        parcels: Iterable[Parcel],
        *,
        count: int,
        recycle_after: int,
    ) -> None:
        self._terms = terms
        self._put_together = bundle
        self._bundle = b""
        self._parcels = iter(parcels)
        self._count = count
        self._recycle_after = recycle_after
        self._again: deque[Parcel] = deque()
        self._lost: Counter[str] = Counter()
        self._false_starts = 0
        self._members: list[Member] = []
        self._selector = selectors.DefaultSelector()

    def work(self) -> Iterator[Reply]:
        """Hand out parcels and give the replies, until all are answered."""
        self._begin()
        self._hand_out()
        while any(member.parcels for member in self._members):
            yield from self._wait()
            self._hand_out()

    def _begin(self) -> None:
        """Let a first worker load what it works with while its bundle is put together."""
        first = Member(self._terms)
        self._enlist(first)
        self._bundle = self._put_together()
        first.open(self._bundle)

    def _hand_out(self) -> None:
        """First one parcel for each worker, then more in store."""
        for fill in range(1, _IN_HAND_AND_IN_STORE + 1):
            for member in list(self._members):
                if member.answered + len(member.parcels) < self._recycle_after:
                    self._fill(member, fill)
            while fill == 1 and len(self._members) < self._count:
                parcel = self._next()
                if parcel is None:
                    return
                self._hire().give(parcel)
        for member in self._members:
            self._watch(member)

    def _fill(self, member: Member, fill: int) -> None:
        while len(member.parcels) < fill:
            parcel = self._next()
            if parcel is None:
                return
            member.give(parcel)

    def _next(self) -> Parcel | None:
        return self._again.popleft() if self._again else next(self._parcels, None)

    def _hire(self) -> Member:
        member = Member(self._terms)
        member.open(self._bundle)
        self._enlist(member)
        return member

    def _enlist(self, member: Member) -> None:
        self._members.append(member)
        self._selector.register(member.replies, selectors.EVENT_READ, member)

    def _watch(self, member: Member) -> None:
        """Send what goes at once, and listen for when the rest does."""
        member.send()
        watched = member.requests in self._selector.get_map()
        if member.wants_to_send and not watched:
            self._selector.register(member.requests, selectors.EVENT_WRITE, member)
        elif watched and not member.wants_to_send:
            self._selector.unregister(member.requests)

    def _wait(self) -> Iterator[Reply]:
        for one in self._members:
            self._watch(one)
        soonest = min(one.seconds_left for one in self._members)
        ready = self._selector.select(None if soonest == float("inf") else max(0.0, soonest))
        for key, events in ready:
            member: Member = key.data
            if member not in self._members or not events & selectors.EVENT_READ:
                continue
            replies = member.receive()
            yield from self._lose(member, "crash") if replies is None else replies
            if member.answered >= self._recycle_after and not member.parcels:
                self._dismiss(member)
        for late in [it for it in self._members if it.seconds_left <= 0]:
            yield from self._lose(late, "timeout")

    def _lose(self, member: Member, failure: str) -> list[Reply]:
        """Bury a worker. The parcel in its hand is tried once more; those in store always are."""
        self._forget(member)
        try:
            words = member.bury()
        except CourseOpsError:
            # It may have been killed by whoever looks after the machine's memory.
            self._false_starts += 1
            if self._false_starts >= TRIES:
                raise
            self._again.extend(member.parcels)
            return []
        if not member.parcels:
            return []
        guilty, *innocent = member.parcels
        self._again.extend(innocent)
        self._lost[guilty.subject] += 1
        if self._lost[guilty.subject] < TRIES:
            self._again.appendleft(guilty)
            return []
        reason = why_lost(failure, self._terms, words)
        return [Reply(subject=guilty.subject, failure=failure, reason=reason)]

    def _dismiss(self, member: Member) -> None:
        self._forget(member)
        member.end()

    def _forget(self, member: Member) -> None:
        self._members.remove(member)
        for descriptor in (member.replies, member.requests):
            if descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)

    def end(self) -> None:
        """Let all workers end in order."""
        self._selector.close()
        for member in self._members:
            member.hang_up()
        for member in self._members:
            member.end()

    def kill(self) -> None:
        """Kill all workers and what they started."""
        self._selector.close()
        for member in self._members:
            member.kill()


def why_lost(failure: str, terms: Terms, words: str) -> str:
    """Say in words why a parcel was given up."""
    if failure == "timeout":
        return f"no answer within {terms.parcel_seconds:.0f} s, twice"
    return f"the worker died over it, twice ({words})"

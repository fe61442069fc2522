"""When each job is due, whatever its schedule; the answer rests on nothing but what is asked.

So it is the same after a restart, on another machine, and for a stretch of time that is asked
for in pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import takewhile
from zoneinfo import ZoneInfo

from courseops.adapters.times.cron import cron_moments
from courseops.model.jobs.calendar import Dates, slots_of
from courseops.model.jobs.job import Job
from courseops.model.jobs.slot import Slot

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _nothing() -> Mapping[str, str]:
    return {}


class Schedules:
    """
    The times of a site whose people live in `zone`.

    `dates` gives the calendar that a job follows, `troubles` what of it cannot be read.
    """

    def __init__(
        self,
        zone: str,
        dates: Callable[[Job], Iterable[Dates]],
        troubles: Callable[[], Mapping[str, str]] = _nothing,
    ) -> None:
        self._zone = zone
        self._dates = dates
        self._troubles = troubles

    def between(self, job: Job, after: datetime, until: datetime) -> Iterator[Slot]:
        """Give the slots of a job later than `after`, up to and with `until`, in their order."""
        return takewhile(lambda slot: slot.due_at <= until, self._coming(job, after))

    def next(self, job: Job, after: datetime) -> Slot | None:
        """Give the first slot later than `after`; None if there is none in sight."""
        return next(self._coming(job, after), None)

    def troubles(self) -> Mapping[str, str]:
        """Say what of the calendar cannot be read at present, by what it is about."""
        return self._troubles()

    def _coming(self, job: Job, after: datetime) -> Iterator[Slot]:
        if job.at is not None:
            slots = (slot for dates in self._dates(job) for slot in slots_of(job, dates))
            yield from sorted(slot for slot in slots if slot.due_at > after)
        else:
            for moment in self._moments(job, after):
                yield Slot(due_at=moment, job=job.name)

    def _moments(self, job: Job, after: datetime) -> Iterator[datetime]:
        if job.cron:
            return cron_moments(job.cron, _zone(job.time_zone or self._zone), after)
        return _every(timedelta(minutes=job.every_minutes), after)


def _every(interval: timedelta, after: datetime) -> Iterator[datetime]:
    """Give the multiples of an interval: they do not move when a daemon is started anew."""
    moment = _EPOCH + ((after - _EPOCH) // interval + 1) * interval
    while True:
        yield moment
        moment += interval


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

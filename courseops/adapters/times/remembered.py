"""The calendars of courses, read from time to time: a gradebook is no thing to ask every second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.jobs.calendar import Dates
from courseops.model.moment import is_recent
from courseops.ports.ambient import Clock

_REREAD_AFTER = timedelta(minutes=1)
# A course that only nbgrader itself can read takes seconds each time.
_AT_MOST_OF_THE_TIME = 0.01


@dataclass(frozen=True, kw_only=True)
class _Reading:
    read_at: datetime
    dates: Sequence[Dates]
    lasts: timedelta

    def is_fresh(self, now: datetime) -> bool:
        """Say whether it still counts."""
        return is_recent(self.read_at, now, self.lasts)


@dataclass(kw_only=True)
class RememberedCalendar:
    """
    What `read` says of each course, not older than a minute.

    One that is slow to read is read less often. A course that cannot be read goes on with what
    was known of it last, at the least with what `configured` says, and is tried again;
    `troubles` says why, by what it is about.
    """

    read: Callable[[str], Sequence[Dates]]
    configured: Callable[[str], Sequence[Dates]]
    clock: Clock
    elapsed: Callable[[], float] = time.monotonic
    troubles: dict[str, str] = field(default_factory=dict)
    _known: dict[str, _Reading] = field(default_factory=dict)

    def of(self, courses: Iterable[str]) -> Iterator[Dates]:
        """Give the calendar of several courses."""
        now = self.clock.now()
        for course_id in courses:
            known = self._known.get(course_id)
            if known is None or not known.is_fresh(now):
                began = self.elapsed()
                dates = self._read(course_id, known)
                took = timedelta(seconds=self.elapsed() - began)
                lasts = max(_REREAD_AFTER, took / _AT_MOST_OF_THE_TIME)
                known = self._known[course_id] = _Reading(read_at=now, dates=dates, lasts=lasts)
            yield from known.dates

    def _read(self, course_id: str, known: _Reading | None) -> Sequence[Dates]:
        subject = f"course/{course_id}"
        try:
            dates = self.read(course_id)
        except CourseOpsError as error:
            if self.troubles.get(subject) != str(error):
                log().warning("calendar not read", scope=subject, error=str(error))
            self.troubles[subject] = str(error)
            return self.configured(course_id) if known is None else known.dates
        if self.troubles.pop(subject, None) is not None:
            log().info("calendar read again", scope=subject)
        return dates

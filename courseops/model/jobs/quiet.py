"""When people are left in peace, and on which days they are reminded."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Where no quiet hours say when a day begins.
_MORNING = time(8)
# Who was told last evening is not reminded in the morning.
_FRESH = timedelta(hours=12)
_DAY = timedelta(days=1)
_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


def read_hours(text: str) -> tuple[time, time]:
    """
    Read hours of the day, such as 20:00-07:00.

    Raises:
        ValueError: they are none, or nothing lies between them.
    """
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError("must be two times of day: 20:00-07:00")
    begin, end = (time.fromisoformat(part) for part in found.groups())
    if begin == end:
        raise ValueError("must begin and end at different times")
    return begin, end


@dataclass(frozen=True, kw_only=True)
class Peace:
    """
    When people want to be left in peace, by the clocks of `zone`.

    `hours` begin at one time of day and end at another, perhaps of the next day; None for never.
    `reminder_days` are weekdays on which they are reminded, as the quiet hours end, of what is
    still wrong.
    """

    zone: tzinfo
    hours: tuple[time, time] | None = None
    reminder_days: frozenset[str] = frozenset()

    def is_quiet(self, now: datetime) -> bool:
        """Say whether nobody wants to be told anything at this moment."""
        if self.hours is None:
            return False
        begin, end = self.hours
        at = now.astimezone(self.zone).time()
        return begin <= at < end if begin < end else at >= begin or at < end

    def is_reminder_due(self, told_at: datetime, now: datetime, *, daily: bool) -> bool:
        """Say whether those who were told then are to be reminded; `daily`, on whatever day."""
        reminding = self._last_reminding(now, WEEKDAYS if daily else self.reminder_days)
        return reminding is not None and told_at < reminding - _FRESH

    def _last_reminding(self, now: datetime, days: Iterable[str]) -> datetime | None:
        """Give the latest moment, up to now, at which people were reminded; None if never."""
        morning = self.hours[1] if self.hours else _MORNING
        today = now.astimezone(self.zone).date()
        wanted = frozenset(days)
        for ago in range(len(WEEKDAYS) + 1):
            day = today - ago * _DAY
            moment = datetime.combine(day, morning, tzinfo=self.zone)
            if WEEKDAYS[day.weekday()] in wanted and moment <= now:
                return moment
        return None

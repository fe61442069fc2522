"""Read the moments that people write, and say whether one was a while ago."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

# No course was before, and none will be after; beyond, clocks cannot change zones.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def parse_moment(text: str, zone: tzinfo, *, of_a_day: time | None = None) -> datetime:
    """
    Read an ISO 8601 date and time; without an offset it is meant in `zone`.

    A date alone means the time `of_a_day` of it, where that is given.

    Raises:
        ValueError: it is none; or only a date, which could mean either end of the day.
    """
    example = "write it like 2026-03-02T15:00 or 2026-03-02T15:00+01:00"
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no date and time; {example}") from error
    if ":" not in text and "T" not in text:
        if of_a_day is None:
            raise ValueError(f"{text!r} does not say at what time of the day; {example}")
        moment = datetime.combine(moment.date(), of_a_day)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"{text!r} is no time of a course; {example}")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def spell_local(at: datetime, zone: tzinfo) -> str:
    """Spell a moment as a person in `zone` reads it, to the minute."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def is_recent(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """
    Say whether it is less than `span` since `at`; never is neither.

    A clock that was set back makes nothing recent: it would stay so until that time came again.
    """
    return at is not None and timedelta() <= now - at < span

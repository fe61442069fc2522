"""Read the moments of the past that people speak of: "yesterday 15:00", "hier 15h", "3d".

Only what can be read by rule is read here. Days alone mean their end: who asks for a file
"of yesterday" wants the last of that day.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

END_OF_DAY = time(23, 59, 59)

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(
    r"(?:il y a )?(\d{1,4}) ?(?:"
    r"(?P<m>min(?:ute)?s?)|(?P<h>h(?:ours?|eures?)?)|"
    r"(?P<d>d(?:ays?)?|j(?:ours?)?)|(?P<w>w(?:eeks?)?|sem(?:aines?)?)"
    r")(?: ago)?"
)
_DAYS = {
    "today": 0,
    "aujourd'hui": 0,
    "yesterday": 1,
    "hier": 1,
    "the day before yesterday": 2,
    "avant-hier": 2,
}
_DAY = re.compile(rf"(?P<day>{'|'.join(_DAYS)})(?:,? (?:at |à )?(?P<clock>.+))?")
_CLOCK = re.compile(r"(\d{1,2}) ?(?:(?:[:h] ?(\d\d)?)|(?=[ap]m))? ?(am|pm)?")
_NAMED = {"noon": time(12), "midi": time(12), "midnight": time(0), "minuit": time(0)}
_NOON = 12


def plain_past(text: str, now: datetime) -> datetime | None:
    """
    Read a span back from `now`, or a day near it with a time of that day, in the zone of `now`.

    None for whatever else it may be.

    Raises:
        ValueError: the day has no such time.
    """
    said = " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    if span := _DURATION.fullmatch(said):
        # Two hours are two hours, also in the night when clocks are changed.
        begun = now.astimezone(UTC) - int(span[1]) * _UNITS[str(span.lastgroup)]
        return begun.astimezone(now.tzinfo)
    day = _DAY.fullmatch(said)
    if day is None:
        return None
    that_day, said_clock = now.date() - timedelta(days=_DAYS[day["day"]]), day["clock"]
    if not said_clock:
        return end_of(that_day, now)
    clock = _read_clock(said_clock)
    if clock is None and any(letter.isdigit() for letter in said_clock):
        raise ValueError(f"{said_clock!r} is no time of the day; write it like 15:00")
    return datetime.combine(that_day, clock, now.tzinfo) if clock is not None else None


def end_of(day: date, now: datetime) -> datetime:
    """Give the end of a day in the zone of `now`; that of today is now."""
    return now if day == now.date() else datetime.combine(day, END_OF_DAY, now.tzinfo)


def _read_clock(said: str) -> time | None:
    """Read a time of the day as English and French write it: 15:00, 15h30, 3 pm, midi."""
    if said in _NAMED:
        return _NAMED[said]
    clock = _CLOCK.fullmatch(said)
    if clock is None or clock[0].isdigit():
        return None
    hour, minute = int(clock[1]), int(clock[2] or 0)
    if clock[3]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if clock[3] == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None

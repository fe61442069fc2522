"""Read a moment of the past in a person's words, in English or French.

What the rules of `courseops.model.backups.past` read needs no library. The rest is dateparser's,
which guesses: it takes "15h" for a span even after "lundi", leaves out words that it does not
know, and reads 03/04 as the American does.
https://dateparser.readthedocs.io/en/latest/settings.html
"""

from __future__ import annotations

import re
from datetime import datetime, time

from courseops.model.backups.past import END_OF_DAY, end_of, plain_past
from courseops.model.moment import parse_moment

_EXAMPLE = 'write it like 2026-03-02T15:00, "yesterday 15:00", "hier 15h" or 3d'
_FRENCH_CLOCK = re.compile(r"\b(\d{1,2}) ?h ?(\d\d)?\b")
_AGO = re.compile(r"\b(ago|il y a)\b")
# "at three": the library would leave the word out, and take another time of the day.
_NO_NUMBER = re.compile(r"\b(at|à|vers)\b(?! *(\d|noon|midnight|midi|minuit))", re.IGNORECASE)
_LAST = re.compile(r"\b(\w+di|dimanche) dernier\b", re.IGNORECASE)
_SLASHED = re.compile(r"\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b")
_LANGUAGES = ["en", "fr"]


def past_moment(text: str, now: datetime) -> datetime:
    """
    Read a moment up to `now`, in whose zone it is meant unless it says; a day means its end.

    Raises:
        ValueError: it is none that can be read in one way only, or it is still to come.
    """
    moment = _iso(text, now) or plain_past(text, now) or _guessed(text, now)
    if moment is None:
        raise ValueError(f"{text!r} is no moment that I understand; {_EXAMPLE}")
    if moment > now:
        raise ValueError(f"{text!r} is still to come: {moment:%Y-%m-%d %H:%M}; {_EXAMPLE}")
    return moment


def _iso(text: str, now: datetime) -> datetime | None:
    if now.tzinfo is None or not text.strip()[:4].isdigit():
        return None
    try:
        moment = parse_moment(text, now.tzinfo, of_a_day=END_OF_DAY)
    except ValueError:
        return None
    return end_of(moment.date(), now) if moment.time() == END_OF_DAY else moment


def _guessed(text: str, now: datetime) -> datetime | None:
    if text.strip().isdigit() or _NO_NUMBER.search(text):
        return None
    if _SLASHED.search(text):
        raise ValueError(f"{text!r} could be two days; {_EXAMPLE}")
    from dateparser.date import DateDataParser  # noqa: PLC0415 -- slow to load

    said = _LAST.sub(r"\1", text)
    if not _AGO.search(said):
        said = _FRENCH_CLOCK.sub(_with_colon, said)
    settings = {
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "RETURN_TIME_AS_PERIOD": True,
    }
    found = DateDataParser(languages=_LANGUAGES, settings=settings).get_date_data(said)
    moment: datetime | None = found.date_obj
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=now.tzinfo)
    is_a_day = found.period == "day" and moment.time() == time(0)
    return end_of(moment.date(), now) if is_a_day else moment


def _with_colon(clock: re.Match[str]) -> str:
    return f"{clock[1]}:{clock[2] or '00'}"

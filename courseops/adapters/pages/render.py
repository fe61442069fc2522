"""Fill in the templates that ship with courseops.

A name that a template does not get is an error, not a blank; in `*.html` everything that
comes from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from courseops.model.rosters.observation import Gap
from courseops.resources import shipped

# Thin, and never broken at the end of a line: how the SI sets large numbers.
_THIN_SPACE = "\u202f"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")
_STEP = 1000
_TENTHS_BELOW = 10
_HUNDREDTHS_BELOW = 0.1
_WHOLE = 100


def render(name: str, **values: object) -> str:
    """Fill in one template, such as `reports/usage.html`."""
    return environment().get_template(name).render(values)


@cache
def environment() -> Environment:
    """Give Jinja, strict and escaping, with the words we have for numbers and times."""
    made = Environment(
        loader=FileSystemLoader(shipped("templates")),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        longest=longest,
        count=count,
        hours=hours,
        percent=percent,
        size=size,
        day=day,
        weekday=weekday,
        moment=moment,
        full_moment=full_moment,
        clock=clock,
        visible=visible,
    )
    return made


def longest(gaps: Sequence[Gap]) -> Gap:
    """Pick the longest of some gaps, the first of equals."""
    return max(gaps, key=lambda gap: gap.until - gap.since)


def count(number: int) -> str:
    """Spell a whole number, its thousands apart."""
    return f"{number:,}".replace(",", _THIN_SPACE)


def hours(number: float) -> str:
    """Spell hours: tenths where they matter, hundredths where there is nothing else."""
    if 0 < number < _HUNDREDTHS_BELOW:
        return f"{max(number, 0.01):.2f}"
    return f"{number:.1f}" if number < _TENTHS_BELOW else count(round(number))


def percent(number: float) -> str:
    """Spell a share; only a whole one is called 100 %, only none at all 0 %."""
    if 0 < number < _WHOLE:
        number = min(max(number, 0.1), 99.9)
    return f"{number:.1f}".removesuffix(".0") + f"{_THIN_SPACE}%"


def size(number_bytes: int) -> str:
    """Spell a size in decimal units, as disks are sold."""
    number, power = float(number_bytes), 0
    while number >= _STEP and power < len(_SIZES) - 1:
        number, power = number / _STEP, power + 1
    digits = 1 if power and number < _TENTHS_BELOW else 0
    return f"{number:.{digits}f}{_THIN_SPACE}{_SIZES[power]}"


def day(value: date) -> str:
    """Spell a day: 2 Mar."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def weekday(value: date) -> str:
    """Spell a day with its weekday: Mon 2 Mar."""
    return f"{_DAYS[value.weekday()]} {day(value)}"


def moment(value: datetime) -> str:
    """Spell a moment, in the zone it comes in: Mon 2 Mar, 09:05."""
    return f"{weekday(value)}, {value:%H:%M}"


def full_moment(value: datetime) -> str:
    """Spell a moment with its year: Mon 2 Mar 2026, 09:05."""
    return f"{weekday(value)} {value.year}, {value:%H:%M}"


def clock(value: str) -> str:
    """Spell a moment that is written out in full (ISO 8601), to the minute: 2026-03-02 09:05."""
    return value[:16].replace("T", " ")


def visible(name: str) -> str:
    """Spell the name of a learner's file, which may hold bytes that are no text."""
    return name.encode("utf-8", "backslashreplace").decode()

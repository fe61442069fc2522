"""Fill in the templates that ship with courseops.

A name that a template does not get is an error, not a blank; in `*.html` everything that
comes from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from courseops.adapters.pages.sentences import translated
from courseops.adapters.pages.wording import wording
from courseops.model.language import Language
from courseops.model.usage.observation import Gap
from courseops.model.usage.report import SpanCount
from courseops.model.usage.small_cells import FEWEST, Range
from courseops.resources import shipped

# Thin, and never broken at the end of a line: how the SI sets large numbers.
_THIN_SPACE = "\u202f"
_SIZES: Mapping[Language, Sequence[str]] = {
    "en": ("B", "kB", "MB", "GB", "TB", "PB"),
    "fr": ("o", "ko", "Mo", "Go", "To", "Po"),
}
_STEP = 1000
_TENTHS_BELOW = 10
_HUNDREDTHS_BELOW = 0.1
_WHOLE = 100


def render(name: str, language: Language = "en", **values: object) -> str:
    """Fill in one template, such as `reports/usage.html`, in a language."""
    return environment(language).get_template(name).render(values)


@cache
def environment(language: Language = "en") -> Environment:
    """Give Jinja, strict and escaping, with a language's words and its numbers and times."""
    made = Environment(
        loader=FileSystemLoader(shipped("templates")),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words = wording(language)
    made.install_gettext_callables(  # type: ignore[attr-defined]
        words.gettext, words.ngettext, newstyle=True
    )
    made.policies["ext.i18n.trimmed"] = True
    spelt = (hours, percent, size, day, weekday, month, span, moment, full_moment, told, decimal)
    made.filters.update({it.__name__: partial(it, language=language) for it in spelt})
    made.filters["translated"] = partial(translated, language=language)
    made.filters.update(longest=longest, count=count, clock=clock, visible=visible)
    made.globals["language"] = language
    return made


def longest(gaps: Sequence[Gap]) -> Gap:
    """Pick the longest of some gaps, the first of equals."""
    return max(gaps, key=lambda gap: gap.until - gap.since)


def told(block: object, name: str, language: Language = "en") -> str:
    """
    Spell a number of a report, by the unit in its name, or say what stands in its place.

    That is the range it lies in ("<5", "20–23"), a dash where not even that may be said, and a
    question mark where nobody knows it.
    """
    value = getattr(block, name)
    if value is None:
        return instead(block, name) or "?"
    if name.endswith("_bytes"):
        return size(value, language)
    if name.endswith("_seconds"):
        return f"{decimal(value, language)}{_THIN_SPACE}s"
    return count(value) if isinstance(value, int) else hours(value, language)


def instead(block: object, name: str) -> str:
    """Say what stands in the place of a number that is not shown; empty if nobody knows it."""
    hidden = getattr(block, "hidden", None)
    if isinstance(hidden, Mapping):
        return between(hidden[name]) if name in hidden else ""
    return between(hidden) if hidden else ""


def between(limits: Range | None) -> str:
    """Spell between what a number lies that is not shown; a dash if that is not said."""
    if limits is None:
        return "–"
    if limits.high < FEWEST:
        return f"<{FEWEST}"
    return f"{count(limits.low)}–{count(limits.high)}"


def decimal(number: float, language: Language = "en") -> str:
    """Spell a number with a tenth, where it has any and is small enough for it to matter."""
    if number >= _TENTHS_BELOW or number == int(number):
        return count(round(number))
    return _point(f"{number:.1f}", language)


def count(number: int) -> str:
    """Spell a whole number, its thousands apart."""
    return f"{number:,}".replace(",", _THIN_SPACE)


def hours(number: float, language: Language = "en") -> str:
    """Spell hours: tenths where they matter, hundredths where there is nothing else."""
    if 0 < number < _HUNDREDTHS_BELOW:
        return _point(f"{max(number, 0.01):.2f}", language)
    if number < _TENTHS_BELOW:
        return _point(f"{number:.1f}", language)
    return count(round(number))


def percent(number: float, language: Language = "en") -> str:
    """Spell a share; only a whole one is called 100 %, only none at all 0 %."""
    if 0 < number < _WHOLE:
        number = min(max(number, 0.1), 99.9)
    return _point(f"{number:.1f}".removesuffix(".0"), language) + f"{_THIN_SPACE}%"


def size(number_bytes: int, language: Language = "en") -> str:
    """Spell a size in decimal units, as disks are sold."""
    number, power = float(number_bytes), 0
    while number >= _STEP and power < len(_SIZES[language]) - 1:
        number, power = number / _STEP, power + 1
    digits = 1 if power and number < _TENTHS_BELOW else 0
    return _point(f"{number:.{digits}f}", language) + _THIN_SPACE + _SIZES[language][power]


def day(value: date, language: Language = "en") -> str:
    """Spell a day: 2 Mar."""
    return format_date(value, "d MMM", locale=language)


def weekday(value: date, language: Language = "en") -> str:
    """Spell a day with its weekday: Mon 2 Mar."""
    return format_date(value, "EEE d MMM", locale=language)


def month(value: date, language: Language = "en") -> str:
    """Spell a month: March 2026."""
    return format_date(value, "LLLL y", locale=language)


def span(value: SpanCount, language: Language = "en") -> str:
    """Spell a few days: 2 – 8 Mar."""
    first, last = value.first_day, value.last_day
    begin = f"{first.day}" if first.month == last.month else day(first, language)
    return day(last, language) if first == last else f"{begin} – {day(last, language)}"


def moment(value: datetime, language: Language = "en") -> str:
    """Spell a moment, in the zone it comes in: Mon 2 Mar, 09:05."""
    return f"{weekday(value, language)}, {value:%H:%M}"


def full_moment(value: datetime, language: Language = "en") -> str:
    """Spell a moment with its year: Mon 2 Mar 2026, 09:05."""
    return f"{weekday(value, language)} {value.year}, {value:%H:%M}"


def _point(number: str, language: Language) -> str:
    return number if language == "en" else number.replace(".", ",")


def clock(value: str) -> str:
    """Spell a moment that is written out in full (ISO 8601), to the minute: 2026-03-02 09:05."""
    return value[:16].replace("T", " ")


def visible(name: str) -> str:
    """Spell the name of a learner's file, which may hold bytes that are no text."""
    return name.encode("utf-8", "backslashreplace").decode()

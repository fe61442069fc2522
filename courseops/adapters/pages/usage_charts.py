"""Draw what a usage report shows, in a language, with the same numbers as rows of tables.

Where a number is not shown, the drawing shows between what it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from babel.dates import get_day_names
from markupsafe import Markup

from courseops.adapters.pages.render import between, count, day, moment, weekday
from courseops.adapters.pages.svg import (
    Chart,
    Mark,
    bar_chart,
    heat_map,
    line_chart,
    shade,
    stacked_bar,
)
from courseops.adapters.pages.wording import wording
from courseops.model.language import Language
from courseops.model.usage.observation import Point
from courseops.model.usage.report import (
    AssignmentProgress,
    DayCount,
    HourPeak,
    SpanCount,
    UsageReport,
)
from courseops.model.usage.small_cells import FEWEST, Range

_SHORT = timedelta(days=2)
_HOURS = 24
_STATES = ("fetched", "submitted", "graded", "returned")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One field of a table: what it says, and how dark it is."""

    said: str
    shade: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table: what it is about, and what it says."""

    about: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A chart, and the same as a table for those who would rather read."""

    chart: Chart
    rows: tuple[Row, ...]


class Charts:
    """Draws the charts of one report."""

    def __init__(self, report: UsageReport, language: Language) -> None:
        self._report = report
        self._language = language
        self._say = wording(language).gettext
        self._unseen = _unseen_days(report.running)

    def running(self, points: Sequence[Point]) -> Drawn:
        """Draw how many servers ran."""
        marks = [_mark(self._said_of(point), point.running, point.hidden) for point in points]
        top = max((mark.top for mark in marks), default=0)
        says = self._say("Servers running at once over time; at most %(most)s.")
        chart = line_chart(marks, says=says % {"most": count(top)}, ticks=self._ticks(points))
        names = self._names(points)
        rows = [
            Row(about=name, cells=(Cell(said=_highest([marks[n] for n in numbers]), shade=0),))
            for name, run in groupby(range(len(points)), key=lambda number: names[number])
            for numbers in (list(run),)
        ]
        return Drawn(chart=chart, rows=tuple(rows))

    def days(self, days: Sequence[DayCount]) -> Drawn:
        """Draw how many people were active each day."""
        doubt = self._say("%(said)s, but most of the day was not observed")
        marks = []
        for it in days:
            doubtful = it.day in self._unseen
            said = f"{weekday(it.day, self._language)}: {_number(it.people, it.hidden)}"
            label = doubt % {"said": said} if doubtful else said
            marks.append(_mark(label, it.people, it.hidden, doubtful=doubtful))
        says = self._say("People active each day; at most %(most)s.")
        top = max((mark.top for mark in marks), default=0)
        chart = bar_chart(
            marks,
            says=says % {"most": count(top)},
            ticks=[day(it.day, self._language) for it in days],
        )
        rows = (
            Row(
                about=weekday(it.day, self._language),
                cells=(Cell(said=_number(it.people, it.hidden), shade=0),),
            )
            for it in days
        )
        return Drawn(chart=chart, rows=tuple(rows))

    def week_hours(self, hours: Sequence[HourPeak]) -> Drawn:
        """Draw at which hours of the week how many servers ran at most."""
        names = get_day_names("abbreviated", locale=self._language)
        full = get_day_names("wide", locale=self._language)
        unseen = self._say("not observed")
        marks = [
            [
                _mark(
                    f"{full[it.weekday]}, {it.hour}:00–{it.hour + 1}:00: "
                    f"{_number(it.servers, it.hidden, unseen)}",
                    it.servers,
                    it.hidden,
                )
                for it in row
            ]
            for row in (hours[n : n + _HOURS] for n in range(0, len(hours), _HOURS))
        ]
        busiest = max((it for row in marks for it in row), key=lambda it: it.top, default=None)
        says = self._say("Most servers at once by weekday and hour; busiest: %(when)s.")
        chart = heat_map(
            marks,
            says=says % {"when": busiest.label if busiest and busiest.top else "–"},
            ticks=[f"{hour}:00" for hour in range(_HOURS)],
        )
        rows = [
            Row(
                about=names[number],
                cells=tuple(
                    Cell(said=_highest([it], unseen="–"), shade=shade(it, chart.top)) for it in row
                ),
            )
            for number, row in enumerate(marks)
        ]
        return Drawn(chart=chart, rows=tuple(rows))

    def progress(self, it: AssignmentProgress) -> Markup:
        """Draw how far learners are with one assignment, the furthest first."""
        whole = _bounds(it.learners, it.hidden.get("learners"))[1]
        told, parts, reached = [], [], 0
        words = {
            "fetched": self._say("fetched"),
            "submitted": self._say("submitted"),
            "graded": self._say("graded"),
            "returned": self._say("returned"),
        }
        for name in reversed(_STATES):
            value, hidden = getattr(it, name), it.hidden.get(name)
            if value is None and hidden is None:
                continue
            said = f"{words[name]} {_number(value, hidden)}"
            least, most = _bounds(value, hidden)
            parts.append((name, max(least - reached, 0), said))
            reached = max(reached, least)
            parts.append((f"{name} maybe", max(most - reached, 0), said))
            reached = max(reached, most)
            told.append(said)
        says = f"{it.name}: {', '.join(reversed(told))}"
        return stacked_bar(parts, whole, says=says)

    def _said_of(self, point: Point) -> str:
        when = moment(point.at, self._language)
        if point.running is None and point.hidden is None:
            return f"{when}: {self._say('not observed')}"
        return f"{when}: {_number(point.running, point.hidden)}"

    def _ticks(self, points: Sequence[Point]) -> list[str]:
        """Name each day, or hour of a short time, where it begins."""
        names = self._names(points)
        return [
            "" if number and name == names[number - 1] else name
            for number, name in enumerate(names)
        ]

    def _names(self, points: Sequence[Point]) -> list[str]:
        short = not points or points[-1].at - points[0].at < _SHORT
        return [
            f"{point.at:%H}:00" if short else day(point.at.date(), self._language)
            for point in points
        ]


def bars(counts: Sequence[SpanCount]) -> list[float]:
    """Give how long each of some bars is, in percent of the longest."""
    tops = [_bounds(it.people, it.hidden)[1] for it in counts]
    longest = max(tops, default=0)
    return [round(100 * top / longest, 1) if longest else 0.0 for top in tops]


def _mark(label: str, value: int | None, hidden: Range | None, *, doubtful: bool = False) -> Mark:
    if hidden is None:
        return Mark(label=label, value=value, doubtful=doubtful)
    least, most = _bounds(value, hidden)
    return Mark(label=label, value=least, upto=most, doubtful=doubtful)


def _bounds(value: int | None, hidden: Range | None) -> tuple[int, int]:
    if hidden is None:
        return value or 0, value or 0
    # Of a few, there may be nobody: "fewer than five" is all that is said.
    return 0 if hidden.high < FEWEST else hidden.low, hidden.high


def _number(value: int | None, hidden: Range | None, unknown: str = "?") -> str:
    if hidden is not None:
        return between(hidden)
    return unknown if value is None else count(value)


def _highest(marks: Sequence[Mark], unseen: str = "?") -> str:
    """Say the highest of some marks."""
    known = [it for it in marks if it.value is not None]
    if not known:
        return unseen
    top = max(known, key=lambda it: (it.top, it.value or 0))
    return (
        count(top.value or 0)
        if top.upto is None
        else between(Range(low=top.value or 0, high=top.upto))
    )


def _unseen_days(points: Sequence[Point]) -> frozenset[date]:
    """Name the days most of which nobody watched."""
    by_day = {
        day: [it.running is None and it.hidden is None for it in run]
        for day, run in groupby(points, key=lambda it: it.at.date())
    }
    return frozenset(day for day, unseen in by_day.items() if sum(unseen) * 2 > len(unseen))

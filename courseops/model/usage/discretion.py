"""Take out of a report every number that would tell of fewer than five people.

What is left holds for all formats, since all of them are made from it. Numbers of people are
shown from the largest groups to the smallest: those who could be active, who were, who were in a
month, a week, on a day; who got an assignment, handed it in, had it graded and returned. Hours and
sessions are left out with whom they belong to. Servers that run at once are as many people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from courseops.model.usage.observation import Point
from courseops.model.usage.report import (
    AssignmentProgress,
    CourseUsage,
    DayCount,
    Figures,
    HourPeak,
    HubUsage,
    Peak,
    SpanCount,
    Starts,
    Storage,
    UsageReport,
)
from courseops.model.usage.small_cells import (
    FEWEST,
    Range,
    Shown,
    around,
    chain,
    high,
    low,
    part,
    second_to_hide,
    total,
)

Counted = TypeVar("Counted", DayCount, SpanCount)


@dataclass(frozen=True, kw_only=True)
class _People:
    """The numbers of people in some figures, as they may be shown."""

    people: Shown
    active: Shown
    months: Sequence[Shown]
    weeks: Sequence[Shown]
    days: Sequence[Shown]

    @property
    def are_few(self) -> bool:
        """Say whether what they did together would be what a few of them did."""
        return isinstance(self.active, Range) and self.active.low < FEWEST


def discreet(report: UsageReport) -> UsageReport:
    """Give a report that may be shown to whoever is not a teacher of its courses."""
    courses = [_people(it.figures) for it in report.courses]
    hubs = [
        _around(hub.figures, _people(hub.figures), _there(report.courses, courses, hub.hub))
        for hub in report.hubs
    ]
    silent_courses = _silent_courses(report, courses)
    silent_hubs = _silent([it.figures for it in report.hubs], hubs)
    whole = _total(hubs) if hubs else _total(courses)
    return replace(
        report,
        figures=_figures(report.figures, whole, is_silent=whole.are_few),
        running=_running(report.running),
        hubs=tuple(_hub(*it) for it in zip(report.hubs, hubs, silent_hubs, strict=True)),
        courses=tuple(
            _course(*it) for it in zip(report.courses, courses, silent_courses, strict=True)
        ),
        needs=None if isinstance(whole.people, Range) else report.needs,
    )


def _people(figures: Figures) -> _People:
    """Show groups from the largest to the smallest, each as a part of those that hold it."""
    people = part(figures.people or 0)
    active = part(figures.active or 0, [people])
    outer = [people, active]
    months = [part(it.people or 0, outer) for it in figures.months]
    weeks = [
        part(it.people or 0, [*outer, *_holding(it, figures.months, months)])
        for it in figures.weeks
    ]
    days = [
        part(
            it.people or 0,
            [
                *outer,
                *_holding_day(it, figures.months, months),
                *_holding_day(it, figures.weeks, weeks),
            ],
        )
        for it in figures.days
    ]
    return _People(people=people, active=active, months=months, weeks=weeks, days=days)


def _holding(span: SpanCount, spans: Sequence[SpanCount], shown: Sequence[Shown]) -> list[Shown]:
    return [
        it
        for other, it in zip(spans, shown, strict=True)
        if other.first_day <= span.first_day and span.last_day <= other.last_day
    ]


def _holding_day(day: DayCount, spans: Sequence[SpanCount], shown: Sequence[Shown]) -> list[Shown]:
    return [
        it
        for other, it in zip(spans, shown, strict=True)
        if other.first_day <= day.day <= other.last_day
    ]


def _there(courses: Sequence[CourseUsage], shown: Sequence[_People], hub: str) -> list[_People]:
    return [it for it, course in zip(shown, courses, strict=True) if course.hub == hub]


def _around(figures: Figures, hub: _People, courses: Sequence[_People]) -> _People:
    """Show a hub so that the few of its people who are in no course stay unknown."""

    def each(counts: Sequence[SpanCount | DayCount], name: str) -> list[Shown]:
        own: Sequence[Shown] = getattr(hub, name)
        return [
            around(it.people or 0, shown, [getattr(course, name)[n] for course in courses], active)
            for n, (it, shown) in enumerate(zip(counts, own, strict=True))
        ]

    active = around(figures.active or 0, hub.active, [it.active for it in courses], hub.people)
    return _People(
        people=hub.people,
        active=active,
        months=each(figures.months, "months"),
        weeks=each(figures.weeks, "weeks"),
        days=each(figures.days, "days"),
    )


def _total(groups: Sequence[_People]) -> _People:
    return _People(
        people=total([it.people for it in groups]),
        active=total([it.active for it in groups]),
        months=[total(it) for it in zip(*(it.months for it in groups), strict=True)],
        weeks=[total(it) for it in zip(*(it.weeks for it in groups), strict=True)],
        days=[total(it) for it in zip(*(it.days for it in groups), strict=True)],
    )


def _silent(figures: Sequence[Figures], groups: Sequence[_People]) -> list[bool]:
    """Say of which parts of a total hours are not told: of few people, and then of a second."""
    silent = [it.are_few for it in groups]
    second = second_to_hide(silent, [it.hours or 0.0 for it in figures])
    return [it or number == second for number, it in enumerate(silent)]


def _silent_courses(report: UsageReport, groups: Sequence[_People]) -> list[bool]:
    """Do the same for the courses of each hub whose other people are too few to cover a course."""
    silent = {it.course_id: shown.are_few for it, shown in zip(report.courses, groups, strict=True)}
    for hub in report.hubs:
        there = [
            (it, shown)
            for it, shown in zip(report.courses, groups, strict=True)
            if it.hub == hub.hub
        ]
        told = sum(it.figures.active or 0 for it, shown in there if not shown.are_few)
        if (hub.figures.active or 0) - told < FEWEST:
            found = _silent([it.figures for it, _ in there], [shown for _, shown in there])
            silent.update(
                {it.course_id: is_silent for (it, _), is_silent in zip(there, found, strict=True)}
            )
    return [silent[it.course_id] for it in report.courses]


def _figures(figures: Figures, shown: _People, *, is_silent: bool) -> Figures:
    unsaid: dict[str, Any] = {"sessions": None, "hours": None} if is_silent else {}
    numbers, hidden = _told(people=shown.people, active=shown.active)
    return replace(
        figures,
        **numbers,
        **unsaid,
        peak=_peak(figures.peak),
        busiest_minute=_peak(figures.busiest_minute),
        months=_counts(figures.months, shown.months),
        weeks=_counts(figures.weeks, shown.weeks),
        days=_counts(figures.days, shown.days),
        week_hours=tuple(_hour(it) for it in figures.week_hours),
        hidden=hidden | dict.fromkeys(unsaid),
    )


def _hub(hub: HubUsage, shown: _People, is_silent: bool) -> HubUsage:
    return replace(
        hub,
        figures=_figures(hub.figures, shown, is_silent=is_silent),
        storage=_storage(hub.storage),
        running=_running(hub.running),
        starts=_starts(hub.starts),
        needs=None if isinstance(shown.people, Range) else hub.needs,
    )


def _course(course: CourseUsage, shown: _People, is_silent: bool) -> CourseUsage:
    idle = _rest(shown.people, shown.active)
    numbers, hidden = _told(not_started=idle)
    return replace(
        course,
        **numbers,
        figures=_figures(course.figures, shown, is_silent=is_silent),
        storage=_storage(course.storage),
        assignments=tuple(_assignment(it) for it in course.assignments),
        who_not_started=(),
        needs=None if isinstance(shown.people, Range) else course.needs,
        hidden=hidden,
    )


def _assignment(it: AssignmentProgress) -> AssignmentProgress:
    states = ("learners", "fetched", "submitted", "graded", "returned")
    counted = [name for name in states if getattr(it, name) is not None]
    shown = dict(zip(counted, chain([getattr(it, name) for name in counted]), strict=True))
    rest = _rest(shown["learners"], shown["submitted"])
    numbers, hidden = _told(**shown, not_submitted=rest)
    return replace(it, **numbers, who_not_fetched=(), who_not_submitted=(), hidden=hidden)


def _rest(whole: Shown, inside: Shown) -> Shown:
    """Show how many of a whole are not inside."""
    if isinstance(whole, int) and isinstance(inside, int):
        return whole - inside
    lowest = max(low(whole) - high(inside), 0)
    return Range(low=lowest, high=high(whole) - low(inside))


def _storage(found: Storage | None) -> Storage | None:
    if found is None or isinstance(part(found.homes or 0), int):
        return found
    numbers, hidden = _told(homes=part(found.homes or 0))
    sizes: dict[str, Any] = dict.fromkeys(
        ("total_bytes", "median_bytes", "largest_bytes", "p95_bytes", "growth_bytes")
    )
    return replace(found, **numbers, **sizes, hidden=hidden | dict.fromkeys(sizes))


def _starts(found: Starts | None) -> Starts | None:
    if found is None:
        return None
    numbers, hidden = _told(started=part(found.started or 0), failed=part(found.failed or 0))
    waits: dict[str, Any] = {}
    if "started" in hidden:
        waits = {"median_seconds": None, "p95_seconds": None}
    return replace(found, **numbers, **waits, hidden=hidden | dict.fromkeys(waits))


def _peak(found: Peak) -> Peak:
    numbers, hidden = _told(servers=part(found.servers or 0))
    return replace(found, **numbers, at=None, hidden=hidden["servers"]) if hidden else found


def _hour(found: HourPeak) -> HourPeak:
    shown = part(found.servers or 0)
    return replace(found, servers=None, hidden=shown) if isinstance(shown, Range) else found


def _running(points: Iterable[Point]) -> tuple[Point, ...]:
    return tuple(
        replace(it, running=None, hidden=shown) if isinstance(shown, Range) else it
        for it in points
        for shown in (part(it.running or 0),)
    )


def _counts(counts: Sequence[Counted], shown: Sequence[Shown]) -> tuple[Counted, ...]:
    return tuple(
        replace(it, people=None, hidden=said) if isinstance(said, Range) else it
        for it, said in zip(counts, shown, strict=True)
    )


def _told(**shown: Shown) -> tuple[dict[str, Any], dict[str, Range | None]]:
    """Give the numbers, None for those that are not shown, and between what these lie."""
    numbers = {name: it if isinstance(it, int) else None for name, it in shown.items()}
    return numbers, {name: it for name, it in shown.items() if isinstance(it, Range)}

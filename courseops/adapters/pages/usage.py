"""A usage report as a page, as text, and as rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta

from courseops.adapters.pages.render import day, moment, render, weekday
from courseops.adapters.pages.svg import Chart, Mark, bar_chart, line_chart
from courseops.model.usage.observation import Point
from courseops.model.usage.report import CourseUsage, HubUsage, UsageReport
from courseops.model.usage.seen import DayCount

_SHORT = timedelta(days=2)
_COLUMNS = (
    "kind",
    "id",
    "title",
    "hub",
    "since",
    "until",
    "people",
    "active",
    "sessions",
    "hours",
    "peak_servers",
    "peak_at",
    "storage_bytes",
    "observed_percent",
)


def as_html(report: UsageReport) -> str:
    """Give one file that needs nothing else: no script, no font, no picture from elsewhere."""
    return render(
        "reports/usage.html",
        report=report,
        running=_running_chart(report.running),
        hub_running={hub.hub: _running_chart(hub.running) for hub in report.hubs},
        days=_days_chart(report.figures.days, report.running),
    )


def as_text(report: UsageReport) -> str:
    """Give plain text, eighty columns wide, for a terminal or a mail."""
    return render("reports/usage.txt", report=report)


def as_csv(report: UsageReport) -> str:
    """Give one row a hub and a course, with a heading."""
    watched = {observation.hub: observation.percent for observation in report.observed}
    written = io.StringIO()
    rows = csv.DictWriter(written, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    for hub in report.hubs:
        rows.writerow(
            {"kind": "hub", "id": hub.hub, "title": hub.hub, "hub": hub.hub}
            | _row(report, hub, watched[hub.hub])
        )
    for course in report.courses:
        rows.writerow(
            {"kind": "course", "id": course.course_id, "title": course.title, "hub": course.hub}
            | _row(report, course, watched[course.hub])
        )
    return written.getvalue()


def _row(report: UsageReport, counted: HubUsage | CourseUsage, watched: float) -> dict[str, object]:
    figures = counted.figures
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "people": figures.people,
        "active": figures.active,
        "sessions": figures.sessions,
        "hours": f"{figures.hours:.2f}",
        "peak_servers": figures.peak.servers,
        "peak_at": figures.peak.at.isoformat(timespec="seconds") if figures.peak.at else "",
        "storage_bytes": counted.storage.total_bytes if counted.storage else "",
        "observed_percent": f"{watched:.1f}",
    }


def _running_chart(points: Sequence[Point]) -> Chart:
    marks = [Mark(label=_said_of(point), value=point.running) for point in points]
    highest = max((mark.value or 0 for mark in marks), default=0)
    says = f"Servers running at once over time; at most {highest}."
    return line_chart(marks, says=says, ticks=_ticks(points))


def _said_of(point: Point) -> str:
    known = "not observed" if point.running is None else f"{point.running} running"
    return f"{moment(point.at)}: {known}"


def _ticks(points: Sequence[Point]) -> list[str]:
    """Name each day, or hour of a short time, where it begins."""
    short = not points or points[-1].at - points[0].at < _SHORT
    names = [f"{point.at:%H}:00" if short else day(point.at.date()) for point in points]
    return [
        "" if number and name == names[number - 1] else name for number, name in enumerate(names)
    ]


def _days_chart(days: Sequence[DayCount], points: Sequence[Point]) -> Chart:
    marks = [
        Mark(label=_said_of_day(counted, doubtful), value=counted.people, doubtful=doubtful)
        for counted in days
        for doubtful in (_mostly_unseen(counted.day, points),)
    ]
    busiest = max(days, key=lambda counted: counted.people, default=None)
    says = "People active each day"
    if busiest:
        says += f"; most on {weekday(busiest.day)}: {busiest.people}."
    return bar_chart(marks, says=says, ticks=[day(counted.day) for counted in days])


def _said_of_day(counted: DayCount, doubtful: bool) -> str:
    doubt = ", but most of the day was not observed" if doubtful else ""
    return f"{weekday(counted.day)}: {counted.people} active{doubt}"


def _mostly_unseen(day: date, points: Sequence[Point]) -> bool:
    unseen = [point.running is None for point in points if point.at.date() == day]
    return sum(unseen) * 2 > len(unseen)

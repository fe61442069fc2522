"""A usage report as a page, as text, and as rows for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from courseops.adapters.pages.render import instead, render
from courseops.adapters.pages.usage_charts import Charts, bars
from courseops.errors import CourseOpsError
from courseops.model.language import Language
from courseops.model.usage.report import CourseUsage, HubUsage, UsageReport
from courseops.resources import shipped

# So many weeks are read at a glance; more are folded away.
_FEW_WEEKS = 16
# What shows only under a pointer.
_HOVER = re.compile(r'<rect class="hover"[^>]*><title>[^<]*</title></rect>')
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
    "homes",
    "storage_median_bytes",
    "storage_p95_bytes",
    "storage_largest_bytes",
    "storage_growth_bytes_per_week",
    "not_started",
    "most_starts_per_minute",
    "starts",
    "failed_starts",
    "start_median_seconds",
    "start_p95_seconds",
    "next_people",
    "next_servers",
    "next_memory_bytes",
    "next_cores",
    "next_disk_bytes",
    "planned_from_days",
)


def as_html(report: UsageReport, language: Language = "en") -> str:
    """Give one file that needs nothing else: no script, no font, no picture from elsewhere."""
    return render("reports/usage.html", language, **parts(report, language))


def parts(report: UsageReport, language: Language) -> dict[str, Any]:
    """Give what `reports/usage_parts.html` is filled in with, on a page of any kind."""
    charts = Charts(report, language)
    return {
        "report": report,
        "running": charts.running(report.running),
        "hub_running": {hub.hub: charts.running(hub.running) for hub in report.hubs},
        "days": charts.days(report.figures.days),
        "week_hours": charts.week_hours(report.figures.week_hours),
        "progress": charts.progress,
        "bars": bars,
        "knows_fetched": _knows_fetched,
        "few_weeks": _FEW_WEEKS,
    }


def _knows_fetched(course: CourseUsage) -> bool:
    return any(it.fetched is not None or "fetched" in it.hidden for it in course.assignments)


def as_text(report: UsageReport, language: Language = "en") -> str:
    """Give plain text, eighty columns wide, for a terminal or a mail."""
    return render("reports/usage.txt", language, report=report)


def as_pdf(report: UsageReport, language: Language = "en") -> bytes:
    """
    Give the page as it is printed, on A4.

    Raises:
        CourseOpsError: WeasyPrint is not there, or not the libraries that it needs.
    """
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]  # noqa: PLC0415 -- an extra, and slow to load
    except (ImportError, OSError) as error:
        raise CourseOpsError(
            f"a PDF needs WeasyPrint, which cannot be loaded: {error}",
            hint="install it where courseops is: pip install 'courseops[pdf]'; on Debian its "
            "libraries: apt install libpango-1.0-0 libpangoft2-1.0-0. Or print the page: "
            "--format html",
        ) from error
    page = as_html(report, language)
    # WeasyPrint paints a drawing by the styles within it, not by those of the page.
    ink = (shipped("templates") / "reports" / "ink.css").read_text(encoding="utf-8")
    page = _HOVER.sub("", page).replace("</svg>", f"<style>{ink}</style></svg>")
    # The page holds all it needs: whatever else it might name is not fetched.
    written = HTML(string=page, url_fetcher=_fetch_nothing).write_pdf()
    return bytes(written or b"")


def _fetch_nothing(url: str) -> dict[str, object]:
    raise ValueError(f"a report fetches nothing: {url}")


def as_csv(report: UsageReport) -> str:
    """Give one row a hub and a course, with a heading; the same in every language."""
    watched = {observation.hub: observation.percent for observation in report.observed}
    written = io.StringIO()
    rows = csv.DictWriter(written, _COLUMNS, restval="", lineterminator="\n")
    rows.writeheader()
    for hub in report.hubs:
        rows.writerow(
            {"kind": "hub", "id": hub.hub, "title": hub.hub, "hub": hub.hub}
            | _row(report, hub, watched[hub.hub])
            | _starts(hub)
        )
    for course in report.courses:
        rows.writerow(
            {"kind": "course", "id": course.course_id, "title": course.title, "hub": course.hub}
            | _row(report, course, watched[course.hub])
            | {"not_started": _cell(course, "not_started")}
        )
    return written.getvalue()


def _row(report: UsageReport, counted: HubUsage | CourseUsage, watched: float) -> dict[str, object]:
    figures = counted.figures
    return {
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "people": _cell(figures, "people"),
        "active": _cell(figures, "active"),
        "sessions": _cell(figures, "sessions"),
        "hours": _cell(figures, "hours") if figures.hours is None else f"{figures.hours:.2f}",
        "peak_servers": _cell(figures.peak, "servers"),
        "peak_at": figures.peak.at.isoformat(timespec="seconds") if figures.peak.at else "",
        "observed_percent": f"{watched:.1f}",
        "most_starts_per_minute": _cell(figures.busiest_minute, "servers"),
        **_storage(counted),
        **_needs(counted),
    }


def _storage(counted: HubUsage | CourseUsage) -> dict[str, object]:
    found = counted.storage
    if found is None:
        return {}
    return {
        "homes": _cell(found, "homes"),
        "storage_bytes": _cell(found, "total_bytes"),
        "storage_median_bytes": _cell(found, "median_bytes"),
        "storage_p95_bytes": _cell(found, "p95_bytes"),
        "storage_largest_bytes": _cell(found, "largest_bytes"),
        "storage_growth_bytes_per_week": _cell(found, "growth_bytes"),
    }


def _needs(counted: HubUsage | CourseUsage) -> dict[str, object]:
    found = counted.needs
    if found is None:
        return {}
    return {
        "next_people": found.people,
        "next_servers": round(found.servers.value),
        "next_memory_bytes": round(found.memory_bytes.value),
        "next_cores": f"{found.cores.value:.2f}",
        "next_disk_bytes": round(found.disk_bytes.value) if found.disk_bytes else "",
        "planned_from_days": found.servers.n,
    }


def _starts(hub: HubUsage) -> dict[str, object]:
    found = hub.starts
    if found is None:
        return {}
    return {
        "starts": _cell(found, "started"),
        "failed_starts": _cell(found, "failed"),
        "start_median_seconds": _seconds(found.median_seconds),
        "start_p95_seconds": _seconds(found.p95_seconds),
    }


def _seconds(length: float | None) -> str:
    return "" if length is None else f"{length:.1f}"


def _cell(block: object, name: str) -> object:
    """Give a number, or between what it lies, or nothing where it is not known."""
    value = getattr(block, name)
    return instead(block, name) if value is None else value

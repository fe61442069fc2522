"""Count the figures of days, weeks and months that are over, and keep them for good.

Samples, sessions and activities are dropped after some time; what a report on a past term needs
of them must be counted before. It is done every night for what has become complete, so that
courses are counted while they are configured and rosters known; doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from courseops.actions.usage.reporting import ReportedCourse, ReportRequest, counting_of
from courseops.model.usage.calendar import HOUR, Calendar
from courseops.model.usage.counting import Counting
from courseops.model.usage.drawing import hours, moment
from courseops.model.usage.homes import storage
from courseops.model.usage.rollup import (
    Span,
    SpanFigures,
    after,
    first_of,
    spans_over,
    window_of,
)
from courseops.ports.ambient import Clock
from courseops.ports.records import Enrolments, Usage

_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class FiguresRequest:
    """Whose figures are kept, by the days of which calendar."""

    zone: tzinfo
    courses: Sequence[ReportedCourse]


def keep_figures(
    request: FiguresRequest, usage: Usage, enrolments: Enrolments, clock: Clock
) -> str:
    """Count and keep what has become complete since the last time; say how much it was."""
    today = clock.now().astimezone(request.zone).date()
    counted = 0
    for hub, watched in usage.watched().items():
        # What lies behind the last sample may still be asked of the hub; if ever, it is a gap.
        before = min(today, after(Span.DAY, watched.until.astimezone(request.zone).date()))
        for span in Span:
            since = _first_missing(usage, hub, span, watched.since.astimezone(request.zone).date())
            for first_day in spans_over(span, since, before):
                _keep(request, hub, span, first_day, usage, enrolments)
                counted += 1
    return f"{counted} counted for good"


def _first_missing(usage: Usage, hub: str, span: Span, first_watched: date) -> date:
    """Give from when on figures are to be counted; the first span may be cut."""
    kept = usage.figures(hub, span, first_of(span, first_watched), date.max)
    return after(span, kept[-1].first_day) if kept else first_watched


def _keep(
    request: FiguresRequest,
    hub: str,
    span: Span,
    first_day: date,
    usage: Usage,
    enrolments: Enrolments,
) -> None:
    asked = ReportRequest(
        site="",
        title=hub,
        window=window_of(span, first_day, request.zone),
        zone=request.zone,
        hubs=[hub],
        courses=[it for it in request.courses if it.hub == hub],
        progress={},
    )
    counting = counting_of(asked, usage, enrolments)
    found = list(_figures(counting, hub, span, first_day))
    # Gaps of days are those of weeks and months, too.
    gaps = {hub: counting.observation(hub).gaps} if span is Span.DAY else {}
    usage.keep_figures(found, gaps)


def _figures(counting: Counting, hub: str, span: Span, first_day: date) -> Iterator[SpanFigures]:
    calendar, observed = counting.calendar, counting.observation(hub).percent / 100
    for course_id, group in {"": counting.of_hubs[hub], **counting.of_courses}.items():
        if course_id and not group.people:
            continue
        highest, peak = group.track.heights(*hours(calendar))
        stored = storage(counting.sizes(group), counting.window)
        yield SpanFigures(
            hub=hub,
            course_id=course_id,
            span=span,
            first_day=first_day,
            people=group.people,
            active=group.active,
            sessions=len(group.track.began),
            hours=sum(it.worked for it in group.tallies) / HOUR,
            peak=peak.servers,
            peak_at=None if peak.at is None else moment(peak.at, counting.zone),
            hourly_peaks=_hourly_peaks(calendar, highest),
            observed=observed,
            homes=None if stored is None else stored.homes,
            storage_bytes=None if stored is None else stored.total_bytes,
        )


def _hourly_peaks(calendar: Calendar, highest: Sequence[int]) -> tuple[int, ...]:
    """Give the most of each hour of the clock; where a clock is set back, one hour is two."""
    found = [0] * _HOURS
    for at, servers in zip(calendar.hours, highest, strict=True):
        found[at.hour] = max(found[at.hour], servers)
    return tuple(found)

"""What is kept for good of a day, a week and a month, when the sessions themselves are dropped.

Days are those of the school's calendar; weeks begin on Monday. Who was active in a week cannot
be told from its days, so each span has figures of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from courseops.model.usage.seen import Window


class Span(StrEnum):
    """How long a time the figures are of."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, kw_only=True)
class SpanFigures:
    """
    What a hub, or the learners of one course on it, did in a span; `course_id` may be empty.

    `people` could have been active; None where nobody counted the accounts. `sessions` counts
    servers that were started in the span, so that days add up to a term. `hours` are those
    within the span. `hourly_peaks` gives the most servers at once by hour of the clock (24
    numbers), `observed` the share of the span that was watched, from 0 to 1. `homes` and
    `storage_bytes` are as they stood at its end; None before the first backup.
    """

    hub: str
    course_id: str
    span: Span
    first_day: date
    people: int | None
    active: int
    sessions: int
    hours: float
    peak: int
    peak_at: datetime | None
    hourly_peaks: tuple[int, ...]
    observed: float
    homes: int | None = None
    storage_bytes: int | None = None


def first_of(span: Span, day: date) -> date:
    """Give the first day of the span that a day lies in."""
    if span is Span.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span is Span.MONTH else day


def after(span: Span, first_day: date) -> date:
    """Give the first day of the span that follows."""
    # Whatever the month, 32 days after its first is the next.
    steps = {Span.DAY: 1, Span.WEEK: 7, Span.MONTH: 32}
    return first_of(span, first_day + timedelta(days=steps[span]))


def spans_over(span: Span, since: date, before: date) -> Iterator[date]:
    """Give the first day of each span from that of `since` on which is over before a day."""
    first_day = first_of(span, since)
    while after(span, first_day) <= before:
        yield first_day
        first_day = after(span, first_day)


def window_of(span: Span, first_day: date, zone: tzinfo) -> Window:
    """Give the time from the midnight before a span to the one after it."""
    return Window(since=_midnight(first_day, zone), until=_midnight(after(span, first_day), zone))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)

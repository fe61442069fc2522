"""What is kept for good of a day, a week and a month, when the sessions themselves are dropped.

Days are those of the school's calendar; weeks begin on Monday. Who was active in a week cannot
be told from its days, so each span has figures of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


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

"""How long servers took to start, and how often that failed, as the hub itself counts it.

A hub counts starts in classes of waiting times ("within 5 seconds", "within 10"), since it
was started last: a Prometheus histogram. What is kept is the difference between two looks,
by the hour. Classes of many hours add up, so that the median of a term is that of all its
starts and no mean of medians. https://prometheus.io/docs/concepts/metric_types/#histogram
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isinf


@dataclass(frozen=True, kw_only=True)
class StartCounts:
    """
    How many servers started and failed to.

    `waits` gives how many of those that started took up to so many seconds and longer than the
    class below; the last class is infinite.
    """

    started: int = 0
    failed: int = 0
    waits: Mapping[float, int] = field(default_factory=dict)

    def percentile_seconds(self, percent: float) -> float | None:
        """
        Estimate how long `percent` of the starts took at most; None without starts.

        Within a class of waits, starts are taken to lie evenly. Of those that took longer than
        the longest class, only that it was longer is known: its bound is given.
        """
        wanted, passed, below = sum(self.waits.values()) * percent / 100, 0, 0.0
        for bound in sorted(self.waits):
            count = self.waits[bound]
            if count and passed + count >= wanted:
                return (
                    below if isinf(bound) else below + (bound - below) * (wanted - passed) / count
                )
            passed, below = passed + count, below if isinf(bound) else bound
        return None


@dataclass(frozen=True, kw_only=True)
class StartHour:
    """The starts on a hub within the hour from `at`."""

    hub: str
    at: datetime
    counts: StartCounts


def hour_of(at: datetime) -> datetime:
    """Give the beginning of the hour (UTC) that a moment lies in."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def together(counts: Iterable[StartCounts]) -> StartCounts:
    """Add counts up."""
    started = failed = 0
    waits: Counter[float] = Counter()
    for each in counts:
        started, failed = started + each.started, failed + each.failed
        waits.update(each.waits)
    return StartCounts(started=started, failed=failed, waits=dict(sorted(waits.items())))


def since_last(before: StartCounts | None, now: StartCounts) -> StartCounts:
    """
    Give what was counted between two looks at a hub's counters; nothing at the first look.

    A hub that was started anew counts from zero: what it counted since is what there is now.
    """
    if before is None:
        return StartCounts()
    if _is_reset(before, now):
        return now
    return StartCounts(
        started=now.started - before.started,
        failed=now.failed - before.failed,
        waits={
            bound: count - before.waits.get(bound, 0)
            for bound, count in now.waits.items()
            if count > before.waits.get(bound, 0)
        },
    )


def _is_reset(before: StartCounts, now: StartCounts) -> bool:
    less: Sequence[bool] = [
        now.waits.get(bound, 0) < count for bound, count in before.waits.items()
    ]
    return now.started < before.started or now.failed < before.failed or any(less)

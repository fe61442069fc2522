"""The figures by which machines watch over a site: ages, counts, and nobody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.model.backups.freshness import Freshness
from courseops.model.jobs.job import Severity
from courseops.ports.ambient import Clock
from courseops.ports.jobs import Alerts, Slots
from courseops.ports.records import Runs


@dataclass(frozen=True, kw_only=True)
class Figures:
    """
    How a site stands at a moment.

    `good_since` says by job when its newest good run ended, or, where there was none, since when
    the job is known. `untold` counts the alerts of which somebody is still to be told.
    """

    at: datetime
    good_since: Mapping[str, datetime]
    backups: tuple[Freshness, ...]
    held: int
    alerts: Mapping[Severity, int]
    untold: int


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the figures come from; `jobs` and `backups` are asked anew each time."""

    runs: Runs
    slots: Slots
    alerts: Alerts
    clock: Clock
    jobs: Callable[[], Collection[str]]
    backups: Callable[[], Sequence[Freshness]]


def gather(sources: Sources) -> Figures:
    """
    Gather all figures.

    Raises:
        CourseOpsError: our own record cannot be read.
    """
    now, jobs = sources.clock.now(), sources.jobs()
    good = sources.runs.last_good()
    known = sources.slots.known_since(jobs, now)
    alerts = sources.alerts.open()
    return Figures(
        at=now,
        good_since={job: good.get(job, known[job]) for job in jobs},
        backups=tuple(sources.backups()),
        held=len(sources.runs.held()),
        alerts=Counter(it.severity for it in alerts if it.cleared_at is None),
        untold=sum(bool(it.owing) for it in alerts),
    )

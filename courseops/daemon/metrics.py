"""The page of figures for Prometheus: what a site is watched by.

Names and units as https://prometheus.io/docs/practices/naming/ has them. Jobs and hubs are named,
people and courses never: whoever may see the page needs to know no more.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import Counter, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from courseops.actions.jobs.figures import Figures
from courseops.daemon.pages import Page
from courseops.model.jobs.job import Severity
from courseops.model.jobs.standing import Standing
from courseops.model.run import Ending, Run

# Whoever asks more often gets the same figures: a scrape must not become a load.
KEPT_SECONDS = 10.0
_ENDINGS = [ending for ending in Ending if ending is not Ending.RUNNING]


class Metrics:
    """The figures of one daemon: its own, what it counted since it began, and the site's."""

    def __init__(
        self,
        *,
        standing: Callable[[], Standing],
        figures: Callable[[], Figures],
        kept_seconds: float = KEPT_SECONDS,
    ) -> None:
        self._registry = CollectorRegistry()
        # Asked first, so that every job is known when its runs are counted.
        self._registry.register(_Site(standing, figures, self._know, kept_seconds))
        self._ended = Counter(
            "courseops_job_runs",
            "Runs of jobs that ended since this daemon began, by how they ended.",
            ["job", "ending"],
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)

    def count(self, run: Run) -> None:
        """Count a run of a job that has ended; one that goes on elsewhere is not ours to count."""
        if run.ending is not Ending.RUNNING:
            self._ended.labels(run.job, run.ending.value).inc()

    def page(self) -> Page:
        """
        Give the page.

        Raises:
            CourseOpsError: our own record cannot be read.
        """
        return Page(text=generate_latest(self._registry), kind=CONTENT_TYPE_LATEST)

    def _know(self, jobs: Iterable[str]) -> None:
        # Of a count that is not there, nobody sees that it grows.
        for job in jobs:
            for ending in _ENDINGS:
                self._ended.labels(job, ending.value)


class _Site(Collector):
    """What is asked anew for a page, unless it was asked a moment ago."""

    def __init__(
        self,
        standing: Callable[[], Standing],
        figures: Callable[[], Figures],
        know: Callable[[Iterable[str]], None],
        kept_seconds: float,
    ) -> None:
        self._standing = standing
        self._figures = figures
        self._know = know
        self._kept_seconds = kept_seconds
        self._kept: tuple[float, Figures] | None = None
        self._asking = threading.Lock()

    def describe(self) -> list[Metric]:
        """Say nothing before it is asked: registering must not read the record."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Give every figure."""
        figures = self._fresh()
        self._know(figures.good_since)
        yield from _of_the_daemon(self._standing())
        yield from _of_the_site(figures)

    def _fresh(self) -> Figures:
        with self._asking:
            if self._kept is None or time.monotonic() - self._kept[0] >= self._kept_seconds:
                self._kept = (time.monotonic(), self._figures())
            return self._kept[1]


def _of_the_daemon(standing: Standing) -> Iterator[Metric]:
    yield _one(
        "courseops_daemon_active", "1 if this daemon does the work, 0 if it stands by.",
        standing.is_active,
    )  # fmt: skip
    yield _one("courseops_runs_underway", "Runs of jobs under way here.", standing.running)
    yield _one(
        "courseops_runs_waiting", "Runs of jobs that are due and not begun.", standing.waiting
    )


def _of_the_site(figures: Figures) -> Iterator[Metric]:
    now = figures.at
    yield _each(
        "courseops_job_last_good_age_seconds", "Age of the job's last good run; if there was none, "
        "since when the job is known.", "job",
        {job: (now - since).total_seconds() for job, since in figures.good_since.items()},
    )  # fmt: skip
    yield _each(
        "courseops_backup_age_seconds", "Age of the oldest of everybody's last good copies; +Inf "
        "if there is none.", "hub",
        {it.hub: (now - it.oldest_at).total_seconds() if it.oldest_at else math.inf
         for it in figures.backups},
    )  # fmt: skip
    yield _each(
        "courseops_backup_stale_homes", "Homes without a good copy young enough.", "hub",
        {it.hub: len(it.stale) for it in figures.backups},
    )  # fmt: skip
    yield _one("courseops_plans_held", "Plans that wait for a person.", figures.held)
    yield _each(
        "courseops_alerts", "What is wrong at present.", "severity",
        {severity.value: figures.alerts.get(severity, 0) for severity in Severity},
    )  # fmt: skip
    yield _one(
        "courseops_notices_waiting", "Alerts of which somebody is still to be told.", figures.untold
    )


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _each(name: str, meaning: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family

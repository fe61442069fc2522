"""The figures for Prometheus, read as Prometheus reads them."""

import math
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from courseops.actions.jobs.figures import Sources, gather
from courseops.adapters.memory.ambient import FixedClock
from courseops.daemon.metrics import Metrics
from courseops.model.backups.freshness import Freshness
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Severity
from courseops.model.jobs.standing import Standing
from courseops.model.run import Ending, Run
from tests.support.store import MemoryStore

JOBS = ("nightly-backup", "roster-sync")
HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def backups():
    return []


@pytest.fixture
def metrics(clock, store, backups):
    sources = Sources(
        runs=store.runs,
        slots=store.slots,
        alerts=store.alerts,
        clock=clock,
        jobs=lambda: JOBS,
        backups=lambda: backups,
    )
    return Metrics(
        standing=lambda: Standing(beat_at=clock.now(), running=2, waiting=3),
        figures=lambda: gather(sources),
        kept_seconds=0,
    )


def shown(metrics):
    families = text_string_to_metric_families(metrics.page().text.decode())
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def ended(clock, job, ending):
    now = clock.now()
    return Run(
        id=f"{job}-{ending}-{now:%H%M}",
        action="backup",
        scope=f"job/{job}",
        actor="daemon",
        started_at=now,
        ended_at=now,
        ending=ending,
        job=job,
    )


def test_runs_are_counted_by_job_and_ending_and_begin_at_zero(metrics, clock):
    name = "courseops_job_runs_total"
    assert shown(metrics)[name, "failed", "roster-sync"] == 0
    assert (name, "roster-sync", "running") not in shown(metrics)

    metrics.count(ended(clock, "roster-sync", Ending.FAILED))
    metrics.count(ended(clock, "roster-sync", Ending.FAILED))
    assert shown(metrics)[name, "failed", "roster-sync"] == 2
    assert shown(metrics)[name, "failed", "nightly-backup"] == 0


def test_the_age_of_a_good_run_grows_whatever_else_ran(metrics, clock, store):
    store.runs.start(ended(clock, "nightly-backup", Ending.DONE))
    clock.advance(HOUR)
    store.runs.start(ended(clock, "nightly-backup", Ending.FAILED))
    clock.advance(HOUR)
    age = "courseops_job_last_good_age_seconds"
    assert shown(metrics)[age, "nightly-backup"] == 2 * 3600


def test_a_job_that_was_never_good_ages_since_it_is_known(metrics, clock):
    age = "courseops_job_last_good_age_seconds"
    assert shown(metrics)[age, "roster-sync"] == 0
    clock.advance(3 * HOUR)
    assert shown(metrics)[age, "roster-sync"] == 3 * 3600


def freshness(clock, hub, oldest_at, stale=()):
    return Freshness(
        hub=hub, at=clock.now(), homes=9, oldest_at=oldest_at, stale=stale, drilled_at=None,
        drill=None,
    )  # fmt: skip


def test_backups_are_as_old_as_the_oldest_copy_and_endlessly_so_without_one(
    metrics, clock, backups
):
    backups += [
        freshness(clock, "campus", clock.now() - HOUR, ("ada",)),
        freshness(clock, "north", None),
    ]
    found = shown(metrics)
    assert found["courseops_backup_age_seconds", "campus"] == 3600
    assert found["courseops_backup_age_seconds", "north"] == math.inf
    assert found["courseops_backup_stale_homes", "campus"] == 1


def test_queues_and_held_plans_and_alerts_are_counted(metrics, clock, store):
    store.runs.start(ended(clock, "x", Ending.HELD))
    alert = {
        "severity": Severity.PROBLEM, "job": "x", "scope": "hub/campus", "what": "", "mend": "",
        "run_id": "r", "since": clock.now(), "seen_at": clock.now(),
    }  # fmt: skip
    store.alerts.keep(
        [
            Alert(key="new", **alert),
            Alert(key="told", told_at=clock.now(), owing=(), **alert),
            Alert(key="gone", told_at=clock.now(), cleared_at=clock.now(), **alert),
        ]
    )
    found = shown(metrics)
    assert found["courseops_runs_underway",] == 2
    assert found["courseops_runs_waiting",] == 3
    assert found["courseops_daemon_active",] == 1
    assert found["courseops_plans_held",] == 1
    assert found["courseops_alerts", "problem"] == 2
    assert found["courseops_alerts", "warning"] == 0
    assert found["courseops_notices_waiting",] == 2


def test_whoever_asks_often_does_not_read_the_record_each_time(clock):
    asked = []

    def figures():
        asked.append(1)
        store = MemoryStore()
        return gather(
            Sources(
                runs=store.runs, slots=store.slots, alerts=store.alerts, clock=clock,
                jobs=lambda: JOBS, backups=list,
            )
        )  # fmt: skip

    often = Metrics(
        standing=lambda: Standing(beat_at=clock.now()), figures=figures,
        kept_seconds=3600,
    )  # fmt: skip
    for _ in range(5):
        often.page()
    assert len(asked) == 1

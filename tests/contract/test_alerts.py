"""What every keeper of alerts promises: in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Severity

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HUB = Alert(
    key="hub/campus unreachable",
    severity=Severity.PROBLEM,
    job="roster-sync",
    scope="hub/campus",
    what="the hub campus did not answer",
    mend="is it running?",
    run_id="one",
    since=MONDAY,
    seen_at=MONDAY,
)
DRILL = replace(HUB, key="job/restore-drill", severity=Severity.WARNING, since=MONDAY - HOUR)


def test_nothing_is_wrong_at_first(store):
    assert store.alerts.open() == []


def test_an_alert_comes_back_as_it_was_kept_oldest_first(store):
    told = replace(HUB, told_at=MONDAY + HOUR, cleared_at=MONDAY + 2 * HOUR, runs=7)
    store.alerts.keep([told, DRILL])
    store.alerts.keep([])

    assert store.alerts.open() == [DRILL, told]


def test_an_alert_is_kept_instead_of_the_one_with_its_key(store):
    store.alerts.keep([HUB, DRILL])
    again = replace(HUB, runs=2, run_id="two", seen_at=MONDAY + HOUR, severity=Severity.WARNING)
    store.alerts.keep([again])
    assert store.alerts.open() == [DRILL, again]

    store.alerts.keep([replace(again, told_at=MONDAY)])
    store.alerts.keep([again])
    assert store.alerts.open() == [DRILL, again]


def test_what_is_forgotten_is_gone_and_the_rest_stays(store):
    store.alerts.keep([HUB, DRILL])
    store.alerts.forget([])
    store.alerts.forget([HUB.key, "never heard of"])
    assert store.alerts.open() == [DRILL]


def test_no_cause_is_too_odd_to_be_kept_and_forgotten(store):
    odd = replace(HUB, key="home/caf\udce9 \0", what="nul\0")
    store.alerts.keep([odd])
    store.alerts.keep([odd])
    assert len(store.alerts.open()) == 1

    store.alerts.forget([odd.key])
    assert store.alerts.open() == []

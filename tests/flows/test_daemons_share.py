"""Daemons of several machines on one PostgreSQL: they share the work, and its loss."""

from __future__ import annotations

import pytest

from courseops.model.run import Ending
from tests.support.command import Desk
from tests.support.daemons import DaemonDesk, daemons_at

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("daemons")]

SAMPLE = "usage-sample"
JOBS = [f"job-{number}" for number in range(6)]


@pytest.fixture
def machines(tmp_path, postgres):
    """Give two desks, each with a state folder of its own, and one database."""
    database = postgres.new_database()
    with daemons_at(_desk(tmp_path / "one")) as one, daemons_at(_desk(tmp_path / "two")) as two:
        for machine in (one, two):
            _set_up(machine, database)
        yield one, two


def _desk(folder) -> Desk:
    folder.mkdir()
    return Desk(folder)


def _set_up(machine: DaemonDesk, database: str) -> None:
    machine.database = database
    machine.desk.write("database.url", database, mode=0o600)
    machine.desk.write("campus.token", "unused", mode=0o600)
    machine.desk.configure(
        hubs={"campus": {"url": "http://127.0.0.1:1", "token": {"file": "campus.token"}}},
        database={"file": "database.url"},
    )
    machine.configure()
    for name in JOBS:
        machine.define(name, SAMPLE)


def test_two_machines_share_the_work_and_each_slot_runs_once(machines):
    one, two = machines
    one.miss(*JOBS)
    daemons = [one.daemon(), two.daemon()]
    for name in JOBS:
        one.run_of(name, Ending.INCOMPLETE)
    runs = one.store.runs.recent(within="", limit=100)
    assert sorted(run.job for run in runs) == sorted(JOBS)
    assert {run.attempt for run in runs} == {1}
    begun = [len(daemon.events("run started")) for daemon in daemons]
    assert sum(begun) == len(JOBS)
    assert all(begun)
    for daemon in daemons:
        assert daemon.events("daemon stands by") == []
        assert daemon.end() == 0


def test_a_database_that_goes_away_for_a_while_is_said_once_and_nothing_is_lost(machines, postgres):
    one, _ = machines
    daemon = one.daemon()
    daemon.wait_until_it_says("daemon started")
    with postgres.away(one.database):
        trouble = daemon.wait_until_it_says("trouble")
        assert trouble["about"] == "the record of runs"
    daemon.wait_until_it_says("trouble is over")
    assert len(daemon.events("trouble")) == 1
    assert daemon.end() == 0

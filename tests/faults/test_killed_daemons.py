"""
Daemons that share the work are killed at random, and each slot runs once all the same.

The suite makes 100 slots due; `COURSEOPS_SLOTS=500` as many as one likes.
"""

import os
import time

import pytest

from courseops.adapters.store import open_store
from tests.support.crew import LONG_AGO, Trial, crew_of, ended_runs, faults_of, heard, open_ones

pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("killed-daemons")]

SLOTS = int(os.environ.get("COURSEOPS_SLOTS", "100"))
KILLS = max(3, SLOTS // 50)
GIVE_UP_SECONDS = 120


def prepared(trial: Trial) -> Trial:
    """Make the jobs known since long ago: what is due was missed by nobody's fault."""
    with open_store(trial.url) as store:
        store.slots.known_since(trial.defined(), LONG_AGO)
    return trial


def ended(trial: Trial) -> int:
    return sum(it.what != "begun" for it in heard(trial))


def wait_until(happened) -> None:
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.05)


@pytest.mark.parametrize("count", [2, 4])
def test_whoever_is_killed_each_slot_runs_once_and_is_taken_over_once_a_death(
    database_url, tmp_path, count
):
    trial = prepared(
        Trial(url=database_url, evidence=str(tmp_path / "evidence"), slots=SLOTS // 10)
    )
    with crew_of(count, trial) as crew:
        for number in range(1, KILLS + 1):
            # Spread over the work, and not over time: however slow it is here, all happen.
            wait_until(lambda least=number * trial.due // (KILLS + 2): ended(trial) >= least)
            crew.kill_one_at_work()
        wait_until(lambda: ended_runs(trial.url)[1] == trial.due)
        crew.assert_alive()
    runs, _ = ended_runs(trial.url)

    assert faults_of(trial, heard(trial), crew.killed, runs) == []
    assert sum(run.attempt - 1 for run in runs) >= 1, "nobody was killed at work"


@pytest.mark.parametrize(
    "broken",
    [
        {"broken": "impatient", "run_seconds": 1.0, "lease_seconds": 1.0},
        {"broken": "forgetful", "run_seconds": 1.5, "lease_seconds": 0.5},
    ],
    ids=lambda it: it["broken"],
)
def test_with_a_broken_lease_what_is_asked_above_does_not_hold(database_url, tmp_path, broken):
    evidence = str(tmp_path / "evidence")
    trial = prepared(Trial(url=database_url, evidence=evidence, slots=1, **broken))
    with crew_of(2, trial) as crew:
        wait_until(lambda: ended(trial) >= trial.due and not open_ones(heard(trial)))
    runs, _ = ended_runs(trial.url)

    assert faults_of(trial, heard(trial), crew.killed, runs)

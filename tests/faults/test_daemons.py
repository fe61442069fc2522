"""Daemons with a real backup under way: stopped, cancelled, killed, and nothing is run twice."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from courseops.model.run import Ending, Run, Status
from tests.support.backends import Storage, serving
from tests.support.daemons import DaemonDesk, RunningDaemon, all_gone, daemons_at, family, wait_for
from tests.support.faults import BackupSite

pytestmark = [pytest.mark.restic, pytest.mark.xdist_group("daemons")]

NIGHTLY = "nightly-backup"


@pytest.fixture
def keeper(site: BackupSite) -> Iterator[DaemonDesk]:
    with daemons_at(site) as found:
        found.define(NIGHTLY, "backup")
        yield found


@contextmanager
def held_up(keeper: DaemonDesk) -> Iterator[Storage]:
    """Have a backup that is begun from now on wait for its storage."""
    site = keeper.desk
    with serving(site.repository) as storage:
        site.set_up(repository=storage.repository)
        keeper.configure()
        (site.homes / "bob/data.bin").write_bytes(b"new")
        storage.close_gate()
        yield storage


def begin(keeper: DaemonDesk, storage: Storage) -> tuple[RunningDaemon, Run, list[psutil.Process]]:
    """Start a daemon whose backup waits; give the run, and every process it consists of."""
    keeper.miss(NIGHTLY)
    daemon = keeper.daemon()
    assert storage.is_waited_at.wait(90)
    run = keeper.run_of(NIGHTLY)
    relatives = daemon.children()
    assert "restic" in {it.name() for it in relatives}
    return daemon, run, relatives


def endings(keeper: DaemonDesk) -> list[tuple[Ending, int]]:
    return [(run.ending, run.attempt) for run in keeper.runs(NIGHTLY)]


def parts(keeper: DaemonDesk, run: Run) -> set[Ending]:
    return {it.ending for it in keeper.store.runs.recent(within=run.id)}


def test_a_run_past_its_deadline_is_stopped_with_restic_and_says_so(keeper):
    keeper.define(NIGHTLY, "backup", deadline_minutes=0.1)
    with held_up(keeper) as storage:
        daemon, run, relatives = begin(keeper, storage)
        ended = keeper.run_of(NIGHTLY, Ending.INTERRUPTED)
        assert ended.error == "it took longer than its deadline of 0.1 minutes"
        wait_for(lambda: all_gone(relatives) and parts(keeper, run) == {Ending.INTERRUPTED})
        assert keeper.desk.locks() == []
        assert daemon.end() == 0


def test_a_cancelled_run_is_stopped_with_restic_and_names_who_did_it(keeper):
    with held_up(keeper) as storage:
        _, run, relatives = begin(keeper, storage)
        # By the run of the backup itself, which is the one that a person sees at work.
        (part,) = keeper.store.runs.recent(within=run.id)
        said = keeper.desk.run("job", "cancel", part.id, "--json")
        assert (said.code, said.document["run"]) == (0, run.id)
        ended = keeper.run_of(NIGHTLY, Ending.INTERRUPTED)
        assert ended.error.endswith(" cancelled it")
        wait_for(lambda: all_gone(relatives) and parts(keeper, run) == {Ending.INTERRUPTED})

        again = keeper.desk.run("job", "cancel", run.id)
        assert again.code == 1
        assert "is not under way: interrupted" in again.err


def test_a_run_by_hand_is_cancelled_alike(keeper):
    with held_up(keeper) as storage:
        started = keeper.desk.start("job", "run", NIGHTLY)
        assert storage.is_waited_at.wait(90)
        (run,) = keeper.runs(NIGHTLY)
        relatives = family(psutil.Process(started.pid))
        assert keeper.desk.run("job", "cancel", run.id).code == 0
        assert keeper.run_of(NIGHTLY, Ending.INTERRUPTED).due_at is None
        assert started.wait(60) == 1
        wait_for(lambda: all_gone(relatives))


def test_sigterm_lets_a_run_end_that_ends_in_time(keeper):
    with held_up(keeper) as storage:
        keeper.configure(grace_seconds=60)
        daemon, _, relatives = begin(keeper, storage)
        daemon.send(signal.SIGTERM)
        daemon.wait_until_it_says("daemon ends")
        storage.gate.set()
        assert daemon.process.wait(60) == 0
        assert endings(keeper) == [(Ending.DONE, 1)]
        assert all_gone(relatives)


def test_sigterm_stops_what_does_not_and_the_next_daemon_goes_on_with_it(keeper):
    with held_up(keeper) as storage:
        daemon, run, relatives = begin(keeper, storage)
        assert daemon.end(signal.SIGTERM) == 0
        assert all_gone(relatives)
        assert parts(keeper, run) == {Ending.INTERRUPTED}
        assert endings(keeper) == [(Ending.RUNNING, 1)]

        storage.gate.set()
        following = keeper.daemon()
        assert keeper.run_of(NIGHTLY, Ending.DONE).id == run.id
        assert endings(keeper) == [(Ending.DONE, 2)]
        assert following.end() == 0
        assert keeper.desk.check().code == 0


def test_a_daemon_that_is_killed_leaves_its_run_at_work_and_the_next_lets_it(keeper):
    with held_up(keeper) as storage:
        daemon, _, relatives = begin(keeper, storage)
        daemon.process.kill()
        daemon.process.wait(30)
        following = keeper.daemon()
        following.wait_until_it_says("daemon started")
        # Three times: by now the first claim would have run out.
        for _ in range(3):
            before = lease(keeper)
            wait_for(lambda before=before: lease(keeper) > before)
        assert not all_gone(relatives)
        storage.gate.set()
        keeper.run_of(NIGHTLY, Ending.DONE)
        wait_for(lambda: all_gone(relatives))
        assert endings(keeper) == [(Ending.DONE, 1)]
        assert following.events("run started") == []
        assert following.events("run is taken over") == []


def test_what_is_killed_along_with_its_daemon_is_taken_over_once(keeper):
    with held_up(keeper) as storage:
        daemon, run, relatives = begin(keeper, storage)
        for each in (psutil.Process(daemon.process.pid), *relatives):
            each.kill()
        daemon.process.wait(30)
        storage.gate.set()
        following = keeper.daemon()
        assert keeper.run_of(NIGHTLY, Ending.DONE).id == run.id
        assert endings(keeper) == [(Ending.DONE, 2)]
        assert len(following.events("run is taken over")) == 1
        assert following.end() == 0
        assert keeper.desk.check().code == 0


def test_a_run_whose_process_is_killed_is_interrupted_at_once_and_restic_goes_with_it(keeper):
    with held_up(keeper) as storage:
        daemon, run, relatives = begin(keeper, storage)
        relatives[0].kill()
        ended = keeper.run_of(NIGHTLY, Ending.INTERRUPTED)
        assert ended.error == "its process was killed by signal 9 without a word"
        wait_for(lambda: all_gone(relatives) and parts(keeper, run) == {Ending.INTERRUPTED})
        assert daemon.end() == 0


def test_a_run_can_be_read_afterwards_with_its_outcomes_its_parts_and_its_log(keeper):
    keeper.configure()
    keeper.miss(NIGHTLY)
    keeper.daemon()
    run = keeper.run_of(NIGHTLY, Ending.DONE)

    shown = keeper.desk.run("job", "show", run.id, "--json").document
    assert [(it["subject"], it["status"]) for it in shown["outcomes"]] == [("campus", Status.DONE)]
    assert [it["action"] for it in shown["runs"]] == ["backup-run", "backup-forget"]
    assert {it["actor"] for it in shown["runs"]} == {f"job/{NIGHTLY}"}
    assert [it["event"] for it in shown["log"]][-1] == "job ended"
    assert all(run.id in {it["run"], it.get("within")} for it in shown["log"])
    text = keeper.desk.run("job", "show", run.id).out
    for word in ("took", "campus", "backup-run", "job ended"):
        assert word in text

    listed = keeper.desk.run("job", "history", "--json").document["runs"]
    # The first backup of the site was somebody's own command.
    assert [it["action"] for it in listed] == ["backup", "backup-run"]
    everything = keeper.desk.run("job", "history", "--all", "--json").document["runs"]
    assert len(everything) == 4
    of_the_job = keeper.desk.run("job", "history", NIGHTLY, "--json").document["runs"]
    assert [it["id"] for it in of_the_job] == [run.id]


def lease(keeper: DaemonDesk) -> str:
    with keeper.store._database.reading() as connection:
        statement = "SELECT max(lease_until) FROM runs"
        return str(connection.exec_driver_sql(statement).scalar_one())

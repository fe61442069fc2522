"""What befalls a daemon is said once, it recovers by itself, and what was due runs once."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from courseops.model.run import Ending
from tests.support.daemons import DaemonDesk, RunningDaemon, wait_for
from tests.support.faults import small_disk

pytestmark = pytest.mark.xdist_group("daemons")

JOB = "in-order"
RECORD = "the record of runs"

# Every process of the site reads a clock that is ahead by so many seconds as a file says.
CLOCK = """
from datetime import timedelta
from pathlib import Path
from courseops.adapters.clock import SystemClock


def ahead(self, now=SystemClock.now):
    return now(self) + timedelta(seconds=float(Path({file!r}).read_text()))


SystemClock.now = ahead
"""


@pytest.fixture
def keeper(keeper: DaemonDesk) -> DaemonDesk:
    """Give a desk without hubs, whose one job was missed and is not yet enabled."""
    keeper.desk.configure(hubs={})
    keeper.configure()
    keeper.define(JOB, "housekeeping", enabled=False)
    keeper.miss(JOB)
    return keeper


def make_due(keeper: DaemonDesk, daemon: RunningDaemon) -> None:
    """Have the job be due at once."""
    keeper.define(JOB, "housekeeping")
    daemon.send(signal.SIGHUP)
    daemon.wait_until_it_says("daemon reloaded")


def troubles(daemon: RunningDaemon, event: str = "trouble") -> list[str]:
    return [it["about"] for it in daemon.events(event)]


def test_a_database_that_is_locked_is_said_once_and_what_was_due_runs_when_it_is_free(keeper):
    daemon = keeper.daemon()
    daemon.wait_until_it_says("daemon started")
    database = keeper.desk.folder / "state/courseops.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        make_due(keeper, daemon)
        said = daemon.wait_until_it_says("trouble")
        other.execute("ROLLBACK")

    assert said["about"] == RECORD
    assert "the database is busy" in said["error"]
    keeper.run_of(JOB, Ending.DONE)
    daemon.wait_until_it_says("trouble is over")
    assert daemon.end() == 0
    assert troubles(daemon).count(RECORD) == 1
    assert [run.attempt for run in keeper.runs(JOB)] == [1]


@pytest.mark.system
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_disk_that_is_full_is_said_once_and_what_was_due_runs_when_there_is_room(keeper, require):
    require("unshare and nsenter", shutil.which("unshare") and shutil.which("nsenter"))
    state = keeper.desk.folder / "state"
    keeper.store.close()
    with small_disk(state, "8m") as within:
        daemon = keeper.daemon(*within)
        daemon.wait_until_it_says("daemon started")
        fill = f"cat /dev/zero >{state}/fill 2>&-; test -s {state}/fill"
        subprocess.run([*within, "sh", "-c", fill], check=True)
        make_due(keeper, daemon)
        wait_for(lambda: {RECORD, "status"} <= set(troubles(daemon)))
        said = daemon.events("trouble")[0]
        assert "full" in said["error"] or "No space left" in said["error"]

        subprocess.run([*within, "rm", f"{state}/fill"], check=True)
        wait_for(lambda: set(troubles(daemon, "trouble is over")) >= {RECORD, "status"})

        def ran() -> list[str]:
            history = keeper.desk.run("job", "history", "--json", prefix=within)
            runs = history.document["runs"]
            return [it["ending"] for it in runs if it["job"] == JOB and it["ending"] != "running"]

        assert wait_for(ran) == ["done"]
        assert daemon.end() == 0
        assert [troubles(daemon).count(it) for it in (RECORD, "status")] == [1, 1]


class SetClock:
    """A clock that a test sets, for the daemon and all that it starts."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ahead"
        self._file.write_text("0")
        (folder / "sitecustomize.py").write_text(CLOCK.format(file=str(self._file)))

    def set(self, hours: float) -> datetime:
        """Let it be so many hours from now, and one second before a full minute; give that."""
        now = time.time()
        full = (now // 60 + 1) * 60 + hours * 3600
        draft = self._file.with_suffix(".new")
        draft.write_text(str(full - 1 - now))
        draft.replace(self._file)
        return datetime.fromtimestamp(full, UTC)


def test_a_clock_that_is_set_back_by_an_hour_keeps_nothing_waiting_and_runs_nothing_twice(
    keeper, tmp_path
):
    clock = SetClock(tmp_path)
    keeper.define(JOB, "housekeeping", "every_minutes = 1")
    daemon = keeper.daemon("env", f"PYTHONPATH={tmp_path}")
    # What was missed is run at once.
    keeper.run_of(JOB, Ending.DONE)

    for hours in (2, 1):
        due_at = clock.set(hours)
        wait_for(lambda due_at=due_at: due_at in done(keeper))

    assert daemon.events("trouble") == []
    assert daemon.end() == 0
    runs = keeper.runs(JOB)
    assert len({run.due_at for run in runs}) == len(runs)
    assert {run.attempt for run in runs} == {1}


def done(keeper: DaemonDesk) -> set[datetime | None]:
    """Give when the runs were due that are done."""
    return {run.due_at for run in keeper.runs(JOB, Ending.DONE)}

"""
A daemon that has worked for long is as it was at first: nothing of it grows, and it costs nothing.

The suite has it work for a few runs; `COURSEOPS_SOAK=500` has it work for as many as one likes.
"""

import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from courseops.model.run import Ending
from tests.support.daemons import DaemonDesk, RunningDaemon, wait_for

pytestmark = [
    pytest.mark.hub,
    pytest.mark.xdist_group("daemons"),
    pytest.mark.timeout(7200),
]

RUNS = int(os.environ.get("COURSEOPS_SOAK", "12"))
# What was loaded when it was first needed does not count as growth.
WARM = 4
SAMPLE = "usage-sample"
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Size:
    """What a process has."""

    memory: int
    threads: int
    files: int

    @classmethod
    def of(cls, process: psutil.Process) -> "Size":
        with process.oneshot():
            memory = process.memory_full_info().uss
            return cls(memory, process.num_threads(), process.num_fds())


@pytest.fixture
def many(keeper: DaemonDesk, start_hub) -> DaemonDesk:
    """Give a desk with a real hub, and fifty jobs for it."""
    hub = start_hub("6")
    keeper.desk.write("campus.token", hub.tokens["courseops"], mode=0o600)
    keeper.desk.configure(hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}})
    keeper.configure()
    for number in range(50):
        keeper.define(f"job-{number}", SAMPLE)
    return keeper


def work(keeper: DaemonDesk, daemon: RunningDaemon, turn: int) -> None:
    """Have the daemon read all of its files anew, and carry out one run more."""
    name = f"extra-{turn}"
    keeper.store.slots.known_since([name], datetime.now(UTC) - timedelta(days=400))
    keeper.define(name, SAMPLE)
    daemon.send(signal.SIGHUP)
    keeper.run_of(name, Ending.DONE)
    (keeper.jobs / f"{name}.toml").unlink()
    wait_for(lambda: daemon.children() == [])


def test_after_many_runs_and_reloads_it_is_as_small_as_before(many):
    daemon = many.daemon()
    daemon.wait_until_it_says("daemon started")
    process = psutil.Process(daemon.process.pid)
    for turn in range(WARM):
        work(many, daemon, turn)
    before = Size.of(process)
    for turn in range(RUNS):
        work(many, daemon, WARM + turn)

    def is_as_small() -> bool:
        now = Size.of(process)
        return now.threads <= before.threads and now.files <= before.files

    # A chore that is just being done has a thread and a file of its own.
    wait_for(is_as_small)
    grown = Size.of(process).memory - before.memory
    assert grown < 2 * MEBIBYTE + RUNS * MEBIBYTE // 100, before
    assert len(many.store.runs.recent(within="", limit=10_000)) == WARM + RUNS
    assert daemon.end() == 0


def test_with_fifty_jobs_and_nothing_to_do_it_takes_next_to_no_processor(many):
    # As it is unless somebody says otherwise; what tests are in a hurry for is looked at oftener.
    many.configure(lease_seconds=60)
    daemon = many.daemon()
    # Its first beats look at every job, and load what they need; it leaves its word each time.
    word = many.desk.folder / "state/daemon.json"
    wait_for(word.exists)
    first = word.stat().st_mtime_ns
    wait_for(lambda: word.stat().st_mtime_ns > first)
    process = psutil.Process(daemon.process.pid)
    beats = 20

    def spent() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    began = spent()
    until = datetime.now(UTC) + timedelta(seconds=beats)
    wait_for(lambda: datetime.now(UTC) > until)
    # Half a percent of a core.
    assert spent() - began <= beats * 0.005
    assert daemon.end() == 0

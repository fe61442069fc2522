"""Real daemons on one database, each in a process of its own, whose runs are threads that wait.

What each began and ended it writes down where no `kill -9` takes it away: a line each, appended
by one call. What must hold of these lines, whoever was killed when, is in `faults_of`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from courseops.actions.jobs.ports import JobPorts
from courseops.adapters.clock import SystemClock
from courseops.adapters.memory.ambient import MemoryLocks
from courseops.adapters.store import open_store
from courseops.adapters.store.slots import SqlSlots
from courseops.daemon.daemon import Daemon, Duties
from courseops.model.jobs.job import CatchUp, Job
from courseops.model.jobs.slot import Slot
from courseops.model.run import Ending, Run
from courseops.ports.jobs import Slots

LONG_AGO = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AGES = timedelta(days=365)
BEAT_SECONDS = 0.02
# As many as a slot is tried before it is given up: model/jobs/due.py.
ATTEMPTS = 3


def nobody_writes(url: str) -> bool:
    """Say whether all runs that are open could be written to at once."""
    is_file = url.startswith("sqlite")
    wait = {"timeout": 0.3} if is_file else {"options": "-c lock_timeout=300"}
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), connect_args=wait)
    try:
        with engine.begin() as connection:
            connection.execute(text("UPDATE runs SET error = error WHERE ended_at IS NULL"))
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True


@dataclass(frozen=True, kw_only=True)
class Trial:
    """So many jobs, each with as many slots that are due, and how long each takes."""

    url: str
    evidence: str
    jobs: int = 10
    slots: int = 10
    lease_seconds: float = 6.0
    run_seconds: float = 0.04
    at_once: int = 4
    broken: str = ""

    @property
    def due(self) -> int:
        return self.jobs * self.slots

    def defined(self) -> dict[str, Job]:
        names = [f"job{number}" for number in range(self.jobs)]
        return {
            name: Job(name=name, description="", action="wait", catch_up=CatchUp.EACH)
            for name in names
        }


@dataclass(frozen=True)
class Timetable:
    """Every job is due each minute of a morning long ago, and never again."""

    slots: int

    def between(self, job: Job, after: datetime, until: datetime) -> Iterator[Slot]:
        for minute in range(1, self.slots + 1):
            at = LONG_AGO + timedelta(minutes=minute)
            if after < at <= until:
                yield Slot(due_at=at, job=job.name)

    def next(self, job: Job, after: datetime) -> Slot | None:
        return next(self.between(job, after, after + AGES), None)

    def troubles(self) -> Mapping[str, str]:
        return {}


class Impatient(SqlSlots):
    """A broken lease: whoever asks takes over what others hold."""

    def claim(self, slot: Slot, run: Run, owner: str, until: datetime) -> Run | None:
        return super().claim(slot, replace(run, started_at=run.started_at + AGES), owner, until)

    def abandoned(self, now: datetime) -> list[Run]:
        return super().abandoned(now + AGES)


class Forgetful(SqlSlots):
    """A broken heartbeat: a claim is said to be renewed, and is not."""

    def renew(self, run_id: str, owner: str, until: datetime) -> bool:  # noqa: ARG002 -- the port's signature
        return True


BROKEN = {"impatient": Impatient, "forgetful": Forgetful}


@dataclass
class ThreadRunner:
    """Runs that wait, renew their claim meanwhile, and write down what they did."""

    slots: Slots
    trial: Trial
    _running: dict[str, Job] = field(default_factory=dict)
    _over: list[tuple[str, str]] = field(default_factory=list)

    def start(self, job: Job, run: Run, owner: str) -> None:
        self._running[run.id] = job
        threading.Thread(target=self._carry_out, args=(run, owner), daemon=True).start()

    def ended(self) -> Sequence[tuple[str, str]]:
        over, self._over = self._over, []
        for run_id, _ in over:
            del self._running[run_id]
        return over

    def stop(self, run_id: str, why: str) -> None:
        """Let it wait on: in a second, it is over anyway."""

    def running(self) -> Mapping[str, Job]:
        return dict(self._running)

    def _carry_out(self, run: Run, owner: str) -> None:
        self._note("begun", run)
        lease = timedelta(seconds=self.trial.lease_seconds)
        over_at = time.monotonic() + self.trial.run_seconds
        while (rest := over_at - time.monotonic()) > 0:
            time.sleep(min(rest, self.trial.lease_seconds / 3))
            if not self.slots.renew(run.id, owner, datetime.now(UTC) + lease):
                break
        is_ours = self.slots.finish(run.id, owner, Ending.DONE, datetime.now(UTC))
        self._note("ended" if is_ours else "lost", run)
        self._over.append((run.id, ""))

    def _note(self, what: str, run: Run) -> None:
        said = Said(what, f"{run.job} {run.due_at}", run.attempt, os.getpid(), time.monotonic())
        line = json.dumps(asdict(said)) + "\n"
        descriptor = os.open(self.trial.evidence, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line.encode())
        os.close(descriptor)


@dataclass(frozen=True)
class Said:
    """What a run wrote down; `at` is seconds of the machine's own clock."""

    what: str
    slot: str
    attempt: int
    process: int
    at: float


def work_on(trial: Trial) -> None:
    """Be a daemon until somebody ends us."""
    with open_store(trial.url) as store:
        kind = BROKEN.get(trial.broken, SqlSlots)
        slots = kind(store.slots._database)
        ports = JobPorts(
            slots=slots,
            runs=store.runs,
            locks=MemoryLocks(),
            clock=SystemClock(),
            lease_seconds=trial.lease_seconds,
            stop=lambda: None,
        )
        duties = Duties(
            jobs=trial.defined(),
            ports=ports,
            times=Timetable(trial.slots),
            at_once=trial.at_once,
            actor=f"daemon {os.getpid()}",
        )
        daemon = Daemon(duties, ThreadRunner(slots, trial))
        while True:
            daemon.beat()
            time.sleep(BEAT_SECONDS)


@dataclass
class Crew:
    """The daemons of a trial; whoever is killed is replaced."""

    trial: Trial
    killed: dict[int, float] = field(default_factory=dict)
    _at_work: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def hire(self) -> None:
        args = [sys.executable, "-m", __name__, json.dumps(asdict(self.trial))]
        root = Path(__file__).parents[2]
        self._at_work.append(subprocess.Popen(args, cwd=root))

    def kill_one_at_work(self) -> None:
        """Kill any daemon that has begun something and not ended it, and hire another."""
        self._kill(self._one_at_work())
        self.hire()

    def stun_one_at_work(self) -> subprocess.Popen[bytes]:
        """
        Have any such daemon stand still, as a machine does that is put to sleep.

        One that stands still in the middle of writing would keep all others from it: of a machine
        that sleeps, a server hears no more, and a file sleeps with it.
        """
        while True:
            daemon = self._one_at_work()
            daemon.send_signal(signal.SIGSTOP)
            if nobody_writes(self.trial.url):
                return daemon
            daemon.send_signal(signal.SIGCONT)

    def _one_at_work(self) -> subprocess.Popen[bytes]:
        """Give one; wait until there is."""
        while True:
            open_at = {it.process for it in open_ones(heard(self.trial))}
            if busy := [it for it in self._at_work if it.pid in open_at]:
                return random.choice(busy)
            self.assert_alive()
            time.sleep(BEAT_SECONDS)

    def dismiss(self) -> None:
        for daemon in list(self._at_work):
            self._kill(daemon)

    def assert_alive(self) -> None:
        assert [it.poll() for it in self._at_work] == [None] * len(self._at_work)

    def _kill(self, daemon: subprocess.Popen[bytes]) -> None:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        # Not before it was seen to be dead: until then, it may have done something.
        self.killed[daemon.pid] = time.monotonic()
        self._at_work.remove(daemon)


@contextmanager
def crew_of(count: int, trial: Trial) -> Iterator[Crew]:
    crew = Crew(trial)
    try:
        for _ in range(count):
            crew.hire()
        yield crew
    finally:
        crew.dismiss()


def heard(trial: Trial) -> list[Said]:
    """Give what was written down so far, in its order."""
    evidence = Path(trial.evidence)
    lines = evidence.read_text().splitlines() if evidence.exists() else []
    return [Said(**json.loads(line)) for line in lines]


def open_ones(said: Sequence[Said]) -> list[Said]:
    """Give what was begun and has not ended."""
    over = {(it.slot, it.attempt) for it in said if it.what != "begun"}
    return [it for it in said if it.what == "begun" and (it.slot, it.attempt) not in over]


def faults_of(
    trial: Trial, said: Sequence[Said], killed: Mapping[int, float], runs: Collection[Run]
) -> list[str]:
    """Say of each slot why it did not run exactly once, nor was taken over once a death."""
    by_slot: dict[str, list[Said]] = defaultdict(list)
    for it in said:
        by_slot[it.slot].append(it)
    faults = [] if len(runs) == trial.due else [f"{len(runs)} runs, and {trial.due} were due"]
    for run in runs:
        slot = f"{run.job} {run.due_at}"
        gave_up = run.attempt >= ATTEMPTS and run.ending is Ending.INTERRUPTED
        if run.ending is not Ending.DONE and not gave_up:
            faults.append(f"{slot}: {run.ending}")
        faults += [f"{slot}: {why}" for why in _faults_of_one(run, by_slot[slot], killed)]
    return faults


def _faults_of_one(run: Run, said: Sequence[Said], killed: Mapping[int, float]) -> Iterator[str]:
    begun = sorted((it for it in said if it.what == "begun"), key=lambda it: it.attempt)
    if len({it.attempt for it in begun}) < len(begun):
        yield "an attempt was begun twice"
    if sum(it.what == "ended" for it in said) > 1:
        yield "it ended twice"
    if any(it.what == "lost" for it in said):
        yield "it was taken from somebody who was at work on it"
    for earlier, later in pairwise(begun):
        if killed.get(earlier.process, later.at) >= later.at:
            yield f"attempt {later.attempt} began while attempt {earlier.attempt} was alive"
    last = begun[-1] if begun else None
    if last is not None and last.attempt < run.attempt and last.process not in killed:
        yield f"it was tried {run.attempt} times, and nobody had died"


def ended_runs(url: str) -> tuple[list[Run], int]:
    """Give every run of a trial, and how many of them have ended."""
    with open_store(url) as store:
        runs = store.runs.recent(limit=1_000_000)
    return runs, sum(it.ending is not Ending.RUNNING for it in runs)


def main(document: str) -> None:
    order: dict[str, Any] = json.loads(document)
    work_on(Trial(**order))


if __name__ == "__main__":
    main(sys.argv[1])

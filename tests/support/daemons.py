"""A site whose jobs run by themselves: real daemons, started, stopped and killed by a test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pytest

from courseops.adapters.store import Store, open_store
from courseops.model.run import Ending, Run
from courseops.resources import shipped
from tests.support.command import Desk

Found = TypeVar("Found")

# Once a year, and not while a test runs: what is missed is one run, due at once.
YEARLY = 'cron = "0 0 1 1 *"'


def wait_for(look: Callable[[], Found], seconds: float = 90) -> Found:
    """Look again and again until there is something; give it."""
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)
    return found


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@dataclass
class RunningDaemon:
    """One `courseops daemon`, and what it says."""

    process: psutil.Popen
    log: Path

    @property
    def said(self) -> list[dict[str, Any]]:
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.said if line["event"] == event]

    def wait_until_it_says(self, event: str, count: int = 1) -> dict[str, Any]:
        return wait_for(lambda: self.events(event)[count - 1 :])[0]

    def children(self) -> list[psutil.Process]:
        return family(psutil.Process(self.process.pid))[1:]

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send(number)
        return int(self.process.wait(120))


class DaemonDesk:
    """The jobs, daemons and records of a desk."""

    def __init__(self, desk: Desk, open_until_the_end: ExitStack) -> None:
        self.desk = desk
        self.database = f"sqlite:///{desk.folder / 'state/courseops.db'}"
        self._open = open_until_the_end
        self._daemons = 0
        self.jobs = desk.folder / "jobs"
        self.jobs.mkdir()
        for file in shipped("jobs").glob("*.toml"):
            (self.jobs / file.name).write_text(f"enabled = false\n{file.read_text()}")
        self._store: Store | None = None

    def configure(self, **daemon: Any) -> None:
        """Add the jobs and the daemon to the configuration that is there."""
        section = {"lease_seconds": 3, "grace_seconds": 2, "listen": "", **daemon}
        keys = "\n".join(f"{key} = {json.dumps(value)}" for key, value in section.items())
        config = self.desk.config.read_text()
        if "\n[daemon]" in config:
            config = config.partition("\n[daemon]")[0]
        else:
            config = f'jobs = "jobs"\n{config}'
        self.desk.config.write_text(f"{config}\n[daemon]\n{keys}\n")

    def define(self, name: str, action: str, schedule: str = YEARLY, **keys: Any) -> None:
        """Write a job file."""
        values = {"description": "of a test", "action": action, **keys}
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        text = "\n".join([*lines, f"schedule = {{ {schedule} }}", ""])
        self.desk.write(f"jobs/{name}.toml", text)

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = self._open.enter_context(open_store(self.database))
        return self._store

    def miss(self, *names: str) -> None:
        """Have had jobs for long: what they missed is due as soon as a daemon comes."""
        self.store.slots.known_since(names, datetime.now(UTC) - timedelta(days=400))

    def runs(self, name: str, *endings: Ending) -> list[Run]:
        return self.store.runs.recent(scope=f"job/{name}", endings=endings)

    def run_of(self, name: str, *endings: Ending) -> Run:
        """Wait until there is a run of a job, with one of some endings."""
        return wait_for(lambda: self.runs(name, *endings))[0]

    def daemon(self, *prefix: str) -> RunningDaemon:
        """Start one; at the end of the test it is gone, with all that it started."""
        self._daemons += 1
        log = self.desk.folder / f"daemon-{self._daemons}.log"
        with log.open("wb") as said:
            process = psutil.Popen(
                [*prefix, self.desk.program, "daemon"],
                env=self.desk.environment(),
                cwd=self.desk.folder,
                stdout=subprocess.DEVNULL,
                stderr=said,
                stdin=subprocess.DEVNULL,
            )
        started = RunningDaemon(process, log)
        self._open.callback(_end, started)
        return started


def _end(daemon: RunningDaemon) -> None:
    relatives = family(psutil.Process(daemon.process.pid)) if daemon.process.poll() is None else []
    for each in relatives:
        if each.is_running():
            os.kill(each.pid, signal.SIGKILL)
    if daemon.process.poll() is None:
        daemon.process.wait(30)


def all_gone(processes: Sequence[psutil.Process]) -> bool:
    return all(is_gone(it) for it in processes)


@contextmanager
def daemons_at(desk: Desk) -> Iterator[DaemonDesk]:
    with ExitStack() as stack:
        yield DaemonDesk(desk, stack)


@pytest.fixture
def keeper(desk: Desk) -> Iterator[DaemonDesk]:
    """Give a desk at which daemons work."""
    with daemons_at(desk) as found:
        yield found

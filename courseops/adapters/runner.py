"""Carry out job runs in processes of their own, each a `courseops job run` that was told which.

What it is to run, and with which configuration, stands in its standard input: it does what the
daemon read, whatever has become of the files since, and no list of processes shows whose the
claim is. It renews its claim and ends its run itself, also when the daemon is gone.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from courseops.adapters import process
from courseops.adapters.offspring import kill_tree
from courseops.events import log
from courseops.model.jobs.job import Job
from courseops.model.run import Run

# Whatever lies in the folder that the daemon was started in is none of our modules.
PROGRAM = (sys.executable, "-P", "-m", "courseops")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What such a process is told: the claimed run, whose it is, the job, the configuration."""

    run: Run
    owner: str
    job: Job
    config: Mapping[str, Any]

    def spell(self) -> bytes:
        """Spell it as JSON."""
        return _ORDER.dump_json(self)

    @classmethod
    def read(cls, document: bytes) -> Order:
        """Read it as it was spelled."""
        return _ORDER.validate_json(document)


_ORDER = TypeAdapter(Order)


@dataclass
class _Child:
    program: process.Process
    job: Job
    stop_at: float
    why: str
    kill_at: float | None = None


class ChildRunner:
    """
    A process a run, in a session of its own; times are seconds of a clock that nobody sets.

    A child stops itself at its job's deadline. One that does not is asked to, `grace_seconds`
    later, and after as long again it is killed with all that it started.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        *,
        grace_seconds: float,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self._config = config
        self._grace_seconds = grace_seconds
        self._program = program
        self._children: dict[str, _Child] = {}

    def configure(self, config: Mapping[str, Any], *, grace_seconds: float) -> None:
        """Give those that are started from now on another configuration."""
        self._config = config
        self._grace_seconds = grace_seconds

    def start(self, job: Job, run: Run, owner: str) -> None:
        """
        Start a claimed run; it renews its claim and ends itself.

        Raises:
            CourseOpsError: no process can be started.
        """
        order = Order(run=run, owner=owner, job=job, config=self._config)
        args = (*self._program, "job", "run", job.name, "--claimed", run.id)
        # Its configuration refers to secrets of the environment.
        with _holding(order.spell()) as stdin:
            program = process.start(
                args, env=os.environ, stdin=stdin, stdout=process.DEVNULL, with_powers=True
            )
        limit = job.deadline_minutes * 60 + self._grace_seconds
        why = f"it took longer than its deadline of {job.deadline_minutes:g} minutes"
        self._children[run.id] = _Child(program, job, time.monotonic() + limit, why)

    def ended(self) -> Sequence[tuple[str, str]]:
        """Give the runs that are over since it was last asked: their id, and what went wrong."""
        over = []
        for run_id, child in list(self._children.items()):
            if not _has_ended(child.program.pid):
                self._press(run_id, child)
                continue
            # What it started and left behind; until it is reaped, the number is nobody else's.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.program.pid, signal.SIGKILL)
            code = child.program.wait()
            over.append((run_id, child.why if child.kill_at else _in_words(code)))
            del self._children[run_id]
        return over

    def stop(self, run_id: str, why: str) -> None:
        """Have a run stopped with all that it started: asked first, made to after a grace time."""
        child = self._children.get(run_id)
        if child is not None and child.kill_at is None:
            child.why = why
            self._ask(run_id, child)

    def running(self) -> Mapping[str, Job]:
        """Give what runs now, by the run's id."""
        return {run_id: child.job for run_id, child in self._children.items()}

    def _press(self, run_id: str, child: _Child) -> None:
        now = time.monotonic()
        if child.kill_at is None and now >= child.stop_at:
            self._ask(run_id, child)
        elif child.kill_at is not None and now >= child.kill_at:
            log().warning("run is killed", run=run_id, job=child.job.name, why=child.why)
            kill_tree(child.program.pid)

    def _ask(self, run_id: str, child: _Child) -> None:
        log().warning("run is stopped", run=run_id, job=child.job.name, why=child.why)
        child.kill_at = time.monotonic() + self._grace_seconds
        child.program.terminate()


@contextmanager
def _holding(document: bytes) -> Iterator[int]:
    """Hold bytes in memory, to be read from a descriptor; a full disk stops no run."""
    descriptor = os.memfd_create("order", os.MFD_CLOEXEC)
    with open(descriptor, "wb") as file:  # noqa: PTH123 -- it has no path
        file.write(document)
        file.flush()
        file.seek(0)
        yield descriptor


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _in_words(code: int) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
    return f"its process {how} without a word"

"""Where job runs are carried out, for tests: in this process, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from courseops.errors import CourseOpsError
from courseops.model.jobs.job import Job
from courseops.model.run import Run

Carry = Callable[[Job, Run, str], None]


@dataclass
class MemoryRunner:
    """
    Runs that go on until a test says `end`; with `carry`, each is carried out as it is started.

    `started` and `stopped` remember what it was asked; while it is `exhausted`, nothing starts.
    """

    carry: Carry | None = None
    exhausted: bool = False
    started: list[Run] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)
    _running: dict[str, Job] = field(default_factory=dict)
    _ended: list[tuple[str, str]] = field(default_factory=list)

    def start(self, job: Job, run: Run, owner: str) -> None:
        """
        Start a claimed run.

        Raises:
            CourseOpsError: it was told to start none.
        """
        if self.exhausted:
            raise CourseOpsError("no process can be started")
        self.started.append(run)
        self._running[run.id] = job
        if self.carry is not None:
            self.carry(job, run, owner)
            self.end(run.id, "")

    def end(self, run_id: str, words: str = "its process was killed by signal 9") -> None:
        """Have a run be over."""
        if self._running.pop(run_id, None) is not None:
            self._ended.append((run_id, words))

    def ended(self) -> Sequence[tuple[str, str]]:
        """Give the runs that are over since it was last asked: their id, and what went wrong."""
        ended, self._ended = self._ended, []
        return ended

    def stop(self, run_id: str, why: str) -> None:
        """Have a run stopped."""
        if run_id in self._running:
            self.stopped.setdefault(run_id, why)
            self.end(run_id, why)

    def running(self) -> Mapping[str, Job]:
        """Give what runs now, by the run's id."""
        return dict(self._running)

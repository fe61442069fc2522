"""What the actions on jobs are handed: slots, records, locks, and how to stop ourselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from courseops.model.jobs.job import Job
from courseops.model.run import Run
from courseops.ports.ambient import Clock, Locks
from courseops.ports.jobs import Slots
from courseops.ports.records import Runs


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A run of a job that is ours to carry out: who shows its `owner` may end it."""

    job: Job
    run: Run
    owner: str

    @property
    def by_hand(self) -> bool:
        """Say whether a person runs the job, and not a daemon what was due."""
        return self.run.due_at is None


def _say_nothing(_claim: Claim) -> None:
    """Tell nobody."""


@dataclass(frozen=True, kw_only=True)
class JobPorts:
    """
    What it takes to run jobs.

    `stop` has this process end as SIGTERM ends it. `begun` and `ended` are told of each run that
    is carried out, the latter once its ending is on record.
    """

    slots: Slots
    runs: Runs
    locks: Locks
    clock: Clock
    lease_seconds: float
    stop: Callable[[], None]
    begun: Callable[[Claim], None] = _say_nothing
    ended: Callable[[Claim], None] = _say_nothing

    def until(self) -> datetime:
        """Say until when a claim is held that is made or renewed now."""
        return self.clock.now() + timedelta(seconds=self.lease_seconds)

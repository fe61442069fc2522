"""What running jobs by themselves needs from outside: slots that are claimed, times, alerts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Job
from courseops.model.jobs.slot import Slot
from courseops.model.run import Ending, Run


class Slots(Protocol):
    """
    Who runs what is due; the truth of what ran, shared by every daemon of a site.

    A claim is held for a time, its lease, and renewed by whoever runs; who died renews no more,
    and another may take over. Only the owner can end a run: one that lost its lease is told so.
    """

    def claim(self, slot: Slot, run: Run, owner: str, until: datetime) -> Run | None:
        """
        Claim a slot that nobody has, or whose owner let its lease run out, until `until`.

        `run` is what is recorded if the slot is new, with the slot's job and moment; its
        `started_at` is the present moment. Give the run to carry out, the same with a later
        `attempt` when it is taken over; None if somebody has it, or had it to the end. What is
        run by hand has no `due_at`.
        """
        ...

    def renew(self, run_id: str, owner: str, until: datetime) -> bool:
        """Hold on to a claim until a later moment; False if it belongs to somebody else by now."""
        ...

    def finish(
        self, run_id: str, owner: str, ending: Ending, at: datetime, error: str = ""
    ) -> bool:
        """End a claimed run; False, and nothing changes, if it is no longer the owner's."""
        ...

    def cancel(self, run_id: str, actor: str) -> bool:
        """Ask that a job's run under way be stopped; False if there is none such."""
        ...

    def cancelled_by(self, run_id: str) -> str:
        """Say who asked that a run be stopped; empty if nobody did."""
        ...

    def underway(self) -> list[Run]:
        """List the job runs that have not ended, oldest first."""
        ...

    def abandoned(self, now: datetime) -> list[Run]:
        """List the job runs that have not ended and whose lease has run out, oldest first."""
        ...

    def newest(self, jobs: Collection[str]) -> dict[str, Run]:
        """Give the run of each job's latest slot, by the job's name; what ran by hand is none."""
        ...

    def claimed(self, job: str, since: datetime) -> set[str]:
        """Give the keys of a job's slots from `since` on that were ever claimed."""
        ...

    def known_since(self, jobs: Collection[str], now: datetime) -> dict[str, datetime]:
        """Say since when each job is known, by its name; one first heard of is known from `now`."""
        ...


class Times(Protocol):
    """When a job is due, by clock and calendar."""

    def between(self, job: Job, after: datetime, until: datetime) -> Iterator[Slot]:
        """Give the slots of a job later than `after`, up to and with `until`, in their order."""
        ...

    def next(self, job: Job, after: datetime) -> Slot | None:
        """Give the first slot later than `after`; None if there is none in sight."""
        ...

    def troubles(self) -> Mapping[str, str]:
        """
        Say what of the calendar cannot be read at present, by what it is about.

        Until it can be, what was known of it last holds ("course/python101").
        """
        ...


class Runner(Protocol):
    """Where job runs are carried out, each apart from us, so that none can take us down."""

    def start(self, job: Job, run: Run, owner: str) -> None:
        """Start a claimed run; it renews its claim and ends itself."""
        ...

    def ended(self) -> Sequence[tuple[str, str]]:
        """Give the runs that are over since it was last asked: their id, and what went wrong."""
        ...

    def stop(self, run_id: str, why: str) -> None:
        """Have a run stopped with all that it started: asked first, made to after a grace time."""
        ...

    def running(self) -> Mapping[str, Job]:
        """Give what runs now, by the run's id."""
        ...


class Alerts(Protocol):
    """What is wrong at present, and whom it was told."""

    def open(self) -> list[Alert]:
        """List what is wrong, and what is gone but was not yet said to be, oldest first."""
        ...

    def keep(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts, all or none, each instead of the one with its key."""
        ...

    def forget(self, keys: Collection[str]) -> None:
        """Forget alerts that are gone, and of which nobody has to be told any more."""
        ...

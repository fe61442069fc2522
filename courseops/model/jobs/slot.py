"""A slot: one moment at which one job is due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from courseops.model.run import Run


@dataclass(frozen=True, kw_only=True, order=True)
class Slot:
    """
    One moment at which one job is due; whoever claims it runs the job, and nobody else does.

    `about` says what falls due then, where that is not the job itself: "python101/hw1" for an
    assignment's release or deadline, "python101/hw1/extended" for learners with a later one.
    With the id of a run in `by_hand`, no schedule made the slot: a person wants that run, now.
    """

    due_at: datetime
    job: str
    about: str = ""
    by_hand: str = ""

    @property
    def key(self) -> str:
        """Name the slot among those of its job."""
        if self.by_hand:
            return f"by hand {self.by_hand}"
        at = self.due_at.astimezone(UTC).isoformat(timespec="seconds")
        return f"{at} {self.about}".rstrip()


def run_in(slot: Slot, run: Run) -> Run:
    """Give a run as that of a slot; what nobody scheduled was never due."""
    due_at = None if slot.by_hand else slot.due_at
    return replace(run, job=slot.job, due_at=due_at, about=slot.about)


def slot_of(run: Run) -> Slot:
    """Give the slot for which a job's run was claimed."""
    if run.due_at is None:
        return Slot(due_at=run.started_at, job=run.job, about=run.about, by_hand=run.id)
    return Slot(due_at=run.due_at, job=run.job, about=run.about)

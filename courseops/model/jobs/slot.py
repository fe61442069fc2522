"""A slot: one moment at which one job is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, kw_only=True, order=True)
class Slot:
    """
    One moment at which one job is due; whoever claims it runs the job, and nobody else does.

    `about` says what falls due then, where that is not the job itself: "python101/hw1" for an
    assignment's release or deadline, "python101/hw1/alice" for one learner's own deadline.
    A person who runs a job has a slot of their own, `by_hand`: the id of that run.
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

"""What of an assignment waits for a person to give points."""

from __future__ import annotations

from typing import Protocol


class HandWork(Protocol):
    """The cells of one course's submissions that only a person can grade."""

    @property
    def course_id(self) -> str:
        """Name the course as nbgrader does."""
        ...

    def by_hand(self, name: str) -> dict[str, int]:
        """Count the cells of an assignment that wait, by learner; who has none is not there."""
        ...

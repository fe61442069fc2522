"""Scores as the gradebook has them, and where each learner stands in an assignment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from courseops.model.collection import Submission
from courseops.model.run import Outcome, Status


@dataclass(frozen=True, kw_only=True)
class Score:
    """
    One learner's score in one assignment, in points.

    `score` is what counts: nbgrader takes the hand-given points of a cell over the automatic
    ones, adds the extra credit, and takes the penalty off, though never below zero.
    """

    assignment: str
    learner: str
    auto: float = 0.0
    manual: float = 0.0
    extra_credit: float = 0.0
    raw_score: float = 0.0
    late_penalty: float = 0.0
    max_score: float = 0.0
    needs_manual_grade: bool = False
    submitted_at: datetime | None = None
    late_seconds: float = 0.0

    @property
    def score(self) -> float:
        """Give the points that count."""
        return max(0.0, self.raw_score - self.late_penalty)


class Standing(StrEnum):
    """Where a learner stands in an assignment."""

    GRADED = "graded"
    QUARANTINED = "quarantined"
    COLLECTED = "not graded yet"
    NOT_SUBMITTED = "not submitted"


def standing_of(submission: Submission | None, latest: Outcome | None) -> Standing:
    """Say where a learner stands, from the collected work and the newest word on grading it."""
    if latest is not None and latest.status is Status.FAILED:
        return Standing.QUARANTINED
    if submission is None:
        return Standing.NOT_SUBMITTED
    return Standing.GRADED if submission.graded else Standing.COLLECTED

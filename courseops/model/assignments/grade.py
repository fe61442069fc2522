"""Scores as the gradebook has them, and where each learner stands in an assignment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from courseops.model.assignments.collection import Submission
from courseops.model.roster import Person
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
    score: float = 0.0
    max_score: float = 0.0
    needs_manual_grade: bool = False
    submitted_at: datetime | None = None
    late_seconds: float = 0.0


class Standing(StrEnum):
    """Where a learner stands in an assignment."""

    GRADED = "graded"
    QUARANTINED = "quarantined"
    COLLECTED = "not graded yet"
    NOT_SUBMITTED = "not submitted"


@dataclass(frozen=True, kw_only=True)
class LearnerStanding:
    """
    One learner in one assignment; without a `score` there are no points to show.

    `kind` and `reason` say why the work is in quarantine. `fetched` says whether they have the
    assignment at all, None where nobody can know; `extended_until` is a deadline of their own.
    """

    person: Person
    standing: Standing
    submission: Submission | None = None
    score: Score | None = None
    kind: str = ""
    reason: str = ""
    fetched: bool | None = None
    extended_until: datetime | None = None


def in_words(score: Score) -> str:
    """Say a score in one line."""
    points = f"{score.score:g} of {score.max_score:g} points"
    return f"{points}, more by hand" if score.needs_manual_grade else points


def stand(
    person: Person, submission: Submission | None, score: Score | None, latest: Outcome | None
) -> LearnerStanding:
    """
    Say where a learner stands, from the collected work and the newest word on grading it.

    Until there has been graded work the gradebook's score is an empty one, and not shown.
    """
    trouble = latest if latest is not None and latest.status is Status.FAILED else None
    return LearnerStanding(
        person=person,
        standing=standing_of(
            collected=submission is not None,
            graded=submission is not None and submission.graded,
            failed=trouble is not None,
        ),
        submission=submission,
        score=score if submission is not None and submission.ever_graded else None,
        kind=trouble.kind if trouble else "",
        reason=trouble.reason if trouble else "",
    )


def standing_of(*, collected: bool, graded: bool, failed: bool) -> Standing:
    """Say where somebody stands of whom work was collected, and whose trouble still stands."""
    if failed:
        return Standing.QUARANTINED
    if not collected:
        return Standing.NOT_SUBMITTED
    return Standing.GRADED if graded else Standing.COLLECTED

"""How far each piece of work in a course is: what a table of thirty thousand needs, no more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from courseops.model.assignments.collection import Submission
from courseops.model.assignments.grade import Score


class Work(NamedTuple):
    """
    One learner's collected work in one assignment; see `Submission` and `Score`.

    A tuple, because a course has thirty thousand of them. `points` is None without a score.
    """

    graded: bool
    ever_graded: bool
    late_seconds: float
    points: float | None = None
    by_hand: bool = False


def works_of(submissions: Iterable[Submission], scores: Iterable[Score]) -> dict[str, Work]:
    """Put together what is known of one assignment's work, by learner."""
    scored = {it.learner: it for it in scores}
    return {it.learner: _work(it, scored.get(it.learner)) for it in submissions}


def _work(submission: Submission, score: Score | None) -> Work:
    return Work(
        graded=submission.graded,
        ever_graded=submission.ever_graded,
        late_seconds=submission.late_seconds,
        points=score.score if score else None,
        by_hand=bool(score and score.needs_manual_grade),
    )

"""What grading again would change, before it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from courseops.model.assignments.grade import Score
from courseops.model.assignments.graded import GradedWork


@dataclass(frozen=True, kw_only=True)
class ScoreChange:
    """
    One learner's points before and after; `after` is None when the work would get no new grade.

    `reason` then says why not. `before` is None for work that had no grade.
    """

    learner: str
    before: float | None
    after: float | None
    max_score: float
    reason: str = ""

    @property
    def is_one(self) -> bool:
        """Say whether anything would be different."""
        return self.before != self.after


def score_changes(
    works: Iterable[GradedWork], before: Mapping[str, Score], after: Mapping[str, Score]
) -> tuple[ScoreChange, ...]:
    """Compare the gradebook's scores with what they would be, for those graded again, by name."""
    return tuple(
        _change(work, before.get(work.learner), after.get(work.learner))
        for work in sorted(works, key=lambda it: it.learner)
    )


def _change(work: GradedWork, before: Score | None, after: Score | None) -> ScoreChange:
    known = after or before
    return ScoreChange(
        learner=work.learner,
        before=before.score if before else None,
        after=after.score if after else None,
        max_score=known.max_score if known else 0.0,
        reason=work.problem.reason if work.problem else "",
    )

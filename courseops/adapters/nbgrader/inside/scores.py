"""Inside the child: read the scores."""

from __future__ import annotations

from typing import Any

from nbgrader.api import (
    Assignment,
    Grade,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import func

from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.adapters.nbgrader.inside.submissions import utc


def list_scores(course: OpenCourse, name: str = "", learner: str = "") -> list[dict[str, Any]]:
    """Read the scores of one assignment, or of all; of one learner, or of all."""
    with course.gradebook() as gradebook:
        wanted = gradebook.db.query(SubmittedAssignment).join(Assignment)
        if name:
            wanted = wanted.filter(Assignment.name == name)
        if learner:
            wanted = wanted.filter(SubmittedAssignment.student_id == learner)
        parts = _parts(gradebook.db)
        return [_describe(it, parts.get(it.id, (0.0, 0.0, 0.0))) for it in wanted]


def _parts(db: Any) -> dict[str, tuple[float, float, float]]:
    sums = [
        func.coalesce(func.sum(column), 0.0)
        for column in (Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    ]
    rows = (
        db.query(SubmittedNotebook.assignment_id, *sums)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .group_by(SubmittedNotebook.assignment_id)
    )
    return {id_: (auto, manual, extra) for id_, auto, manual, extra in rows}


def _describe(submission: Any, parts: tuple[float, float, float]) -> dict[str, Any]:
    auto, manual, extra_credit = parts
    penalty = submission.late_submission_penalty or 0.0
    return {
        "assignment": submission.name,
        "learner": submission.student_id,
        "auto": auto,
        "manual": manual,
        "extra_credit": extra_credit,
        "raw_score": submission.score,
        "late_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
        "max_score": submission.assignment.max_score,
        "needs_manual_grade": bool(submission.needs_manual_grade),
        "submitted_at": utc(submission.timestamp),
        "late_seconds": submission.total_seconds_late,
    }

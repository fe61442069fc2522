"""Scores, read over an open connection, and as they travel between nbgrader's process and us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from courseops.adapters.nbgrader import totals
from courseops.adapters.nbgrader.asking import Asking, moment, span
from courseops.model.assignments.grade import Score


def scores_on(ask: Asking, name: str = "", learners: Sequence[str] = ()) -> list[Score]:
    """Give the scores of one assignment or of all, of some learners or of all."""
    maxima = {it["id"]: it["max_score"] for it in ask(totals.assignments())}
    points = {it["submission"]: it for it in ask(totals.points(name, learners))}
    penalties = {it["submission"]: it["penalty"] for it in ask(totals.penalties(name, learners))}
    return [
        _score(
            row,
            points.get(row["id"]),
            penalties.get(row["id"], 0.0),
            maxima[row["assignment_id"]],
        )
        for row in ask(totals.submissions(name, learners))
    ]


def _score(row: Any, points: Any, penalty: float, max_score: float) -> Score:
    raw = points["raw"] if points else 0.0
    submitted_at, due_at = moment(row["timestamp"]), moment(row["duedate"])
    extension = span(row["extension"])
    return Score(
        assignment=row["name"],
        learner=row["student_id"],
        auto=points["auto"] if points else 0.0,
        manual=points["manual"] if points else 0.0,
        extra_credit=points["extra_credit"] if points else 0.0,
        raw_score=raw,
        late_penalty=penalty,
        score=max(0.0, raw - penalty),
        max_score=max_score,
        needs_manual_grade=bool(points and points["by_hand"]),
        submitted_at=submitted_at,
        late_seconds=late_seconds(submitted_at, extended(due_at, extension)),
    )


def late_seconds(submitted_at: datetime | None, due_at: datetime | None) -> float:
    """Say how long after the deadline work came; without either moment, it was in time."""
    if submitted_at is None or due_at is None:
        return 0.0
    return max(0.0, (submitted_at - due_at).total_seconds())


def extended(due_at: datetime | None, extension: timedelta | None) -> datetime | None:
    """Give a learner's own deadline; an extension of none is no deadline."""
    return due_at + extension if due_at and extension else due_at


def spell_score(score: Score) -> dict[str, Any]:
    """Spell a score as JSON can hold it."""
    at = score.submitted_at.isoformat() if score.submitted_at else None
    return {**asdict(score), "submitted_at": at}


def read_score(row: Mapping[str, Any]) -> Score:
    """Read a score as the child writes it."""
    at = row["submitted_at"]
    return Score(**{**row, "submitted_at": datetime.fromisoformat(at) if at else None})

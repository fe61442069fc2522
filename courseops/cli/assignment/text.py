"""What `courseops assignment …` prints for a person."""

from __future__ import annotations

from datetime import timedelta, tzinfo

from rich.console import Console

from courseops.actions.assignments import AssignmentStatus
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.assignment import Assignment
from courseops.model.grade import LearnerStanding, Score
from courseops.model.run import Outcome


def print_assignments(console: Console, found: tuple[Assignment, ...], zone: tzinfo) -> None:
    """Print the assignments of a course, one row each."""
    numbers = ("points", "submitted", "graded", "by hand")
    rows = table("assignment", "state", "due", *numbers, numbers=numbers, whole=("state", "due"))
    for it in found:
        counts = (it.submitted, it.graded, it.needs_manual_grade)
        rows.add_row(
            *cells(it.name, it.state, local(it.due_at, zone), f"{it.max_score:g}", *counts)
        )
    console.print(rows)


def print_status(console: Console, found: AssignmentStatus, zone: tzinfo) -> None:
    """Print where each learner stands, one row each."""
    numbers = ("late", "points")
    title = f"{found.course_id}: {found.assignment.name}"
    rows = table(
        "learner",
        "standing",
        "submitted",
        *numbers,
        numbers=numbers,
        whole=("submitted",),
        title=title,
    )
    for learner in found.learners:
        rows.add_row(*cells(*_row(learner, zone)))
    console.print(rows)
    if any(learner.score and learner.score.needs_manual_grade for learner in found.learners):
        console.print("+  points are still to be given by hand, in formgrader", style="dim")


def _row(learner: LearnerStanding, zone: tzinfo) -> tuple[object, ...]:
    submission = learner.submission
    kind = f" ({learner.kind})" if learner.kind else ""
    return (
        learner.person.username,
        f"{learner.standing}{kind}",
        local(submission.submitted_at if submission else None, zone),
        _late(submission.late_seconds if submission else 0),
        _points(learner.score) if learner.score else "",
    )


def _points(score: Score) -> str:
    return f"{score.score:g}/{score.max_score:g} {'+' if score.needs_manual_grade else ' '}"


def _late(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))) if seconds else ""


def print_items(console: Console, outcomes: tuple[Outcome, ...], done: str) -> None:
    """Print what needs a look, and count the rest; learners who are as they were only count."""
    shown = [it for it in outcomes if it.kind not in ("already-graded", "unchanged")]
    as_before = len(outcomes) - len(shown)
    print_outcomes(console, shown, done=done)
    if as_before:
        console.print(f"{as_before} as before", style="dim")

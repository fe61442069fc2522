"""What `courseops assignment …` prints for a person."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console

from courseops.actions.assignments import AssignmentReleased, AssignmentStatus
from courseops.actions.grading import QuarantineList
from courseops.cli.tables import cells, print_outcomes, table
from courseops.errors import CourseOpsError
from courseops.model.assignment import Assignment
from courseops.model.grade import LearnerStanding, Score
from courseops.model.run import Outcome


def print_assignments(console: Console, found: tuple[Assignment, ...]) -> None:
    """Print the assignments of a course, one row each."""
    numbers = ("points", "submitted", "graded", "by hand")
    rows = table("assignment", "state", "due", *numbers, numbers=numbers)
    for it in found:
        counts = (it.submitted, it.graded, it.needs_manual_grade)
        rows.add_row(*cells(it.name, it.state, _time(it.due_at), f"{it.max_score:g}", *counts))
    console.print(rows)


def print_status(console: Console, found: AssignmentStatus) -> None:
    """Print where each learner stands, one row each."""
    numbers = ("late", "points")
    title = f"{found.course_id}: {found.assignment.name}"
    rows = table("learner", "standing", "submitted", *numbers, "why", numbers=numbers, title=title)
    for learner in found.learners:
        rows.add_row(*cells(*_row(learner)))
    console.print(rows)


def _row(learner: LearnerStanding) -> tuple[object, ...]:
    submission = learner.submission
    late_seconds = submission.late_seconds if submission else 0
    return (
        learner.person.username,
        learner.standing,
        _time(submission.submitted_at if submission else None),
        f"{late_seconds:.0f} s" if late_seconds else "",
        _points(learner.score) if learner.score else "",
        learner.reason,
    )


def _points(score: Score) -> str:
    return f"{score.score:g} of {score.max_score:g}{' …' if score.needs_manual_grade else ''}"


def print_released(console: Console, done: AssignmentReleased) -> None:
    """Say what a release came to."""
    due = _time(done.assignment.due_at) or "no deadline"
    console.print(
        f"{done.assignment.name}: {done.came_to}, {done.assignment.max_score:g} points, due {due}",
        markup=False,
    )


def print_items(console: Console, outcomes: tuple[Outcome, ...], done: str) -> None:
    """Print what needs a look, and count the rest; learners who are as they were only count."""
    shown = [it for it in outcomes if it.kind not in ("already-graded", "unchanged")]
    as_before = len(outcomes) - len(shown)
    print_outcomes(console, shown, done=done)
    if as_before:
        console.print(f"{as_before} as before", style="dim")


def print_quarantine(console: Console, found: QuarantineList) -> None:
    """Print what is in quarantine, or that nothing is."""
    if not found.outcomes:
        console.print("nothing is in quarantine")
        return
    rows = table("learner", "kind", "why", "what would mend it")
    for it in found.outcomes:
        rows.add_row(*cells(it.subject, it.kind, it.reason, it.mend))
    console.print(rows)


def write_file(path: Path, content: str) -> None:
    """
    Write `content` to `path`, in UTF-8, with its line ends untouched.

    Raises:
        CourseOpsError: it cannot be written.
    """
    try:
        path.write_text(content, encoding="utf-8", newline="")
    except OSError as error:
        raise CourseOpsError(f"cannot write {path}: {error.strerror}") from error


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}" if at else ""

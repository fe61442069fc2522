"""What `courseops assignment …` prints for a person."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Console

from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.assignments.assignment import Assignment
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


def print_items(console: Console, outcomes: tuple[Outcome, ...], done: str) -> None:
    """Print what needs a look, and count the rest; learners who are as they were only count."""
    shown = [it for it in outcomes if it.kind not in ("already-graded", "unchanged")]
    as_before = len(outcomes) - len(shown)
    print_outcomes(console, shown, done=done)
    if as_before:
        console.print(f"{as_before} as before", style="dim")

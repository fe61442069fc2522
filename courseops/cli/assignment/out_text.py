"""What `assignment release` and `push` print for a person."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo

from rich.console import Console

from courseops.actions.assignments.pushing import AssignmentPushed
from courseops.actions.assignments.releasing import AssignmentReleased
from courseops.cli.tables import local, print_outcomes

_AS_BEFORE = "already-there"


def print_released(console: Console, done: AssignmentReleased, zone: tzinfo) -> None:
    """Say what a release came to."""
    due_at = done.assignment.due_at
    due = f"due {local(due_at, zone)}" if due_at else "no deadline"
    console.print(
        f"{done.assignment.name}: {done.came_to}, {done.files} files, {done.cells} cells, "
        f"{done.assignment.max_score:g} points, {due}",
        markup=False,
    )
    for remark in done.remarks:
        console.print(remark, style="yellow", markup=False)


def print_pushed(console: Console, done: AssignmentPushed) -> None:
    """Print who needs a look, and count the rest."""
    kinds = Counter(it.kind for it in done.outcomes)
    if not done.applied:
        console.print(
            f"{done.files} files to {done.folder}: {kinds['preview']} learners lack some or all",
            markup=False,
        )
    shown = [it for it in done.outcomes if it.kind not in (_AS_BEFORE, "preview")]
    print_outcomes(console, shown, done="learners were given files")
    if kinds[_AS_BEFORE]:
        console.print(f"{kinds[_AS_BEFORE]} have it all already", style="dim")

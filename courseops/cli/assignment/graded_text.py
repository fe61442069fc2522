"""What `assignment autograde` and `quarantine` print for a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from courseops.actions.assignments.quarantine import QuarantineList
from courseops.cli.tables import cells, table
from courseops.model.assignments.regrade import ScoreChange


def print_changes(console: Console, changes: Sequence[ScoreChange]) -> None:
    """Print whose points would change, one row each, and count those whose would not."""
    numbers = ("now", "then")
    rows = table("learner", *numbers, "why", numbers=numbers)
    changed = [it for it in changes if it.is_one]
    for it in changed:
        rows.add_row(*cells(it.learner, _points(it.before), _points(it.after), it.reason))
    if changed:
        console.print(rows)
    console.print(f"{len(changes) - len(changed)} of {len(changes)} would stay as they are")


def _points(points: float | None) -> str:
    return "–" if points is None else f"{points:g}"


def print_quarantine(console: Console, found: QuarantineList) -> None:
    """Print what is in quarantine, or that nothing is."""
    if not found.outcomes:
        console.print("nothing is in quarantine")
        return
    steps = {it.learner: "; ".join(it.steps) for it in found.proposals}
    rows = table("learner", "kind", "why", "what would mend it", whole=("learner", "kind"))
    for it in found.outcomes:
        ours = f"courseops can: {steps[it.subject]}" if it.subject in steps else it.mend
        rows.add_row(*cells(it.subject, it.kind, it.reason, ours))
    console.print(rows)
    if steps:
        console.print(
            f"courseops can mend {len(steps)}: "
            f"courseops assignment quarantine {found.course_id} {found.name} --apply",
            markup=False,
        )

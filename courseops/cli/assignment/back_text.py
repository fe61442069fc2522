"""What `assignment manifest` and `extend` print for a person."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo

from rich.console import Console

from courseops.actions.assignments.extending import AssignmentExtended
from courseops.actions.assignments.manifests import ManifestList
from courseops.cli.tables import cells, local, table
from courseops.model.assignments.manifest import State


def print_manifests(console: Console, found: ManifestList, zone: tzinfo) -> None:
    """Print each submission, or when they are proved only those that are not as collected."""
    shown = [it for it in found.submissions if not found.verified or it.state is not State.OK]
    if shown:
        rows = table("learner", "handed in", "state", "files", "why", "manifest", numbers=["files"])
        for it in shown:
            when = local(it.submitted_at, zone)
            number = it.fingerprint[:12]
            rows.add_row(*cells(it.learner, when, it.state, len(it.files), it.reason, number))
        console.print(rows)
    counts = Counter(it.state for it in found.submissions)
    told = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    console.print(f"{told or 'nothing was collected yet'}; the key is {found.key}", markup=False)


def print_extended(console: Console, done: AssignmentExtended, zone: tzinfo) -> None:
    """Say until when somebody has."""
    told = "nbgrader knows" if done.in_gradebook else "nbgrader will know with their first work"
    console.print(
        f"{done.learner} has until {local(done.until, zone)} for {done.name} "
        f"(before: {local(done.before, zone)}); {told}",
        markup=False,
    )

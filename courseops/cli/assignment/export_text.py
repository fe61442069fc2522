"""What `courseops assignment export` tells a person beside the file."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from courseops.actions.assignments.exports import GradesExported
from courseops.cli.tables import print_outcomes
from courseops.model.run import Outcome


def print_left_out(console: Console, left_out: Sequence[Outcome]) -> None:
    """List who is in the gradebook and not in the file; without any, print nothing."""
    for outcome in left_out:
        console.print(
            f"left out: {outcome.subject} {outcome.reason}", markup=False, highlight=False
        )


def print_exported(console: Console, found: GradesExported) -> None:
    """List everybody whose points are not in the file and why, and count the others."""
    print_outcomes(console, found.outcomes, done="learners' points are in the file")
    print_left_out(console, found.left_out)
    for warning in found.warnings:
        console.print(f"! {warning}", style="yellow", markup=False, highlight=False)

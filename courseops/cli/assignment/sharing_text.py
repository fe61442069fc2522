"""What `courseops assignment balance` prints for a person."""

from __future__ import annotations

from rich.console import Console

from courseops.actions.assignments.balance import GradingShared
from courseops.cli.tables import cells, print_outcomes, table
from courseops.model.run import Status


def print_lists(console: Console, done: GradingShared) -> None:
    """Print how much everybody has, then each one's list."""
    rows = table("assistant", "learners", "cells", numbers=("learners", "cells"))
    for each in done.lists:
        rows.add_row(*cells(each.assistant, len(each.tasks), each.cells))
    console.print(rows)
    tasks = table("assistant", "learner", "cells", "in formgrader", numbers=("cells",))
    for each in done.lists:
        for task in each.tasks:
            tasks.add_row(*cells(each.assistant, task.learner, task.cells, task.page))
    if tasks.row_count:
        console.print(tasks)
    failed = [it for it in done.outcomes if it.status is Status.FAILED]
    if failed or not done.outcomes:
        print_outcomes(console, failed, done="submissions shared out")

"""`assignment balance`: who does the rest."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from courseops.actions.assignments.balance import GradingShared, share_grading
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.assignment.sharing_text import print_lists
from courseops.cli.frame import Document, Frame, command
from courseops.model.assignments.gradesheet import plain


@command(assignment, "balance", document=Document("assignment-balance", GradingShared))
@course_argument
@name_argument
@click.option("--among", multiple=True, metavar="WHO", help="Only these; may be repeated.")
@click.option("--by-section", is_flag=True, help="Each assistant's own section first.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write everybody's list to this file, as CSV.",
)
def balance(
    frame: Frame,
    course: str,
    name: str,
    among: tuple[str, ...],
    by_section: bool,
    output: Path | None,
) -> None:
    """
    Share out what is to be graded by hand among the assistants, the least work first.

    Work is counted in cells. Whoever has a learner's work from an earlier time keeps it, and
    nobody gets their own.
    """
    site = frame.site
    done = share_grading(
        site.course(course),
        site.store.enrolments,
        site.journal,
        name,
        among=among,
        by_section=by_section,
    )
    if output is not None:
        frame.write_file(output, _as_csv(done))
    frame.show(done, lambda console: print_lists(console, done))
    frame.end(done.outcomes)


def _as_csv(done: GradingShared) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(("assistant", "learner", "cells", "page"))
    for each in done.lists:
        for task in each.tasks:
            writer.writerow((plain(each.assistant), plain(task.learner), task.cells, task.page))
    return sheet.getvalue()

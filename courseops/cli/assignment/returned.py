"""`assignment feedback` and `export`: what the learners and the school get."""

from __future__ import annotations

from pathlib import Path

import click

from courseops.actions.assignments import GradesExported, export_grades
from courseops.actions.feedback import FeedbackReleased, release_feedback
from courseops.cli.assignment import text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command
from courseops.wiring.grading import grading_ports

_TABLES = {"csv": GradesExported.as_csv}


@command(assignment, "feedback", document=Document("assignment-feedback", FeedbackReleased))
@course_argument
@name_argument
def feedback(frame: Frame, course: str, name: str) -> None:
    """
    Write feedback on all graded work and release it to the learners.

    Whose work is in quarantine gets a page that says why, and what to do.
    """
    site = frame.site
    done = release_feedback(grading_ports(site, course), site.journal, name)
    frame.show(done, lambda console: text.print_items(console, done.outcomes, "have feedback"))
    frame.end(done.outcomes)


@command(assignment, "export", document=Document("grades", GradesExported))
@course_argument
@click.argument("name", required=False, default="")
@click.option(
    "--format",
    "kind",
    type=click.Choice(list(_TABLES)),
    default="csv",
    show_default=True,
    help="What to write.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the CSV to this file instead of standard output.",
)
def export(frame: Frame, course: str, name: str, kind: str, output: Path | None) -> None:
    """Write the grades of one assignment, or of all, as CSV."""
    site = frame.site
    at = site.course(course)
    found = export_grades(at, at.gradebook, site.journal.runs, name)
    table = _TABLES[kind](found)
    if output is not None:
        frame.write_file(output, table)
    if output is None or frame.as_json:
        frame.show(found, lambda _: click.echo(table, nl=False))

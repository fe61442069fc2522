"""`assignment autograde` and `quarantine`: every submission ends with a grade or a reason."""

from __future__ import annotations

import click

from courseops.actions.grading import (
    AssignmentGraded,
    QuarantineList,
    autograde,
    quarantine,
)
from courseops.cli.assignment import text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command


@command(assignment, "autograde", document=Document("assignment-autograde", AssignmentGraded))
@course_argument
@name_argument
@click.option("--student", "students", multiple=True, help="Only this learner; may be repeated.")
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    help="How many to grade side by side.  [default: one a core, at most 4]",
)
@click.option("--regrade", is_flag=True, help="Also what has its grade; points by hand stay.")
def grade(
    frame: Frame, course: str, name: str, students: tuple[str, ...], workers: int, regrade: bool
) -> None:
    """
    Run collected work against the tests and fill the gradebook.

    Every submission ends with a grade or with a named reason; see `assignment quarantine`.
    What has its grade already is left alone.
    """
    site = frame.site
    at = site.course(course)
    done = autograde(
        at,
        at.gradebook,
        site.grader(course),
        site.journal,
        name,
        students=students,
        workers=workers,
        regrade=regrade,
    )
    frame.show(done, lambda console: text.print_items(console, done.outcomes, "graded"))
    frame.end(done.outcomes)


@command(assignment, "quarantine", document=Document("assignment-quarantine", QuarantineList))
@course_argument
@name_argument
def show_quarantine(frame: Frame, course: str, name: str) -> None:
    """List what could not be graded, why, and what would mend it."""
    site = frame.site
    site.course_section(course)
    found = quarantine(site.journal.runs, course, name)
    frame.show(found, lambda console: text.print_quarantine(console, found))

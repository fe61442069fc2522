"""`courseops assignment …`: out to the learners, back, graded, and out again as grades."""

from __future__ import annotations

from pathlib import Path

import click

from courseops.actions.assignments import (
    AssignmentCollected,
    AssignmentReleased,
    AssignmentStatus,
    GradesExported,
    assignment_status,
    collect_assignment,
    export_grades,
    list_assignments,
    release_assignment,
)
from courseops.actions.grading import (
    AssignmentGraded,
    FeedbackReleased,
    QuarantineList,
    autograde,
    quarantine,
    release_feedback,
)
from courseops.cli import assignment_text as text
from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.model.assignment import Assignment

_TABLES = {"csv": GradesExported.as_csv}


@cli.group(short_help="Release, collect, grade and return nbgrader assignments.")
def assignment() -> None:
    """Release, collect, grade and give back a course's nbgrader assignments."""


_course = click.argument("course")
_name = click.argument("name")


@command(assignment, "list", document=Document("assignments", tuple[Assignment, ...]))
@_course
def list_(frame: Frame, course: str) -> None:
    """List a course's assignments: released or not, due when, how many graded."""
    found = list_assignments(frame.site.course(course))
    zone = frame.site.time_zone
    frame.show(found, lambda console: text.print_assignments(console, found, zone))


@command(assignment, "status", document=Document("assignment-status", AssignmentStatus))
@_course
@_name
def status(frame: Frame, course: str, name: str) -> None:
    """Show where each learner stands in an assignment, also who handed in nothing."""
    site = frame.site
    at = site.course(course)
    found = assignment_status(at, at.gradebook, site.journal.runs, name)
    zone = frame.site.time_zone
    frame.show(found, lambda console: text.print_status(console, found, zone))


@command(assignment, "release", document=Document("assignment-release", AssignmentReleased))
@_course
@_name
@click.option(
    "--due", metavar="TIME", help="The deadline, for example 2026-03-02T23:59; in the site's zone."
)
def release(frame: Frame, course: str, name: str, due: str | None) -> None:
    """
    Generate the learners' version of an assignment and release it to the exchange.

    Solutions and hidden tests are taken out by nbgrader. Without a change, a second release
    leaves the exchange as it is.
    """
    site = frame.site
    due_at = frame.moment(due, "--due") if due else None
    done = release_assignment(site.course(course), site.journal, name, due_at=due_at)
    frame.show(done, lambda console: text.print_released(console, done, site.time_zone))


@command(assignment, "collect", document=Document("assignment-collect", AssignmentCollected))
@_course
@_name
def collect(frame: Frame, course: str, name: str) -> None:
    """
    Bring in every learner's newest submission from the exchange.

    One that cannot be taken stops none of the others; what is there already stays.
    """
    site = frame.site
    done = collect_assignment(site.course(course), site.journal, name)
    frame.show(
        done, lambda console: text.print_items(console, done.outcomes, "submissions brought in")
    )
    frame.end(done.outcomes)


@command(assignment, "autograde", document=Document("assignment-autograde", AssignmentGraded))
@_course
@_name
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
@_course
@_name
def show_quarantine(frame: Frame, course: str, name: str) -> None:
    """List what could not be graded, why, and what would mend it."""
    site = frame.site
    site.course_section(course)
    found = quarantine(site.journal.runs, course, name)
    frame.show(found, lambda console: text.print_quarantine(console, found))


@command(assignment, "feedback", document=Document("assignment-feedback", FeedbackReleased))
@_course
@_name
def feedback(frame: Frame, course: str, name: str) -> None:
    """Write feedback on all graded work and release it to the learners."""
    site = frame.site
    done = release_feedback(site.course(course), site.journal, name)
    frame.show(done, lambda console: text.print_items(console, done.outcomes, "have feedback"))
    frame.end(done.outcomes)


@command(assignment, "export", document=Document("grades", GradesExported))
@_course
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

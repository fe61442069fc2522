"""`assignment list`, `status` and `balance`: where everything stands, and who does the rest."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from courseops.actions.assignments.balance import GradingShared, share_grading
from courseops.actions.assignments.overview import (
    AssignmentStatus,
    assignment_status,
    list_assignments,
)
from courseops.actions.assignments.standings import CourseStatus, course_status
from courseops.cli.assignment import standing_text, text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command
from courseops.model.assignments.assignment import Assignment
from courseops.model.assignments.deadline import later_of
from courseops.model.assignments.gradesheet import plain
from courseops.wiring.fetching import who_fetched

WHOLE_COURSE = Document("course-status", CourseStatus)


@command(assignment, "list", document=Document("assignments", tuple[Assignment, ...]))
@course_argument
def list_(frame: Frame, course: str) -> None:
    """List a course's assignments: released or not, due when, how many graded."""
    found = list_assignments(frame.site.course(course))
    zone = frame.site.time_zone
    frame.show(found, lambda console: text.print_assignments(console, found, zone))


@command(
    assignment,
    "status",
    document=Document("assignment-status", AssignmentStatus),
    other={"without NAME": WHOLE_COURSE},
)
@course_argument
@click.argument("name", required=False, default="")
@click.option("--all", "everyone", is_flag=True, help="Without NAME: also whose work needs nobody.")
def status(frame: Frame, course: str, name: str, everyone: bool) -> None:
    """
    Show where each learner stands in an assignment, also who handed in nothing.

    Without NAME it is about the whole course: how many are how far with each assignment, and
    the learners whose work needs somebody.
    """
    site = frame.site
    at, past = site.course(course), site.history
    if not name:
        whole = course_status(
            at, at.gradebook, past, lambda names, who: who_fetched(site, course, names, who)
        )
        frame.document = WHOLE_COURSE
        frame.show(
            whole, lambda console: standing_text.print_matrix(console, whole, everyone=everyone)
        )
        return
    calendar = site.course_section(course).calendar(name)
    students = [it.username for it in at.gradebook.students().values()]
    fetched = who_fetched(site, course, [name], students)
    found = assignment_status(
        at,
        at.gradebook,
        past,
        name,
        fetched=fetched[name] if fetched is not None else None,
        extended=later_of(past.extensions(course, name), calendar.extensions),
    )
    zone = site.time_zone
    frame.show(found, lambda console: standing_text.print_status(console, found, zone))


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
    frame.show(done, lambda console: standing_text.print_lists(console, done))
    frame.end(done.outcomes)


def _as_csv(done: GradingShared) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(("assistant", "learner", "cells", "page"))
    for each in done.lists:
        for task in each.tasks:
            writer.writerow((plain(each.assistant), plain(task.learner), task.cells, task.page))
    return sheet.getvalue()

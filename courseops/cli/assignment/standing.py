"""`assignment list` and `status`: where everything stands."""

from __future__ import annotations

import click

from courseops.actions.assignments.overview import (
    AssignmentStatus,
    assignment_status,
    list_assignments,
)
from courseops.actions.assignments.standings import CourseStatus, course_status
from courseops.cli.assignment import standing_text, text
from courseops.cli.assignment.noun import assignment, course_argument
from courseops.cli.frame import Document, Frame, command
from courseops.model.assignments.assignment import Assignment
from courseops.model.assignments.deadline import later_of
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

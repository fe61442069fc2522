"""`assignment release`: out to the learners."""

from __future__ import annotations

import click

from courseops.actions.assignments import AssignmentReleased, release_assignment
from courseops.cli.assignment import text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command


@command(assignment, "release", document=Document("assignment-release", AssignmentReleased))
@course_argument
@name_argument
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

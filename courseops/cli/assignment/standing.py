"""`assignment list` and `status`: where everything and everyone stands."""

from __future__ import annotations

from courseops.actions.assignments import AssignmentStatus, assignment_status, list_assignments
from courseops.cli.assignment import text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command
from courseops.model.assignment import Assignment


@command(assignment, "list", document=Document("assignments", tuple[Assignment, ...]))
@course_argument
def list_(frame: Frame, course: str) -> None:
    """List a course's assignments: released or not, due when, how many graded."""
    found = list_assignments(frame.site.course(course))
    zone = frame.site.time_zone
    frame.show(found, lambda console: text.print_assignments(console, found, zone))


@command(assignment, "status", document=Document("assignment-status", AssignmentStatus))
@course_argument
@name_argument
def status(frame: Frame, course: str, name: str) -> None:
    """Show where each learner stands in an assignment, also who handed in nothing."""
    site = frame.site
    at = site.course(course)
    found = assignment_status(at, at.gradebook, site.journal.runs, name)
    zone = frame.site.time_zone
    frame.show(found, lambda console: text.print_status(console, found, zone))

"""`assignment collect`: back from the learners."""

from __future__ import annotations

from courseops.actions.assignments import AssignmentCollected, collect_assignment
from courseops.cli.assignment import text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command


@command(assignment, "collect", document=Document("assignment-collect", AssignmentCollected))
@course_argument
@name_argument
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

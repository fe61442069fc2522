"""Inside the child: how many cells wait for a person."""

from __future__ import annotations

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import func

from courseops.adapters.nbgrader.inside.opening import OpenCourse


def count_by_hand(course: OpenCourse, name: str) -> dict[str, int]:
    """Count the cells of an assignment that need points by hand, by learner."""
    with course.gradebook() as gradebook:
        rows = (
            gradebook.db.query(SubmittedAssignment.student_id, func.count(Grade.id))
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .filter(Assignment.name == name, Grade.needs_manual_grade)
            .group_by(SubmittedAssignment.student_id)
        )
        return {learner: int(cells) for learner, cells in rows}

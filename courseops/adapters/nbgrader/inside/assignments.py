"""Inside the child: what assignments there are."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps.api import NbGraderAPI

from courseops.adapters.nbgrader.inside.opening import OpenCourse


def list_assignments(course: OpenCourse) -> list[dict[str, Any]]:
    """List the assignments that have a source, as nbgrader's formgrader would."""
    api = NbGraderAPI(course.coursedir, course.authenticator, course.exchange, parent=course.app)
    rows = []
    for assignment in api.get_assignments():
        # nbgrader's times are naive and in UTC.
        name, due_at = assignment["name"], assignment["duedate"]
        rows.append(
            {
                "name": name,
                "state": assignment["status"],
                "due_at": due_at and f"{due_at}+00:00",
                "max_score": assignment["max_score"],
                "submitted": assignment["num_submissions"],
                "graded": len(api.get_autograded_students(name)),
                "needs_manual_grade": _count_by_hand(course, name),
            }
        )
    return rows


def _count_by_hand(course: OpenCourse, name: str) -> int:
    with course.gradebook() as gradebook:
        found = (
            gradebook.db.query(SubmittedAssignment.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .filter(Assignment.name == name, Grade.needs_manual_grade)
            .distinct()
            .count()
        )
    return int(found)

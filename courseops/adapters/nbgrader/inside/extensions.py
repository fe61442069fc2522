"""Inside the child: who has more time."""

from __future__ import annotations

from nbgrader.api import MissingEntry

from courseops.adapters.nbgrader.inside.opening import OpenCourse


def list_extensions(course: OpenCourse, name: str) -> dict[str, float]:
    """Give the extensions that the gradebook keeps, in seconds, by learner."""
    with course.gradebook() as gradebook:
        try:
            submissions = gradebook.find_assignment(name).submissions
        except MissingEntry:
            return {}
        return {it.student_id: it.extension.total_seconds() for it in submissions if it.extension}

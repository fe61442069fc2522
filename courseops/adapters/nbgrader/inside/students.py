"""Inside the child: the students of the gradebook, who are never removed."""

from __future__ import annotations

from typing import Any

from nbgrader.api import InvalidEntry, MissingEntry

from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError


def list_students(course: OpenCourse) -> list[dict[str, Any]]:
    """List the students."""
    with course.gradebook() as gradebook:
        return [
            {
                "username": it.id,
                "given_name": it.first_name or "",
                "family_name": it.last_name or "",
                "email": it.email or "",
            }
            for it in gradebook.students
        ]


def put_student(course: OpenCourse, username: str, **names: str) -> str:
    """Add a student, or bring the names up to date; say `added`, `updated` or `unchanged`."""
    if not username:
        raise RefusedError("invalid-name", "a student needs a username")
    with course.gradebook() as gradebook:
        try:
            student = gradebook.find_student(username)
        except MissingEntry:
            student = None
        if student and all((getattr(student, key) or "") == names[key] for key in names):
            return "unchanged"
        try:
            gradebook.update_or_create_student(username, **names)
        except InvalidEntry as error:
            raise RefusedError("invalid-entry", f"the gradebook refuses: {error}") from error
        return "updated" if student else "added"

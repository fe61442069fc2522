"""Inside the child: where collecting finds the exchange and puts work, and who has more time."""

from __future__ import annotations

from typing import Any

from nbgrader.api import MissingEntry

from courseops.adapters.nbgrader.inside.opening import OpenCourse


def describe_whereabouts(course: OpenCourse) -> dict[str, Any]:
    """Say where the course, its submitted folder and its exchange are."""
    exchange = course.exchange.ReleaseAssignment(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    submitted = course.coursedir.submitted_directory
    return {
        "root": str(course.coursedir.root),
        "submitted": course.coursedir.format_path(submitted, "{learner}", "{assignment}"),
        "groupshared": bool(course.coursedir.groupshared),
        "exchange": str(exchange.root),
        "timezone": exchange.timezone,
    }


def list_extensions(course: OpenCourse, name: str) -> dict[str, float]:
    """Give the extensions that the gradebook keeps, in seconds, by learner."""
    with course.gradebook() as gradebook:
        try:
            submissions = gradebook.find_assignment(name).submissions
        except MissingEntry:
            return {}
        return {it.student_id: it.extension.total_seconds() for it in submissions if it.extension}

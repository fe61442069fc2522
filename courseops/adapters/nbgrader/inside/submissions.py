"""Inside the child: the collected work of an assignment, and how far each piece is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import parse_utc, rmtree

from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError


def list_submissions(course: OpenCourse, name: str) -> list[dict[str, Any]]:
    """List the collected work, by learner."""
    api = NbGraderAPI(course.coursedir, course.authenticator, course.exchange, parent=course.app)
    due_at, extended = _deadlines(course, name)
    return [
        _describe(course, name, learner, extended.get(learner, due_at))
        for learner in sorted(api.get_submitted_students(name))
    ]


def _describe(
    course: OpenCourse, name: str, learner: str, due_at: datetime | None
) -> dict[str, Any]:
    submitted_at = _lenient(course.folder("submitted", name, learner))
    graded = course.folder("autograded", name, learner)
    return {
        "learner": learner,
        "submitted_at": utc(submitted_at),
        "late_seconds": _late_seconds(submitted_at, due_at),
        "graded": graded.is_dir() and _lenient(graded) == submitted_at,
        "ever_graded": graded.is_dir(),
    }


def _late_seconds(submitted_at: datetime | None, due_at: datetime | None) -> float:
    if submitted_at is None or due_at is None:
        return 0.0
    return max(0.0, (submitted_at - due_at).total_seconds())


def _deadlines(course: OpenCourse, name: str) -> tuple[datetime | None, dict[str, datetime]]:
    with course.gradebook() as gradebook:
        try:
            assignment = gradebook.find_assignment(name)
        except MissingEntry:
            return None, {}
        extended = {it.student.id: it.duedate for it in assignment.submissions if it.extension}
        return assignment.duedate, extended


def _lenient(folder: Path) -> datetime | None:
    try:
        return handed_in_at(folder)
    except RefusedError:
        return None


def handed_in_at(folder: Path) -> datetime | None:
    """
    Read the moment that nbgrader stamped on a submission, naive in UTC as it keeps times.

    Raises:
        RefusedError: the stamp is not a time; nbgrader's own reader fails with an
            AttributeError (`CourseDirectory` has no `fail`).
    """
    stamp = folder / "timestamp.txt"
    if not stamp.is_file():
        return None
    text = stamp.read_text(errors="replace").strip()
    try:
        moment: datetime | None = parse_utc(text) if text else None
    except (ValueError, OverflowError) as error:
        raise RefusedError("bad-timestamp", f"timestamp.txt holds {text[:40]!r}") from error
    return moment


def utc(moment: datetime | None) -> str | None:
    """Write a time of nbgrader's, which is naive and in UTC, so that it says so."""
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat()


def remove_graded(course: OpenCourse, name: str, learner: str) -> None:
    """Remove what a grading that was cut off left behind, as nbgrader does for a failed one."""
    graded = course.folder("autograded", name, learner)
    if graded.is_dir():
        rmtree(str(graded))

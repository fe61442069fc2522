"""Inside the child: the collected work of an assignment, and how far each piece is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import parse_utc

from courseops.adapters.nbgrader import totals
from courseops.adapters.nbgrader.asking import asking, moment, span
from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError
from courseops.adapters.nbgrader.scoring import extended, late_seconds


def list_submissions(course: OpenCourse, name: str) -> list[dict[str, Any]]:
    """List the collected work, by learner."""
    api = NbGraderAPI(course.coursedir, course.authenticator, course.exchange, parent=course.app)
    with course.gradebook() as gradebook, gradebook.engine.connect() as connection:
        ask = asking(connection)
        rows = {it["student_id"]: it for it in ask(totals.submissions(name))}
        marked = {it["submission"] for it in ask(totals.marked(name))}
        due_at = next((moment(it["duedate"]) for it in ask(totals.deadline(name))), None)
    return [
        _describe(course, name, learner, rows.get(learner), due_at, marked)
        for learner in sorted(api.get_submitted_students(name))
    ]


def _describe(
    course: OpenCourse,
    name: str,
    learner: str,
    row: Any,
    due_at: datetime | None,
    marked: Collection[str],
) -> dict[str, Any]:
    submitted_at, is_sound = _read_stamp(course.folder("submitted", name, learner))
    there = course.folder("autograded", name, learner).is_dir()
    at = submitted_at.replace(tzinfo=UTC) if submitted_at else None
    due = extended(due_at, span(row["extension"]) if row else None)
    return {
        "learner": learner,
        "submitted_at": utc(submitted_at),
        "late_seconds": late_seconds(at, due),
        # `NbGraderAPI.get_autograded_students` asks the gradebook too.
        "graded": bool(there and is_sound and row and moment(row["timestamp"]) == at),
        "ever_graded": there or (row is not None and row["id"] in marked),
    }


def _read_stamp(folder: Path) -> tuple[datetime | None, bool]:
    """Give the moment of submission, and whether what is there for it is sound."""
    try:
        return handed_in_at(folder), True
    except RefusedError:
        return None, False


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
        found: datetime | None = parse_utc(text) if text else None
    except (ValueError, OverflowError) as error:
        raise RefusedError("bad-timestamp", f"timestamp.txt holds {text[:40]!r}") from error
    return found


def utc(moment: datetime | None) -> str | None:
    """Write a time of nbgrader's, which is naive and in UTC, so that it says so."""
    return None if moment is None else moment.replace(tzinfo=UTC).isoformat()

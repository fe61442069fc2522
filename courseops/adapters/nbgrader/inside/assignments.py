"""Inside the child: what assignments there are, and releasing one."""

from __future__ import annotations

import filecmp
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Grade, MissingEntry, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import GenerateAssignment

from courseops.adapters.nbgrader.inside.converting import convert
from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.model.assignment import is_name


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


def release(course: OpenCourse, name: str, due_at: str) -> str:
    """Generate the learners' version and release it, unless the exchange has that already."""
    # What is generated replaces release/<name>, wherever that leads.
    if not is_name(name) or not course.folder("source", name).is_dir():
        raise MissingEntry(f"there is no source/{name} in {course.coursedir.root}")
    convert(GenerateAssignment, course, name, ".")
    if due_at:
        set_due(course, name, due_at)
    exchange = course.exchange.ReleaseAssignment(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    there = Path(exchange.root, course.course_id, "outbound", name)
    known = there.is_dir()
    if known and _same_files(course.folder("release", name), there):
        return "unchanged"
    exchange.force = True
    exchange.start()
    return "released again" if known else "released"


def set_due(course: OpenCourse, name: str, due_at: str) -> None:
    """Give an assignment its deadline, in ISO 8601 with a time zone."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(name, duedate=due_at)


def _same_files(one: Path, other: Path) -> bool:
    names = _files(one)
    if names != _files(other):
        return False
    _, different, unread = filecmp.cmpfiles(one, other, names, shallow=False)
    return not different and not unread


def _files(folder: Path) -> list[str]:
    return sorted(str(it.relative_to(folder)) for it in folder.rglob("*") if it.is_file())


def list_released(course: OpenCourse, name: str) -> list[dict[str, Any]]:
    """List the notebooks of an assignment with the cells that nbgrader follows."""
    with course.gradebook() as gradebook:
        try:
            notebooks = gradebook.find_assignment(name).notebooks
        except MissingEntry:
            return []
        return [{"name": it.name, "cells": _list_cells(it)} for it in notebooks]


def _list_cells(notebook: Any) -> list[dict[str, Any]]:
    graded = [*notebook.grade_cells, *notebook.task_cells]
    points = {cell.name: cell.max_score for cell in graded}
    return [
        {"id": cell.name, "points": points.get(cell.name), "type": cell.cell_type or ""}
        for cell in notebook.source_cells
    ]

"""Inside the child: what stands in the gradebook about each learner's work, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from courseops.adapters.nbgrader.inside.opening import OpenCourse
from courseops.adapters.nbgrader.tables import (
    assignment,
    base_cell,
    comment,
    grade,
    notebook,
    submitted_assignment,
    submitted_notebook,
)

_Row = dict[str, Any]


def list_marks(
    course: OpenCourse, name: str, learners: Sequence[str] = ()
) -> dict[str, list[_Row]]:
    """
    Give the points and remarks of an assignment's work, by learner; all, without `learners`.

    For each, the notebooks in order of their names: `name`, `late_penalty`, `grades` (`id`,
    `auto`, `needs_manual`, `manual`, `extra_credit`) and `comments` (`id`, `auto`, `manual`),
    with None for what the gradebook has none of.
    """
    found: dict[str, list[_Row]] = {}
    by_id: dict[str, _Row] = {}
    with course.gradebook() as gradebook, gradebook.engine.connect() as connection:
        for row in connection.execute(_notebooks(name, learners)):
            about = {
                "name": row.name,
                "late_penalty": row.late_submission_penalty,
                "grades": [],
                "comments": [],
            }
            by_id[row.id] = about
            found.setdefault(row.student_id, []).append(about)
        for row in connection.execute(_cells(name, grade)):
            if row.notebook_id in by_id:
                points = {
                    "id": row.name,
                    "auto": row.auto_score,
                    "needs_manual": bool(row.needs_manual_grade),
                    "manual": row.manual_score,
                    "extra_credit": row.extra_credit,
                }
                by_id[row.notebook_id]["grades"].append(points)
        for row in connection.execute(_cells(name, comment)):
            if row.notebook_id in by_id:
                remarks = {"id": row.name, "auto": row.auto_comment, "manual": row.manual_comment}
                by_id[row.notebook_id]["comments"].append(remarks)
    return found


def _notebooks(name: str, learners: Sequence[str]) -> Select[Any]:
    wanted = (
        select(
            submitted_assignment.c.student_id,
            notebook.c.name,
            submitted_notebook.c.id,
            submitted_notebook.c.late_submission_penalty,
        )
        .select_from(assignment)
        .join(notebook, notebook.c.assignment_id == assignment.c.id)
        .join(submitted_notebook, submitted_notebook.c.notebook_id == notebook.c.id)
        .join(
            submitted_assignment,
            submitted_assignment.c.id == submitted_notebook.c.assignment_id,
        )
        .where(assignment.c.name == name)
        .order_by(submitted_assignment.c.student_id, notebook.c.name)
    )
    return wanted.where(submitted_assignment.c.student_id.in_(learners)) if learners else wanted


def _cells(name: str, table: Any) -> Select[Any]:
    """Select the rows of `grade` or `comment`, with the names of their cells."""
    return (
        select(base_cell.c.name, table)
        .select_from(assignment)
        .join(notebook, notebook.c.assignment_id == assignment.c.id)
        .join(base_cell, base_cell.c.notebook_id == notebook.c.id)
        .join(table, table.c.cell_id == base_cell.c.id)
        .where(assignment.c.name == name)
        .order_by(base_cell.c.name)
    )

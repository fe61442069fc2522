"""The few statements with which a whole gradebook is read.

Each does for everybody at once what nbgrader's `column_property`s in nbgrader/api.py do for one
object. Grades are reached through their cells, because that is the index nbgrader gave them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from courseops.adapters.nbgrader.tables import (
    assignment,
    base_cell,
    grade,
    grade_cells,
    notebook,
    submitted_assignment,
    submitted_notebook,
    task_cells,
)


def assignments() -> Select[Any]:
    """Select every assignment: `id`, `name`, `duedate`, `max_score`."""
    points = func.coalesce(grade_cells.c.max_score, task_cells.c.max_score, 0.0)
    return (
        select(
            assignment.c.id,
            assignment.c.name,
            assignment.c.duedate,
            func.coalesce(func.sum(points), 0.0).label("max_score"),
        )
        .outerjoin(notebook, notebook.c.assignment_id == assignment.c.id)
        .outerjoin(base_cell, base_cell.c.notebook_id == notebook.c.id)
        .outerjoin(grade_cells, grade_cells.c.id == base_cell.c.id)
        .outerjoin(task_cells, task_cells.c.id == base_cell.c.id)
        .group_by(assignment.c.id, assignment.c.name, assignment.c.duedate)
    )


def deadline(name: str) -> Select[Any]:
    """Select the deadline of one assignment."""
    return select(assignment.c.duedate).where(assignment.c.name == name)


def submissions(name: str = "", learners: Sequence[str] = ()) -> Select[Any]:
    """Select the submissions of one assignment or of all, by learner."""
    wanted = (
        select(submitted_assignment, assignment.c.name, assignment.c.duedate)
        .join(assignment, assignment.c.id == submitted_assignment.c.assignment_id)
        .order_by(assignment.c.name, submitted_assignment.c.student_id)
    )
    if learners:
        wanted = wanted.where(submitted_assignment.c.student_id.in_(learners))
    return wanted.where(assignment.c.name == name) if name else wanted


def by_hand(name: str = "") -> Select[Any]:
    """Count, by the assignment's name, the submissions that wait for a person."""
    waiting = func.count(submitted_notebook.c.assignment_id.distinct())
    return (
        _over_grades(select(assignment.c.name, waiting), name)
        .join(notebook, notebook.c.id == submitted_notebook.c.notebook_id)
        .join(assignment, assignment.c.id == notebook.c.assignment_id)
        .where(grade.c.needs_manual_grade)
        .group_by(assignment.c.name)
    )


def penalties(name: str = "", learners: Sequence[str] = ()) -> Select[Any]:
    """Add up the penalties, by submission."""
    taken = func.coalesce(func.sum(submitted_notebook.c.late_submission_penalty), 0.0)
    wanted = select(submitted_notebook.c.assignment_id, taken).group_by(
        submitted_notebook.c.assignment_id
    )
    if name:
        wanted = wanted.where(submitted_notebook.c.notebook_id.in_(_notebooks(name)))
    if name and learners:
        wanted = wanted.where(submitted_notebook.c.assignment_id.in_(_ids(name, learners)))
    return wanted


def points(name: str = "", learners: Sequence[str] = ()) -> Select[Any]:
    """Add up what was scored: `submission`, `auto`, `manual`, `extra_credit`, `raw`, `by_hand`."""
    wanted = select(
        submitted_notebook.c.assignment_id.label("submission"),
        _total(grade.c.auto_score).label("auto"),
        _total(grade.c.manual_score).label("manual"),
        _total(grade.c.extra_credit).label("extra_credit"),
        _total(_counted()).label("raw"),
        func.max(case((grade.c.needs_manual_grade, 1), else_=0)).label("by_hand"),
    )
    return _over_grades(wanted, name, learners).group_by(submitted_notebook.c.assignment_id)


def marked(name: str) -> Select[Any]:
    """Select the submissions of an assignment in which something has points."""
    has_points = grade.c.auto_score.is_not(None) | grade.c.manual_score.is_not(None)
    wanted = select(submitted_notebook.c.assignment_id).distinct()
    return _over_grades(wanted, name).where(has_points)


def _over_grades(wanted: Select[Any], name: str, learners: Sequence[str] = ()) -> Select[Any]:
    joined = wanted.select_from(grade).join(
        submitted_notebook, submitted_notebook.c.id == grade.c.notebook_id
    )
    if not name:
        return joined
    # As joins, SQLite would go through the grades of all assignments.
    joined = joined.where(grade.c.cell_id.in_(cells(name)))
    if not learners:
        return joined
    theirs = (
        select(submitted_notebook.c.id)
        .where(submitted_notebook.c.notebook_id.in_(_notebooks(name)))
        .where(submitted_notebook.c.assignment_id.in_(_ids(name, learners)))
    )
    return joined.where(grade.c.notebook_id.in_(theirs))


def cells(name: str) -> Select[Any]:
    """Select the ids of an assignment's cells."""
    return (
        select(base_cell.c.id)
        .join(notebook, notebook.c.id == base_cell.c.notebook_id)
        .join(assignment, assignment.c.id == notebook.c.assignment_id)
        .where(assignment.c.name == name)
    )


def _notebooks(name: str) -> Select[Any]:
    return (
        select(notebook.c.id)
        .join(assignment, assignment.c.id == notebook.c.assignment_id)
        .where(assignment.c.name == name)
    )


def _ids(name: str, learners: Sequence[str]) -> Select[Any]:
    return (
        select(submitted_assignment.c.id)
        .join(assignment, assignment.c.id == submitted_assignment.c.assignment_id)
        .where(assignment.c.name == name, submitted_assignment.c.student_id.in_(learners))
    )


def _counted() -> ColumnElement[float]:
    """Points by hand count before automatic ones; extra credit alone counts for nothing."""
    extra = func.coalesce(grade.c.extra_credit, 0.0)
    return case(
        (grade.c.manual_score.is_not(None), grade.c.manual_score + extra),
        (grade.c.auto_score.is_not(None), grade.c.auto_score + extra),
        else_=0.0,
    )


def _total(column: ColumnElement[Any]) -> ColumnElement[float]:
    return func.coalesce(func.sum(column), 0.0)

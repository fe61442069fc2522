"""Inside the child: the rows that nbgrader would write for graded work, in bulk.

`Gradebook.add_submission` mirrors an assignment's notebooks and cells in rows of their own;
`SaveAutoGrades` and `AssignLatePenalties` then fill them in, a commit a cell. Here it is one
statement a table. Points, extra credit and remarks given by hand are never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from courseops.adapters.nbgrader.inside.opening import RefusedError
from courseops.adapters.nbgrader.tables import (
    assignment,
    base_cell,
    comment,
    grade,
    notebook,
    student,
    submitted_assignment,
    submitted_notebook,
)
from courseops.model.assignments.graded import GradedWork

_GRADED = ("GradeCell", "TaskCell")
_COMMENTED = ("SolutionCell", "TaskCell")

_Key = tuple[str, str]
_Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class NotebookShape:
    """A notebook of an assignment: its id, and the ids of the cells with points and remarks."""

    id: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What an assignment consists of, by the names of notebooks and cells."""

    assignment_id: str
    notebooks: Mapping[str, NotebookShape]

    def check(self, work: GradedWork) -> None:
        """
        Make sure that every notebook and cell of graded work is one of the assignment's.

        Raises:
            RefusedError: one is not.
        """
        for graded in work.notebooks:
            shape = self.notebooks.get(graded.name)
            if shape is None:
                raise RefusedError("unknown-notebook", f"no notebook is called {graded.name}")
            scores = {it.id for it in graded.cells} - shape.graded.keys()
            remarks = {it.id for it in graded.comments} - shape.commented.keys()
            for id_ in sorted(scores | remarks):
                raise RefusedError("unknown-cell", f"{graded.name}.ipynb has no such cell: {id_}")


def read_shape(connection: Connection, name: str) -> Shape:
    """
    Read what an assignment consists of, and keep other writers away from it until the commit.

    Raises:
        RefusedError: the gradebook has no such assignment.
    """
    wanted = select(assignment.c.id).where(assignment.c.name == name).with_for_update()
    assignment_id = connection.execute(wanted).scalar_one_or_none()
    if assignment_id is None:
        raise RefusedError("unknown-assignment", f"the gradebook has no assignment {name}")
    rows = connection.execute(
        select(notebook.c.name, notebook.c.id, base_cell.c.name, base_cell.c.id, base_cell.c.type)
        .outerjoin(base_cell, base_cell.c.notebook_id == notebook.c.id)
        .where(notebook.c.assignment_id == assignment_id)
    ).all()
    return Shape(
        assignment_id=assignment_id,
        notebooks={
            name: NotebookShape(
                id=id_,
                graded={it[2]: it[3] for it in rows if it[1] == id_ and it[4] in _GRADED},
                commented={it[2]: it[3] for it in rows if it[1] == id_ and it[4] in _COMMENTED},
            )
            for name, id_ in {it[0]: it[1] for it in rows}.items()
        },
    )


def write_rows(
    connection: Connection,
    shape: Shape,
    works: Sequence[GradedWork],
    extensions: Mapping[str, float],
) -> None:
    """
    Write the rows of graded work that `Shape.check` lets pass; a second time changes nothing.

    `extensions` are seconds by learner; whoever is not in it keeps what the gradebook has.
    """
    _add_students(connection, works)
    submissions = _write_submissions(connection, shape, works, extensions)
    notebooks = _write_notebooks(connection, shape, works, submissions)
    scores: dict[_Key, _Row] = {}
    remarks: dict[_Key, _Row] = {}
    for work in works:
        for graded in work.notebooks:
            cells, id_ = shape.notebooks[graded.name], notebooks[work.learner, graded.name]
            for cell in graded.cells:
                scores[cells.graded[cell.id], id_] = {
                    "auto_score": cell.auto,
                    "needs_manual_grade": cell.needs_manual_grade,
                }
            for remark in graded.comments:
                remarks[cells.commented[remark.id], id_] = {"auto_comment": remark.auto}
    named = [(shape.notebooks[name], id_) for (_, name), id_ in notebooks.items()]
    unscored = {"auto_score": None, "needs_manual_grade": True}
    scored = [(cell, id_) for it, id_ in named for cell in it.graded.values()]
    _write_cells(connection, grade, scored, scores, unscored)
    remarked = [(cell, id_) for it, id_ in named for cell in it.commented.values()]
    _write_cells(connection, comment, remarked, remarks, {"auto_comment": None})


def _add_students(connection: Connection, works: Sequence[GradedWork]) -> None:
    learners = [work.learner for work in works]
    wanted = select(student.c.id).where(student.c.id.in_(learners))
    known = set(connection.execute(wanted).scalars())
    _insert(connection, student, [{"id": who} for who in learners if who not in known])


def _write_submissions(
    connection: Connection,
    shape: Shape,
    works: Sequence[GradedWork],
    extensions: Mapping[str, float],
) -> dict[str, str]:
    table = submitted_assignment
    wanted = select(table.c.student_id, table.c.id).where(
        table.c.assignment_id == shape.assignment_id,
        table.c.student_id.in_([work.learner for work in works]),
    )
    known = {row[0]: row[1] for row in connection.execute(wanted)}
    new = {work.learner: _new_id() for work in works if work.learner not in known}
    rows = [
        {"id": id_, "student_id": who, "assignment_id": shape.assignment_id}
        for who, id_ in new.items()
    ]
    _insert(connection, table, rows)
    ids = known | new
    # Work without a time leaves the time that is there, as nbgrader does.
    times = [
        {
            "row": ids[work.learner],
            "timestamp": work.submitted_at.astimezone(UTC).replace(tzinfo=None),
        }
        for work in works
        if work.submitted_at
    ]
    _update(connection, table, times)
    granted = [
        {"row": id_, "extension": timedelta(seconds=extensions[who]) or None}
        for who, id_ in ids.items()
        if who in extensions
    ]
    _update(connection, table, granted)
    return ids


def _write_notebooks(
    connection: Connection,
    shape: Shape,
    works: Sequence[GradedWork],
    submissions: Mapping[str, str],
) -> dict[_Key, str]:
    """Give the ids of the submitted notebooks, by learner and name."""
    table = submitted_notebook
    wanted = select(table.c.assignment_id, table.c.notebook_id, table.c.id).where(
        table.c.notebook_id.in_([it.id for it in shape.notebooks.values()]),
        table.c.assignment_id.in_(submissions.values()),
    )
    known = {(row[0], row[1]): row[2] for row in connection.execute(wanted)}
    ids: dict[_Key, str] = {}
    new = []
    for who, submission in submissions.items():
        for name, notebook_shape in shape.notebooks.items():
            id_ = known.get((submission, notebook_shape.id))
            if id_ is None:
                id_ = _new_id()
                new.append(
                    {
                        "id": id_,
                        "assignment_id": submission,
                        "notebook_id": notebook_shape.id,
                        "flagged": False,
                    }
                )
            ids[who, name] = id_
    _insert(connection, table, new)
    penalties = [
        {"row": ids[work.learner, it.name], "late_submission_penalty": it.late_penalty}
        for work in works
        for it in work.notebooks
    ]
    _update(connection, table, penalties)
    return ids


def _write_cells(
    connection: Connection,
    table: Table,
    expected: Sequence[_Key],
    given: Mapping[_Key, _Row],
    empty: _Row,
) -> None:
    """Fill in what is `given`; make the rows that are missing, `empty` where nothing is given."""
    wanted = select(table.c.cell_id, table.c.notebook_id, table.c.id).where(
        table.c.cell_id.in_({cell for cell, _ in expected}),
        table.c.notebook_id.in_({id_ for _, id_ in expected}),
    )
    known = {(row[0], row[1]): row[2] for row in connection.execute(wanted)}
    new = [
        {"id": _new_id(), "cell_id": key[0], "notebook_id": key[1], **given.get(key, empty)}
        for key in expected
        if key not in known
    ]
    _insert(connection, table, new)
    changed = [{"row": known[key], **values} for key, values in given.items() if key in known]
    _update(connection, table, changed)


def _insert(connection: Connection, table: Table, rows: Sequence[_Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _update(connection: Connection, table: Table, rows: Sequence[_Row]) -> None:
    """Update rows by their id, which is each one's `row`."""
    if rows:
        columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row"}
        statement = update(table).where(table.c.id == bindparam("row")).values(columns)
        connection.execute(statement, rows)


def _new_id() -> str:
    return uuid4().hex

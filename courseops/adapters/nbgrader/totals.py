"""The few statements with which a whole gradebook is read, on SQLite as on PostgreSQL.

Each does for everybody at once what nbgrader's `column_property`s in nbgrader/api.py do for one
object. Grades are reached through their cells, because that is the index nbgrader gave them.
They are text, so that a gradebook that is a file can be read without loading SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Query:
    """A SELECT with its named values."""

    text: str
    values: dict[str, str] = field(default_factory=dict)


# Points by hand count before automatic ones; extra credit alone counts for nothing.
_COUNTED = """CASE
    WHEN grade.manual_score IS NOT NULL
        THEN grade.manual_score + coalesce(grade.extra_credit, 0.0)
    WHEN grade.auto_score IS NOT NULL THEN grade.auto_score + coalesce(grade.extra_credit, 0.0)
    ELSE 0.0 END"""
_CELLS = """SELECT base_cell.id FROM base_cell
    JOIN notebook ON notebook.id = base_cell.notebook_id
    JOIN assignment ON assignment.id = notebook.assignment_id
    WHERE assignment.name = :name"""
_NOTEBOOKS = """SELECT notebook.id FROM notebook
    JOIN assignment ON assignment.id = notebook.assignment_id WHERE assignment.name = :name"""
_GRADES = "FROM grade JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id"


def students() -> Query:
    """Select every student: `id`, `first_name`, `last_name`, `email`."""
    return Query("SELECT id, first_name, last_name, email FROM student")


def assignments() -> Query:
    """Select every assignment: `id`, `name`, `duedate`, `max_score`."""
    return Query(
        """SELECT assignment.id AS id, assignment.name AS name, assignment.duedate AS duedate,
            coalesce(sum(coalesce(grade_cells.max_score, task_cells.max_score, 0.0)), 0.0)
                AS max_score
        FROM assignment
        LEFT JOIN notebook ON notebook.assignment_id = assignment.id
        LEFT JOIN base_cell ON base_cell.notebook_id = notebook.id
        LEFT JOIN grade_cells ON grade_cells.id = base_cell.id
        LEFT JOIN task_cells ON task_cells.id = base_cell.id
        GROUP BY assignment.id, assignment.name, assignment.duedate"""
    )


def deadline(name: str) -> Query:
    """Select the deadline of one assignment: `duedate`."""
    return Query("SELECT duedate FROM assignment WHERE name = :name", {"name": name})


def submissions(name: str = "", learners: Sequence[str] = ()) -> Query:
    """Select submissions: `id`, `assignment_id`, `student_id`, `timestamp`, `extension`, `name`."""
    whose, values = _whose(learners)
    where = [*(["assignment.name = :name"] if name else []), *([whose] if whose else [])]
    return Query(
        f"""SELECT submitted_assignment.id AS id,
            submitted_assignment.assignment_id AS assignment_id,
            submitted_assignment.student_id AS student_id,
            submitted_assignment.timestamp AS timestamp,
            submitted_assignment.extension AS extension,
            assignment.name AS name, assignment.duedate AS duedate
        FROM submitted_assignment JOIN assignment
            ON assignment.id = submitted_assignment.assignment_id
        {_where(where)}
        ORDER BY assignment.name, submitted_assignment.student_id""",  # noqa: S608 -- names of ours
        _named(name) | values,
    )


def extensions(name: str) -> Query:
    """Select who has more time, and how much: `student_id`, `extension`."""
    return Query(
        """SELECT student_id, extension FROM submitted_assignment JOIN assignment
            ON assignment.id = submitted_assignment.assignment_id
        WHERE assignment.name = :name AND extension IS NOT NULL""",
        {"name": name},
    )


def by_hand(name: str = "") -> Query:
    """Count the submissions that wait for a person: `name` of the assignment, `waiting`."""
    only = f"AND grade.cell_id IN ({_CELLS})" if name else ""
    return Query(
        f"""SELECT assignment.name AS name,
            count(DISTINCT submitted_notebook.assignment_id) AS waiting
        {_GRADES}
        JOIN notebook ON notebook.id = submitted_notebook.notebook_id
        JOIN assignment ON assignment.id = notebook.assignment_id
        WHERE grade.needs_manual_grade {only} GROUP BY assignment.name""",
        _named(name),
    )


def penalties(name: str = "", learners: Sequence[str] = ()) -> Query:
    """Add up what was taken off, where anything was: `submission`, `penalty`."""
    where, values = _of_submissions(name, learners)
    return Query(
        f"""SELECT assignment_id AS submission, sum(late_submission_penalty) AS penalty
        FROM submitted_notebook
        {_where(["late_submission_penalty IS NOT NULL", *where])} GROUP BY assignment_id""",  # noqa: S608
        values,
    )


def points(name: str = "", learners: Sequence[str] = ()) -> Query:
    """
    Add up what was scored: `submission`, `auto`, `manual`, `extra_credit`, `raw`, `by_hand`.

    `scored` counts the cells that have points.
    """
    where, values = _over_grades(name, learners)
    return Query(
        f"""SELECT submitted_notebook.assignment_id AS submission,
            coalesce(sum(grade.auto_score), 0.0) AS auto,
            coalesce(sum(grade.manual_score), 0.0) AS manual,
            coalesce(sum(grade.extra_credit), 0.0) AS extra_credit,
            coalesce(sum({_COUNTED}), 0.0) AS raw,
            max(CASE WHEN grade.needs_manual_grade THEN 1 ELSE 0 END) AS by_hand,
            count(coalesce(grade.auto_score, grade.manual_score)) AS scored
        {_GRADES} {_where(where)} GROUP BY submitted_notebook.assignment_id""",
        values,
    )


def marked(name: str = "") -> Query:
    """Select the submissions in which something has points: `submission`."""
    where, values = _over_grades(name, ())
    scored = "(grade.auto_score IS NOT NULL OR grade.manual_score IS NOT NULL)"
    return Query(
        f"""SELECT DISTINCT submitted_notebook.assignment_id AS submission
        {_GRADES} {_where([*where, scored])}""",
        values,
    )


def _over_grades(name: str, learners: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    if not name:
        return [], {}
    # As joins, SQLite would go through the grades of all assignments.
    where = [f"grade.cell_id IN ({_CELLS})"]
    if not learners:
        return where, {"name": name}
    theirs, values = _of_submissions(name, learners)
    inside = " AND ".join(theirs)
    where.append(f"grade.notebook_id IN (SELECT id FROM submitted_notebook WHERE {inside})")  # noqa: S608
    return where, values


def _of_submissions(name: str, learners: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Narrow down `submitted_notebook`."""
    if not name:
        return [], {}
    where = [f"submitted_notebook.notebook_id IN ({_NOTEBOOKS})"]
    whose, values = _whose(learners)
    if whose:
        where.append(
            "submitted_notebook.assignment_id IN (SELECT submitted_assignment.id"  # noqa: S608
            " FROM submitted_assignment JOIN assignment"
            " ON assignment.id = submitted_assignment.assignment_id"
            f" WHERE assignment.name = :name AND {whose})"
        )
    return where, {"name": name} | values


def _whose(learners: Sequence[str]) -> tuple[str, dict[str, str]]:
    values = {f"learner{number}": who for number, who in enumerate(learners)}
    names = ", ".join(f":{it}" for it in values)
    return (f"submitted_assignment.student_id IN ({names})" if values else ""), values


def _where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _named(name: str) -> dict[str, str]:
    return {"name": name} if name else {}

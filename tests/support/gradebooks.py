"""Write a gradebook down by names, so that two can be compared whose ids differ."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

# Every row of nbgrader's tables, with names where the table itself has random ids.
_TABLES = {
    "course": "SELECT id FROM course",
    "student": "SELECT id, first_name, last_name, email, lms_user_id FROM student",
    "assignment": "SELECT name, duedate, course_id FROM assignment",
    "notebook": """
        SELECT a.name, n.name, n.kernelspec
        FROM notebook n LEFT JOIN assignment a ON a.id = n.assignment_id""",
    "cell": """
        SELECT a.name, n.name, c.name, c.type, g.max_score, g.cell_type, t.max_score, t.cell_type,
            s.id IS NOT NULL
        FROM base_cell c
        LEFT JOIN notebook n ON n.id = c.notebook_id
        LEFT JOIN assignment a ON a.id = n.assignment_id
        LEFT JOIN grade_cells g ON g.id = c.id
        LEFT JOIN task_cells t ON t.id = c.id
        LEFT JOIN solution_cells s ON s.id = c.id""",
    "source_cell": """
        SELECT a.name, n.name, c.name, c.cell_type, c.locked, c.source, c.checksum
        FROM source_cell c
        LEFT JOIN notebook n ON n.id = c.notebook_id
        LEFT JOIN assignment a ON a.id = n.assignment_id""",
    "submitted_assignment": """
        SELECT a.name, s.student_id, s.timestamp, s.extension
        FROM submitted_assignment s LEFT JOIN assignment a ON a.id = s.assignment_id""",
    "submitted_notebook": """
        SELECT a.name, s.student_id, n.name, sn.flagged, sn.late_submission_penalty
        FROM submitted_notebook sn
        LEFT JOIN notebook n ON n.id = sn.notebook_id
        LEFT JOIN submitted_assignment s ON s.id = sn.assignment_id
        LEFT JOIN assignment a ON a.id = s.assignment_id""",
    "grade": """
        SELECT a.name, s.student_id, n.name, c.name, c.type, g.auto_score, g.manual_score,
            g.extra_credit, g.needs_manual_grade
        FROM grade g
        LEFT JOIN base_cell c ON c.id = g.cell_id
        LEFT JOIN submitted_notebook sn ON sn.id = g.notebook_id
        LEFT JOIN notebook n ON n.id = sn.notebook_id
        LEFT JOIN submitted_assignment s ON s.id = sn.assignment_id
        LEFT JOIN assignment a ON a.id = s.assignment_id""",
    "comment": """
        SELECT a.name, s.student_id, n.name, c.name, c.type, g.auto_comment, g.manual_comment
        FROM comment g
        LEFT JOIN base_cell c ON c.id = g.cell_id
        LEFT JOIN submitted_notebook sn ON sn.id = g.notebook_id
        LEFT JOIN notebook n ON n.id = sn.notebook_id
        LEFT JOIN submitted_assignment s ON s.id = sn.assignment_id
        LEFT JOIN assignment a ON a.id = s.assignment_id""",
    "alembic_version": "SELECT version_num FROM alembic_version",
}

Row = tuple[object, ...]


def dump(database: Path) -> dict[str, list[Row]]:
    """Give every row of an SQLite gradebook, table by table, in an order of its own."""
    address = f"{database.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=60)) as connection:
        return {
            table: sorted(connection.execute(query).fetchall(), key=repr)
            for table, query in _TABLES.items()
        }

"""nbgrader's own tables, as far as we read and write them, without importing nbgrader.

The columns and their types are those of nbgrader/api.py (0.9); times are naive and in UTC.
A test compares them with nbgrader's.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    Interval,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

student = Table(
    "student",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("first_name", String(128)),
    Column("last_name", String(128)),
    Column("email", String(128)),
)

assignment = Table(
    "assignment",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(128)),
    Column("duedate", DateTime()),
)

notebook = Table(
    "notebook",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(128)),
    Column("assignment_id", String(32)),
)

base_cell = Table(
    "base_cell",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(128)),
    Column("notebook_id", String(32)),
    Column("type", String(50)),
)

grade_cells = Table(
    "grade_cells",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("max_score", Float()),
)

task_cells = Table(
    "task_cells",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("max_score", Float()),
)

submitted_assignment = Table(
    "submitted_assignment",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("assignment_id", String(32)),
    Column("student_id", String(128)),
    Column("timestamp", DateTime()),
    Column("extension", Interval()),
)

submitted_notebook = Table(
    "submitted_notebook",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("assignment_id", String(32)),
    Column("notebook_id", String(32)),
    Column("flagged", Boolean()),
    Column("late_submission_penalty", Float(0)),
)

grade = Table(
    "grade",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("notebook_id", String(32)),
    Column("cell_id", String(32)),
    Column("auto_score", Float()),
    Column("manual_score", Float()),
    Column("extra_credit", Float()),
    Column("needs_manual_grade", Boolean()),
)

comment = Table(
    "comment",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("notebook_id", String(32)),
    Column("cell_id", String(32)),
    Column("auto_comment", Text()),
    Column("manual_comment", Text()),
)

"""What went into each grade, and how far a run is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COUNTS = ("total", "finished")


def upgrade() -> None:
    """Make the table and the columns; nobody counted until now."""
    op.create_table(
        "gradings",
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("assignment", sa.Text(), nullable=False),
        sa.Column("learner", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wall_seconds", sa.Float(), nullable=False),
        sa.Column("cpu_seconds", sa.Float(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "assignment", "learner", name="pk_gradings"),
    )
    with op.batch_alter_table("runs") as table:
        for name in _COUNTS:
            table.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("runs") as table:
        for name in _COUNTS:
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("gradings")
    with op.batch_alter_table("runs") as table:
        for name in _COUNTS:
            table.drop_column(name)

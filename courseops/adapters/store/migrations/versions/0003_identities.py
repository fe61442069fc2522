"""Identities: what the gradebook and the learning platform call somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = ("gradebook_id", "lms_id")


def upgrade() -> None:
    """Add the columns; nobody had another name until now."""
    with op.batch_alter_table("enrolments") as table:
        for name in _COLUMNS:
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
    # Only those who were here already needed a default.
    with op.batch_alter_table("enrolments") as table:
        for name in _COLUMNS:
            table.alter_column(name, server_default=None)


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("enrolments") as table:
        for name in _COLUMNS:
            table.drop_column(name)

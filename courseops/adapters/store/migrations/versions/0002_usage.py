"""Usage: samples, the sessions they saw, and the days on which accounts were active."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOMENT = sa.DateTime(timezone=True)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables of usage."""
    op.create_table(
        "samples",
        *_words("hub"),
        sa.Column("taken_at", _MOMENT, nullable=False),
        sa.Column("running", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer()),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hub", "taken_at", name="pk_samples"),
    )
    op.create_table(
        "sessions",
        *_words("hub", "username", "server"),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("last_seen_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hub", "username", "server", "started_at", name="pk_sessions"),
    )
    op.create_index("ix_sessions_hub_last_seen_at", "sessions", ["hub", "last_seen_at"])
    op.create_table(
        "activities",
        *_words("hub", "username", "day"),
        sa.Column("active_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hub", "username", "day", name="pk_activities"),
    )
    op.create_index("ix_activities_hub_active_at", "activities", ["hub", "active_at"])


def downgrade() -> None:
    """Drop the tables of usage."""
    for table in ("activities", "sessions", "samples"):
        op.drop_table(table)

"""Collected submissions, and who has more time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_MOMENT = sa.DateTime(timezone=True)
_WHOSE = ("course_id", "assignment", "learner")


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables of collecting."""
    op.create_table(
        "manifests",
        *_words(*_WHOSE, "folder", "source", "place", "stamp", "digest"),
        sa.Column("submitted_at", _MOMENT, nullable=False),
        sa.Column("collected_at", _MOMENT, nullable=False),
        *_words("fingerprint", "remarks"),
        sa.PrimaryKeyConstraint(*_WHOSE, "folder", name="pk_manifests"),
    )
    op.create_table(
        "extensions",
        *_words(*_WHOSE),
        sa.Column("until_at", _MOMENT, nullable=False),
        sa.Column("granted_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*_WHOSE, name="pk_extensions"),
    )


def downgrade() -> None:
    """Drop the tables of collecting."""
    for table in ("extensions", "manifests"):
        op.drop_table(table)

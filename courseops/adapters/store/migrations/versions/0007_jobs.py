"""Jobs that run themselves: their slots and claims in the runs, and what is wrong at present."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OF_ALERTS = ("key", "severity", "job", "scope", "what", "mend", "run_id", "met", "owing")
_WORDS = ("job", "about", "within", "owner", "cancelled_by")
_UNDERWAY = sa.text("ended_at IS NULL")
_HELD = sa.text("ending = 'held'")


def upgrade() -> None:
    """Make the tables and the columns; no run until now was a job's own."""
    with op.batch_alter_table("runs") as table:
        for name in _WORDS:
            table.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("slot", sa.Text()))
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("attempt", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("lease_until", sa.DateTime(timezone=True)))
        table.create_unique_constraint("uq_runs_job_slot", ["job", "slot"])
        table.create_index("ix_runs_within", ["within"])
        table.create_index("ix_runs_job_due_at", ["job", "due_at"])
    with op.batch_alter_table("runs") as table:
        for name in (*_WORDS, "attempt"):
            table.alter_column(name, server_default=None)
    op.create_index(
        "ix_runs_underway",
        "runs",
        ["started_at"],
        sqlite_where=_UNDERWAY,
        postgresql_where=_UNDERWAY,
    )
    op.create_index(
        "ix_runs_held", "runs", ["started_at"], sqlite_where=_HELD, postgresql_where=_HELD
    )
    op.create_table(
        "jobs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_table(
        "alerts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in _OF_ALERTS),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=False)
            for name in ("since", "seen_at")
        ),
        sa.Column("runs", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("told_at", "cleared_at")),
        sa.PrimaryKeyConstraint("key", name="pk_alerts"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("alerts")
    op.drop_table("jobs")
    op.drop_index("ix_runs_held", "runs")
    op.drop_index("ix_runs_underway", "runs")
    with op.batch_alter_table("runs") as table:
        table.drop_index("ix_runs_job_due_at")
        table.drop_index("ix_runs_within")
        table.drop_constraint("uq_runs_job_slot", type_="unique")
        for name in (*_WORDS, "slot", "due_at", "attempt", "lease_until"):
            table.drop_column(name)

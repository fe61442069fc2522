"""Runs with their outcomes and audit records, plans, enrolments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _number(table: str) -> list[sa.Column[int] | sa.PrimaryKeyConstraint]:
    return [
        sa.Column("number", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("number", name=f"pk_{table}"),
    ]


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "runs",
        *_number("runs"),
        *_words("id", "action", "scope", "actor"),
        sa.Column("started_at", _MOMENT, nullable=False),
        *_words("ending"),
        sa.Column("ended_at", _MOMENT),
        *_words("plan", "error"),
        sa.UniqueConstraint("id", name="uq_runs_id"),
    )
    op.create_index("ix_runs_scope_action_started_at", "runs", ["scope", "action", "started_at"])
    op.create_index("ix_runs_started_at", "runs", ["started_at"])
    _make_what_belongs_to_runs()
    op.create_table(
        "plans",
        *_words("fingerprint", "scope", "document"),
        sa.Column("kept_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "scope", name="pk_plans"),
    )
    _make_enrolments()


def _make_what_belongs_to_runs() -> None:
    op.create_table(
        "outcomes",
        *_number("outcomes"),
        *_words("run_id", "subject", "status", "kind", "reason", "mend"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_outcomes_run_id"),
    )
    op.create_index("ix_outcomes_run_id", "outcomes", ["run_id"])
    op.create_table(
        "audit",
        *_number("audit"),
        *_words("run_id"),
        sa.Column("at", _MOMENT, nullable=False),
        *_words("actor", "phase", "subject", "change", "detail"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_audit_run_id"),
    )
    op.create_index("ix_audit_run_id", "audit", ["run_id"])


def _make_enrolments() -> None:
    op.create_table(
        "enrolments",
        *_number("enrolments"),
        *_words("course_id", "person_id"),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        *_words("role", "section", "username", "given_name", "family_name", "email"),
    )
    still_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_enrolments_open",
        "enrolments",
        ["course_id", "person_id"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def downgrade() -> None:
    """Drop the first tables."""
    for table in ("enrolments", "plans", "audit", "outcomes", "runs"):
        op.drop_table(table)

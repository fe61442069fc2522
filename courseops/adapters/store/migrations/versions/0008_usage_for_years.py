"""Usage in little room, sizes of homes, starts, and figures that are kept for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0008"
down_revision = "0007"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_OLD = ("samples", "sessions", "activities")


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _small(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _make(name: str, *parts: SchemaItem, key: str) -> None:
    primary = sa.PrimaryKeyConstraint(*key.split(), name=f"pk_{name}")
    op.create_table(name, *parts, primary, sqlite_with_rowid=False)


def _account(table: str) -> list[sa.Column[int] | sa.ForeignKeyConstraint]:
    return [
        sa.Column("account", _NUMBER, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.number"], name=f"fk_{table}_account"),
    ]


def upgrade() -> None:
    """Make the tables; what was seen until now moves into them."""
    op.create_table(
        "accounts",
        sa.Column("number", _NUMBER, nullable=False),
        *_words("hub", "username"),
        sa.PrimaryKeyConstraint("number", name="pk_accounts"),
    )
    op.create_index("ix_accounts_hub_username", "accounts", ["hub", "username"], unique=True)
    _set_aside()
    _make(
        "samples",
        *_words("hub"),
        *_counts("taken_us"),
        *_small("running"),
        sa.Column("accounts", sa.Integer()),
        sa.Column("ok", sa.Boolean(), nullable=False),
        key="hub taken_us",
    )
    _make(
        "sessions",
        *_account("sessions"),
        *_counts("started_us"),
        *_words("server"),
        *_counts("last_seen_us"),
        sa.Column("ended_us", sa.BigInteger()),
        key="account started_us server",
    )
    op.create_index("ix_sessions_last_seen_us", "sessions", ["last_seen_us"])
    _make(
        "activities",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        *_account("activities"),
        *_counts("active_us"),
        key="day account",
    )
    _bring_back()
    _make_new()


def _set_aside() -> None:
    """Rename the old tables; indexes and keys keep their names, which the new ones need."""
    op.drop_index("ix_sessions_hub_last_seen_at", "sessions")
    op.drop_index("ix_activities_hub_active_at", "activities")
    for name in _OLD:
        op.rename_table(name, f"old_{name}")
        if op.get_context().dialect.name == "postgresql":
            op.execute(f"ALTER INDEX pk_{name} RENAME TO pk_old_{name}")


def _bring_back() -> None:
    whose = "JOIN accounts AS a ON a.hub = o.hub AND a.username = o.username"
    started, seen, active = _us("started_at"), _us("last_seen_at"), _us("active_at")
    for into, wanted in {
        "accounts (hub, username)": "hub, username FROM old_sessions "
        "UNION SELECT hub, username FROM old_activities",
        "samples (hub, taken_us, running, accounts, ok)": f"hub, {_us('taken_at')}, running, "
        "accounts, ok FROM old_samples",
        "sessions (account, started_us, server, last_seen_us)": f"a.number, {started}, server, "
        f"{seen} FROM old_sessions AS o {whose}",
        "activities (day, account, active_us)": f"{active} / 86400000000, a.number, MAX({active}) "
        f"FROM old_activities AS o {whose} GROUP BY 1, 2",
    }.items():
        op.execute(f"INSERT INTO {into} SELECT {wanted}")
    for name in _OLD:
        op.drop_table(f"old_{name}")


def _us(column: str) -> str:
    """Spell the microseconds since 1970 of a moment; SQLite keeps it as text in UTC."""
    if op.get_context().dialect.name == "postgresql":
        return f"(extract(epoch FROM {column}) * 1000000)::bigint"
    seconds = f"CAST(strftime('%s', substr({column}, 1, 19)) AS INTEGER)"
    return f"({seconds} * 1000000 + CAST(substr({column}, 21, 6) AS INTEGER))"


def _make_new() -> None:
    _make(
        "storage",
        *_account("storage"),
        *_counts("at_us", "size_bytes", "files"),
        key="account at_us",
    )
    _make(
        "spawns",
        *_words("hub"),
        *_counts("hour_us"),
        *_small("started", "failed"),
        *_words("waits"),
        key="hub hour_us",
    )
    _make(
        "usage_days",
        *_words("hub", "span", "first_day", "course_id"),
        sa.Column("people", sa.Integer()),
        *_small("active", "sessions"),
        sa.Column("hours", sa.Float(), nullable=False),
        *_small("peak"),
        sa.Column("peak_us", sa.BigInteger()),
        *_words("hourly_peaks"),
        sa.Column("observed", sa.Float(), nullable=False),
        sa.Column("homes", sa.Integer()),
        sa.Column("storage_bytes", sa.BigInteger()),
        key="hub span first_day course_id",
    )
    _make("gaps", *_words("hub"), *_counts("since_us", "until_us"), key="hub since_us")
    _make("bookmarks", *_words("hub", "source", "text"), key="hub source")


def downgrade() -> None:
    """Make the tables as they were; what was seen is not taken back into them."""
    for name in ("bookmarks", "gaps", "usage_days", "spawns", "storage", *_OLD, "accounts"):
        op.drop_table(name)
    op.create_table(
        "samples",
        *_words("hub"),
        sa.Column("taken_at", _MOMENT, nullable=False),
        *_small("running"),
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

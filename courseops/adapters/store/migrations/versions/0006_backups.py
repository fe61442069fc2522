"""What is noted of backups: a catalogue of snapshots, last good copies, drills, tombstones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_HUB = ("hub", "username")


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _small(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _name(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _at() -> sa.Column[object]:
    return sa.Column("at", sa.DateTime(timezone=True), nullable=False)


def _number(table: str) -> list[sa.Column[int] | sa.PrimaryKeyConstraint]:
    return [sa.Column("number", _NUMBER, nullable=False), _key(table, "number")]


def _key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def _index(table: str, *names: str, unique: bool = False) -> None:
    op.create_index(f"ix_{table}_{'_'.join(names)}", table, list(names), unique=unique)


def upgrade() -> None:
    """Make the tables of backups."""
    _make_catalogue()
    op.create_table("shards", *_words(*_OF_HUB), *_small("number"), _key("shards", *_OF_HUB))
    op.create_table(
        "last_copies", *_words(*_OF_HUB), _at(), *_words("run_id"), _key("last_copies", *_OF_HUB)
    )
    op.create_table(
        "unread_paths",
        *_words("hub"),
        *_small("shard"),
        _name("path"),
        *_small("runs"),
        _key("unread_paths", "hub", "shard", "path"),
    )
    op.create_table(
        "drills",
        *_number("drills"),
        *_words("hub"),
        *_small("shard"),
        *_words("what", "username"),
        _name("path"),
        *_words("snapshot_id"),
        _at(),
        *_small("files"),
        *_counts("size_bytes"),
        *_words("problem"),
    )
    _index("drills", "hub", "at")
    op.create_table(
        "tombstones",
        *_number("tombstones"),
        *_words("hub", "username"),
        _name("volume"),
        _at(),
        *_words("run_id"),
    )
    _index("tombstones", "hub")


def _make_catalogue() -> None:
    op.create_table(
        "snapshots",
        *_number("snapshots"),
        *_words("hub", "id", "line"),
        *_counts("taken_us"),
        *_words("tags"),
    )
    _index("snapshots", "hub", "line", "number")
    _index("snapshots", "hub", "id", unique=True)
    op.create_table("homes", *_number("homes"), *_words(*_OF_HUB, "line"), *_counts("since_number"))
    _index("homes", *_OF_HUB, "line", unique=True)
    _index("homes", "hub", "line")
    op.create_table(
        "stays",
        sa.Column("home", _NUMBER, nullable=False, autoincrement=False),
        _name("path"),
        *_counts("first_number"),
        sa.Column("last_number", sa.BigInteger()),
        *_counts("modified_us", "size_bytes"),
        *_small("mode"),
        *_counts("uid", "gid"),
        sa.ForeignKeyConstraint(["home"], ["homes.number"], name="fk_stays_home"),
        _key("stays", "home", "path", "first_number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "broken_versions",
        *_words(*_OF_HUB),
        _name("path"),
        *_counts("modified_us", "size_bytes"),
        _key("broken_versions", *_OF_HUB, "path", "modified_us", "size_bytes"),
    )


def downgrade() -> None:
    """Drop the tables of backups."""
    for table in (
        "tombstones",
        "drills",
        "unread_paths",
        "last_copies",
        "shards",
        "broken_versions",
        "stays",
        "homes",
        "snapshots",
    ):
        op.drop_table(table)

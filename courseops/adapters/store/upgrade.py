"""Bring a database to the tables this version needs, once, however many start together.

On PostgreSQL an advisory lock keeps other processes waiting for the length of the
transaction; on SQLite the write lock does. Either way an upgrade is whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from courseops.errors import CourseOpsError

# Any number does, as long as nobody else uses it in the same database: "courseop" in ASCII.
_ADVISORY_LOCK = 0x636F757273656F70

Transaction = Callable[[], AbstractContextManager[Connection]]


def migrations(connection: Connection | None = None) -> Config:
    """Give Alembic's configuration for the migrations that ship in this package."""
    config = Config()
    folder = str(Path(__file__).with_name("migrations"))
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def bring_up_to_date(reading: Transaction, writing: Transaction, place: str) -> None:
    """
    Make or upgrade the tables, if they are not what this version needs.

    Raises:
        CourseOpsError: a newer courseops wrote this database.
    """
    with reading() as connection:
        if not _is_behind(connection, place):
            return
    with writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        if _is_behind(connection, place):
            command.upgrade(migrations(connection), "head")


def _is_behind(connection: Connection, place: str) -> bool:
    here = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(migrations())
    known = {revision.revision for revision in script.walk_revisions()}
    if here is not None and here not in known:
        raise CourseOpsError(
            f"a newer courseops wrote this database: it is at {here}, "
            f"and this one knows {script.get_current_head()} ({place})",
            hint="use the newer courseops; an old one could do harm",
        )
    return here != script.get_current_head()

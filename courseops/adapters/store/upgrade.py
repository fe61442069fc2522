"""Bring a database to the tables this version needs, once, however many start together.

On PostgreSQL an advisory lock keeps other processes waiting for the length of the
transaction; on SQLite the write lock does. Either way an upgrade is whole or not at all.
Alembic, which takes a third of a command's start, is loaded only when there is work for it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, func, inspect, select, table

from courseops.adapters.history.revisions import FOLDER, revisions
from courseops.errors import CourseOpsError

if TYPE_CHECKING:
    from alembic.config import Config

# Any number does, as long as nobody else uses it in the same database: "courseop" in ASCII.
_ADVISORY_LOCK = 0x636F757273656F70
_VERSION = table("alembic_version", column("version_num"))

Transaction = Callable[[], AbstractContextManager[Connection]]


def bring_up_to_date(reading: Transaction, rebuilding: Transaction, place: str) -> None:
    """
    Make or upgrade the tables, if they are not what this version needs.

    Raises:
        CourseOpsError: a newer courseops wrote this database.
    """
    with reading() as connection:
        if not _is_behind(connection, place):
            return
    with rebuilding() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        if _is_behind(connection, place):
            _upgrade(connection)


def migrations(connection: Connection | None = None) -> Config:
    """Give Alembic's configuration for the migrations that ship in this package."""
    from alembic.config import Config  # noqa: PLC0415 -- loaded only when needed, see above

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 -- loaded only when needed, see above

    command.upgrade(migrations(connection), "head")


def _is_behind(connection: Connection, place: str) -> bool:
    if not inspect(connection).has_table(_VERSION.name):
        return True
    here = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    known = revisions()
    if here is not None and here not in known:
        raise CourseOpsError(
            f"a newer courseops wrote this database: it is at {here}, "
            f"and this one knows {known[-1]} ({place})",
            hint="use the newer courseops; an old one could do harm",
        )
    return here != known[-1]

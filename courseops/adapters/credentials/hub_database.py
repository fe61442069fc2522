"""A hub's own database, which is the hub's: we add rows to it and change nothing else.

Neither its journal mode nor its tables are touched, a file is never made, and writing waits its
turn. SQLite's locks: https://www.sqlite.org/lockingv3.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from courseops.adapters.store.address import address_of
from courseops.adapters.store.faults import translated
from courseops.adapters.store.server import open_server
from courseops.errors import ConfigError, LockedError, RefusedError

BUSY_TIMEOUT_SECONDS = 10


class HubDatabase:
    """Transactions on the database of one hub; nothing stays open between them."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._place = place

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Look at one unchanging state of the database."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self, table: str) -> Iterator[Connection]:
        """
        Change one table while nobody else does; all of it is on disk in the end, or nothing.

        Raises:
            LockedError: the hub went on writing for more than ten seconds.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            if connection.dialect.name == "postgresql":
                # No unique index keeps a name from being written twice, so others have to wait.
                connection.exec_driver_sql(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
            yield connection

    @contextmanager
    def _transaction(self, sqlite_begins: str) -> Iterator[Connection]:
        engine = self._engine.execution_options(begins=sqlite_begins)
        try:
            with translated(self._place), engine.begin() as connection:
                yield connection
        except LockedError as error:
            raise LockedError(
                str(error), hint="the hub writes to it just now; try again"
            ) from error


def open_hub_file(path: Path) -> HubDatabase:
    """
    Open the SQLite file of a hub that was started before.

    Raises:
        RefusedError: there is no such file.
    """
    if not path.is_file():
        raise RefusedError(
            f"the hub's database is not there: {path}",
            hint="set accounts.file to the hub's jupyterhub.sqlite, which it makes as it starts",
        )

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(path))}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_SECONDS,
            # Transactions begin when we say so, not by rules of Python's own.
            isolation_level=None,
        )

    engine = create_engine(
        "sqlite+pysqlite://", creator=connect, poolclass=NullPool, hide_parameters=True
    )
    event.listen(engine, "begin", _begin_sqlite)
    return HubDatabase(engine, str(path))


def open_hub_server(url: str, hub: str) -> HubDatabase:
    """
    Open a hub's PostgreSQL database, by the URL that the hub itself has as `db_url`.

    Raises:
        ConfigError: the URL is of something else, or cannot be read.
    """
    address = address_of(url, f"the database URL of hub {hub}", "postgresql://user@host/name")
    if address.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigError(
            f"the database URL of hub {hub} is not PostgreSQL's",
            hint="use postgresql://user@host/name, or for SQLite set accounts.file",
        )
    engine = open_server(
        address,
        connect_timeout_seconds=BUSY_TIMEOUT_SECONDS,
        lock_timeout_seconds=BUSY_TIMEOUT_SECONDS,
        poolclass=NullPool,
    )
    return HubDatabase(engine, f"the database of hub {hub}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begins", "BEGIN"))

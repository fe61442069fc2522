"""One database, SQLite or PostgreSQL, opened and brought up to date.

SQLite keeps everything in one file, in WAL mode: readers never wait, writers wait for
each other (https://www.sqlite.org/wal.html). PostgreSQL serves daemons on several machines.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Insert,
    Table,
    TextClause,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection

from courseops.adapters.closing import Closing
from courseops.adapters.folders import make_private
from courseops.adapters.history.versions import Ask
from courseops.adapters.store.address import address_of
from courseops.adapters.store.faults import translated
from courseops.adapters.store.many import ManyRows
from courseops.adapters.store.opening import alone_in
from courseops.adapters.store.server import open_server
from courseops.adapters.store.upgrade import bring_up_to_date
from courseops.errors import ConfigError, CourseOpsError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

BUSY_TIMEOUT_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 10
_WRITES = "courseops_writes"


class Session(Closing):
    """One connection to oneself: what is locked in it stays so until it is closed."""

    def __init__(self, connection: Connection, place: str) -> None:
        self._connection = connection
        self._place = place

    def ask(self, question: TextClause, **values: object) -> Any:
        """Give the one value that answers a question; no transaction is left open."""
        with translated(self._place), self._connection.begin():
            return self._connection.execute(question, values).scalar_one()

    def close(self) -> None:
        """End the session itself; nobody inherits what is locked or set in it."""
        if not self._connection.closed:
            self._connection.invalidate()
            self._connection.close()


class Database:
    """Transactions on one database; every failure comes out as one of our errors."""

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{_WRITES: True})
        self._place = place

    @property
    def is_shared(self) -> bool:
        """Say whether several machines may use it at once."""
        return self._engine.dialect.name == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Look at one unchanging state of the database."""
        with translated(self._place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change the database; what was changed is on disk when the block ends, or not at all."""
        with translated(self._place), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """
        Change the tables themselves, as `writing` changes rows.

        SQLite changes a column by making its table anew; as long as rows of others refer to the
        old one, it would not let it go: https://www.sqlite.org/lang_altertable.html#otheralter
        """
        with translated(self._place), self._writer.connect() as connection, ExitStack() as checks:
            if self._engine.dialect.name == "sqlite":
                checks.enter_context(_without_foreign_keys(connection))
            with connection.begin():
                yield connection

    def session(self) -> Session:
        """Open a connection apart from all others."""
        with translated(self._place):
            return Session(self._engine.connect(), self._place)

    def insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """Start an INSERT that can say what happens `on_conflict_…`, spelled alike on both."""
        if self._engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 -- only who has one pays for it

        return postgresql.insert(table)

    def many(self, adding: Insert, columns: Iterable[str]) -> ManyRows:
        """Spell an INSERT for rows that all have `columns`, to be used any number of times."""
        return ManyRows(adding, columns, self._engine.dialect)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def asking(connection: Connection) -> Ask:
    """Carry out the statements of a quick look, which are text."""
    return lambda statement, values: connection.execute(text(statement), values).mappings()


def open_database(url: str) -> Database:
    """
    Open the database at `url`, making or upgrading its tables if they need it.

    Raises:
        ConfigError: the URL is none we understand.
        UnreachableError: PostgreSQL does not answer.
        CourseOpsError: the file cannot be written, or a newer courseops wrote it.
    """
    address = _address(url)
    on_sqlite = address.get_backend_name() == "sqlite"
    place = str(address.database) if on_sqlite else _name_of_server(address)
    engine = _sqlite(address) if on_sqlite else _postgres(address)
    database = Database(engine, place)
    alone: AbstractContextManager[None] = (
        alone_in(Path(place).parent) if on_sqlite else nullcontext()
    )
    try:
        with alone:
            bring_up_to_date(database.reading, database.rebuilding, place)
    except BaseException:
        database.close()
        raise
    return database


def _address(url: str) -> URL:
    address = address_of(
        url, "the database URL", "sqlite:////folder/courseops.db or postgresql://user@host/name"
    )
    scheme = address.drivername.partition("+")[0]
    if scheme == "sqlite" and address.database not in (None, "", ":memory:"):
        return address.set(drivername="sqlite+pysqlite")
    if scheme in ("postgresql", "postgres"):
        return address
    raise ConfigError(
        f"courseops cannot keep its records in {scheme or 'this'}",
        hint="use a file (sqlite:////folder/courseops.db) or postgresql://user@host/name",
    )


def _name_of_server(address: URL) -> str:
    port = f":{address.port}" if address.port else ""
    return f"PostgreSQL {address.host or 'here'}{port}/{address.database or ''}"


def _sqlite(address: URL) -> Engine:
    _make_private_file(Path(str(address.database)))
    engine = create_engine(
        address,
        hide_parameters=True,
        # As psycopg does it: the values of a row are named on both databases.
        paramstyle="named",
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    try:
        make_private(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise CourseOpsError(
            f"cannot write to the database file: {error.strerror} ({path})",
            hint="make site.state in config.toml a folder that courseops may write to",
        ) from error


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # Python's sqlite3 opens transactions by rules of its own unless told to leave that to us.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.cursor().execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: SQLite
    # fails it at once. One that says so at its beginning waits its turn.
    writes = connection.get_execution_options().get(_WRITES)
    # Straight to the driver: on SQLAlchemy's way it would cost as much as what follows it.
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    # Within a transaction, SQLite would not heed it.
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")


def _postgres(address: URL) -> Engine:
    return open_server(
        address,
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        lock_timeout_seconds=BUSY_TIMEOUT_SECONDS,
        pool_pre_ping=True,
    )

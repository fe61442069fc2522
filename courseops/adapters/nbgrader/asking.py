"""Ask a gradebook: a file through the standard library, any other one through SQLAlchemy.

Loading SQLAlchemy takes longer than reading a class's scores. Its SQLite types are read here as
SQLAlchemy writes them: times as text without a zone, spans as times since 1970.
https://docs.sqlalchemy.org/en/20/core/type_basics.html#sqlalchemy.types.Interval
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from courseops.adapters.nbgrader.totals import Query
from courseops.errors import CourseOpsError

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BUSY_TIMEOUT_SECONDS = 60.0
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- as it is in the database
_SQLITE = "sqlite:///"

Row = Mapping[str, Any]


class UnusualError(CourseOpsError):
    """This gradebook cannot be read so; nbgrader itself should be asked."""


class Asking(Protocol):
    """An open gradebook."""

    def __call__(self, query: Query) -> Sequence[Any]:
        """Give the rows, which are got into by their columns' names."""
        ...


def asking(connection: Connection) -> Asking:
    """Ask over a connection of SQLAlchemy's."""
    from sqlalchemy import text  # noqa: PLC0415 -- whoever has a connection has it loaded

    def ask(query: Query) -> Sequence[Any]:
        return connection.execute(text(query.text), query.values).mappings().all()

    return ask


@contextmanager
def opened(root: str, db_url: str) -> Iterator[Asking]:
    """
    Open the gradebook of a course at `root` to read one unchanging state of it.

    Raises:
        UnusualError: it cannot be read from here.
    """
    if not db_url.startswith("sqlite:"):
        with _opened_elsewhere(db_url) as ask:
            yield ask
        return
    path, _, options = db_url.removeprefix(_SQLITE).partition("?")
    usual = db_url.startswith(_SQLITE) and re.fullmatch(r"(timeout=[0-9.]+)?", options)
    if not usual or not path or path.startswith(("file:", ":")):
        raise UnusualError(f"{db_url} is no plain SQLite file")
    address = f"{Path(root, path).absolute().as_uri()}?mode=ro"
    try:
        with closing(_connect(address)) as connection:
            yield lambda query: connection.execute(query.text, query.values).fetchall()
    except sqlite3.Error as error:
        raise UnusualError(f"the gradebook cannot be read from here: {error}") from error


def _connect(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_TIMEOUT_SECONDS)
    connection.row_factory = sqlite3.Row
    connection.isolation_level = None
    connection.execute("BEGIN")
    return connection


@contextmanager
def _opened_elsewhere(db_url: str) -> Iterator[Asking]:
    from sqlalchemy import NullPool, create_engine  # noqa: PLC0415 -- only who has one pays for it
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        engine = create_engine(db_url, poolclass=NullPool)
        with engine.connect() as connection:
            yield asking(connection)
    except SQLAlchemyError as error:
        raise UnusualError(f"the gradebook cannot be read from here: {error}") from error


def has_password(db_url: str) -> bool:
    """Say whether there is a password in a gradebook's address."""
    if db_url.startswith("sqlite:"):
        return False
    from sqlalchemy import make_url  # noqa: PLC0415 -- only who has one pays for it

    return make_url(db_url).password is not None


def moment(value: datetime | str | None) -> datetime | None:
    """Read a time out of a gradebook; it is in UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return None if value is None else value.replace(tzinfo=UTC)


def span(value: datetime | str | timedelta | None) -> timedelta | None:
    """Read a length of time out of a gradebook."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value - _EPOCH if isinstance(value, datetime) else value

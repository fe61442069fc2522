"""Write thousands of rows by one statement that is spelled once, and read a million.

SQLAlchemy goes through every value of every row several times, which for a class list takes
longer than the database does; here each value is only made what its column keeps.
https://docs.sqlalchemy.org/en/20/core/connections.html#sqlalchemy.engine.Connection.exec_driver_sql
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Select

_Process = Callable[[object], object]


class ManyRows:
    """One INSERT for any number of rows that all have `columns`."""

    def __init__(self, adding: Insert, columns: Iterable[str], dialect: Dialect) -> None:
        names = list(columns)
        self._spelled = str(adding.compile(dialect=dialect, column_keys=names))
        self._kept = [(name, _process(adding, name, dialect)) for name in names]

    def write(self, connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Write rows, in their order; without any, nothing."""
        kept = [{name: keep(row[name]) for name, keep in self._kept} for row in rows]
        if kept:
            connection.exec_driver_sql(self._spelled, kept)


def plain_rows(connection: Connection, wanted: Select[Any]) -> Sequence[tuple[Any, ...]]:
    """Read rows of whole numbers, which both databases give as they are, without their names."""
    # A row of SQLAlchemy's takes as long to make as the database takes to find it.
    return connection.execute(wanted).cursor.fetchall()


def _process(adding: Insert, name: str, dialect: Dialect) -> _Process:
    """Give what makes of a value what its column keeps."""
    kind = adding.table.columns[name].type.dialect_impl(dialect)
    process = kind.bind_processor(dialect)
    # Most columns of a batch hold the same few values over and over.
    return lru_cache(maxsize=16)(process) if process else _as_it_is


def _as_it_is(value: object) -> object:
    return value

"""A PostgreSQL server, as every database of ours and of a hub is opened on it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from courseops.errors import ConfigError

# A server that is cut off without a word would else be waited for a quarter of an hour:
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_NOTICE_WHEN_GONE = {
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}


def open_server(
    address: URL, *, connect_timeout_seconds: int, lock_timeout_seconds: int, **options: Any
) -> Engine:
    """
    Open a database at `address`; nothing is asked of it yet, and no value is ever shown.

    `options` are SQLAlchemy's, such as how connections are kept.

    Raises:
        ConfigError: the driver is not installed.
    """
    try:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            connect_args={"connect_timeout": connect_timeout_seconds, **_NOTICE_WHEN_GONE},
            **options,
        )
    except ImportError as error:
        raise ConfigError(
            "PostgreSQL needs psycopg, which is not installed",
            hint='pip install "courseops[postgres]"',
        ) from error

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{lock_timeout_seconds}s'")

    event.listen(engine, "begin", begin)
    return engine

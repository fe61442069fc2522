"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from courseops.adapters.history.spelling import (
    lines_from,
    lines_kept,
    name_from,
    name_kept,
    spelled_out,
)

# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY:
# https://www.sqlite.org/autoinc.html
Number = BigInteger().with_variant(Integer, "sqlite")


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive time was about to be stored: {value}")
        utc = value.astimezone(UTC)
        # SQLite has no type for times; SQLAlchemy writes text there and drops the zone.
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn what the database kept into an aware moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """
    Text that is stored whatever it holds.

    File names of learners can hold bytes that are no UTF-8 (lone surrogates in Python), and
    PostgreSQL refuses NUL in text: both are kept in a visible form rather than lost.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Spell out what no database takes."""
        return None if value is None else spelled_out(value)


class FileName(TypeDecorator[str]):
    """A name or path of a file, as its bytes: whatever a learner calls it, it comes back so."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Give the bytes that the database keeps."""
        return None if value is None else name_kept(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Read the name out of its bytes."""
        return None if value is None else name_from(value)


class Lines(TypeDecorator[tuple[str, ...]]):
    """A few words or names, one a line."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Give the text that the database keeps."""
        return None if value is None else lines_kept(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Read them out of the text."""
        return None if value is None else lines_from(value)

"""Moments as whole numbers.

What a learner sets as a file's time of change may lie before 1970 or far from any calendar of a
database; a number is small, exact, and alike everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Count the microseconds from 1970 to a moment; negative for one before."""
    return (at - _EPOCH) // _ONE


def moment_of(count: int) -> datetime:
    """Give the moment, in UTC, that lies so many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=count)


def moment_of_ns(count: int) -> datetime:
    """Give the moment, to the microsecond, that a file system keeps in nanoseconds."""
    return moment_of(count // 1000)


def nanoseconds(at: datetime) -> int:
    """Count the nanoseconds from 1970 to a moment, as a file system keeps it."""
    return microseconds(at) * 1000

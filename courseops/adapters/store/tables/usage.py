"""What was seen on the hubs over time.

A year of ten thousand learners is millions of rows: names are written once and stand as
numbers everywhere else, moments are whole microseconds since 1970, and a row is kept in the
index of its key itself (`WITHOUT ROWID`, https://www.sqlite.org/withoutrowid.html).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, Table

from courseops.adapters.store.columns import Number
from courseops.adapters.store.tables.basis import count, metadata, words


def _account() -> Column[int]:
    return Column(
        "account", Number, ForeignKey("accounts.number"), primary_key=True, autoincrement=False
    )


# Whoever was ever seen on a hub, or had a home there. A name that is to be forgotten goes here.
accounts = Table(
    "accounts",
    metadata,
    Column("number", Number, primary_key=True),
    words("hub"),
    words("username"),
    Index(None, "hub", "username", unique=True),
)

samples = Table(
    "samples",
    metadata,
    words("hub", key=True),
    count("taken_us", key=True),
    Column("running", Integer, nullable=False),
    Column("accounts", Integer),
    Column("ok", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

sessions = Table(
    "sessions",
    metadata,
    _account(),
    count("started_us", key=True),
    words("server", key=True),
    count("last_seen_us"),
    Column("ended_us", BigInteger),
    Index(None, "last_seen_us"),
    sqlite_with_rowid=False,
)

# One row a day and account (the day as its number since 1970-01-01): who was active.
activities = Table(
    "activities",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    _account(),
    count("active_us"),
    sqlite_with_rowid=False,
)

# How large a home was from a moment on, until its next row.
storage = Table(
    "storage",
    metadata,
    _account(),
    count("at_us", key=True),
    count("size_bytes"),
    count("files"),
    sqlite_with_rowid=False,
)

# Starts by the hour; `waits` as "0.5:3 1:12 inf:1".
spawns = Table(
    "spawns",
    metadata,
    words("hub", key=True),
    count("hour_us", key=True),
    Column("started", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    words("waits"),
    sqlite_with_rowid=False,
)

# What is kept for good; `first_day` as "2026-03-02", `hourly_peaks` as "0 0 3 …".
usage_days = Table(
    "usage_days",
    metadata,
    words("hub", key=True),
    words("span", key=True),
    words("first_day", key=True),
    words("course_id", key=True),
    Column("people", Integer),
    Column("active", Integer, nullable=False),
    Column("sessions", Integer, nullable=False),
    Column("hours", Float, nullable=False),
    Column("peak", Integer, nullable=False),
    Column("peak_us", BigInteger),
    words("hourly_peaks"),
    Column("observed", Float, nullable=False),
    Column("homes", Integer),
    Column("storage_bytes", BigInteger),
    sqlite_with_rowid=False,
)

gaps = Table(
    "gaps",
    metadata,
    words("hub", key=True),
    count("since_us", key=True),
    count("until_us"),
    sqlite_with_rowid=False,
)

# How far a log was read, or what counters stood at.
bookmarks = Table(
    "bookmarks",
    metadata,
    words("hub", key=True),
    words("source", key=True),
    words("text"),
    sqlite_with_rowid=False,
)

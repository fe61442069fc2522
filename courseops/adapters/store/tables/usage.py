"""What was seen on the hubs over time."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table

from courseops.adapters.store.columns import Moment
from courseops.adapters.store.tables.basis import metadata, words

samples = Table(
    "samples",
    metadata,
    words("hub", key=True),
    Column("taken_at", Moment, primary_key=True),
    Column("running", Integer, nullable=False),
    Column("accounts", Integer),
    Column("ok", Boolean, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    words("hub", key=True),
    words("username", key=True),
    words("server", key=True),
    Column("started_at", Moment, primary_key=True),
    Column("last_seen_at", Moment, nullable=False),
    Index(None, "hub", "last_seen_at"),
)

# One row an account and day (UTC, as "2026-03-02"): what a report of active people needs.
activities = Table(
    "activities",
    metadata,
    words("hub", key=True),
    words("username", key=True),
    words("day", key=True),
    Column("active_at", Moment, nullable=False),
    Index(None, "hub", "active_at"),
)

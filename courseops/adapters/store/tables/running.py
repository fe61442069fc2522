"""What ran: runs and what they left, the jobs that are known, and what is wrong at present."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint, text

from courseops.adapters.store.columns import AnyText, Lines, Moment, Number
from courseops.adapters.store.tables.basis import metadata, run_id, words

runs = Table(
    "runs",
    metadata,
    Column("number", Number, primary_key=True),
    words("id", unique=True),
    words("action"),
    words("scope"),
    words("actor"),
    Column("started_at", Moment, nullable=False),
    words("ending"),
    Column("ended_at", Moment),
    words("plan"),
    words("error"),
    Column("total", Integer, nullable=False),
    Column("finished", Integer, nullable=False),
    # The run of a job: its slot, and who has claimed it until when.
    words("job"),
    Column("slot", AnyText),
    Column("due_at", Moment),
    words("about"),
    Column("attempt", Integer, nullable=False),
    words("within"),
    words("owner"),
    Column("lease_until", Moment),
    words("cancelled_by"),
    Index(None, "scope", "action", "started_at"),
    Index(None, "started_at"),
    Index(None, "within"),
    Index(None, "job", "due_at"),
    # Rows without a slot do not meet: no two empty values are the same.
    UniqueConstraint("job", "slot"),
)

# However many runs have ended, those that have not, or wait for a person, are found at once.
UNDERWAY = text("ended_at IS NULL")
Index(
    "ix_runs_underway",
    runs.c.started_at,
    sqlite_where=UNDERWAY,
    postgresql_where=UNDERWAY,
)

HELD = text("ending = 'held'")
Index("ix_runs_held", runs.c.started_at, sqlite_where=HELD, postgresql_where=HELD)

outcomes = Table(
    "outcomes",
    metadata,
    Column("number", Number, primary_key=True),
    run_id(),
    words("subject"),
    words("status"),
    words("kind"),
    words("reason"),
    words("mend"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True),
    run_id(),
    Column("at", Moment, nullable=False),
    words("actor"),
    words("phase"),
    words("subject"),
    words("change"),
    words("detail"),
)

# Since when each job is known: what was due before is nobody's omission.
jobs = Table(
    "jobs",
    metadata,
    words("name", key=True),
    Column("since", Moment, nullable=False),
)

# What is wrong at present, and whom it was told.
alerts = Table(
    "alerts",
    metadata,
    words("key", key=True),
    words("severity"),
    words("job"),
    words("scope"),
    words("what"),
    words("mend"),
    words("run_id"),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("runs", Integer, nullable=False),
    Column("met", Lines, nullable=False),
    Column("told_at", Moment),
    Column("cleared_at", Moment),
    Column("owing", Lines, nullable=False),
)

"""The tables, as they are now; `migrations/` says how a database gets there.

A test compares the two. Nothing is ever removed from `runs`, `outcomes`, `audit` and
`enrolments`: an enrolment that ends keeps its row and gets an `ended_at`.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    text,
)

from courseops.adapters.store.columns import AnyText, Moment, Number

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _words(name: str, *, key: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, AnyText, nullable=False, primary_key=key, unique=unique)


def _run_id() -> Column[str]:
    return Column("run_id", AnyText, ForeignKey("runs.id"), nullable=False, index=True)


runs = Table(
    "runs",
    metadata,
    Column("number", Number, primary_key=True),
    _words("id", unique=True),
    _words("action"),
    _words("scope"),
    _words("actor"),
    Column("started_at", Moment, nullable=False),
    _words("ending"),
    Column("ended_at", Moment),
    _words("plan"),
    _words("error"),
    Column("total", Integer, nullable=False),
    Column("finished", Integer, nullable=False),
    Index(None, "scope", "action", "started_at"),
    Index(None, "started_at"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("number", Number, primary_key=True),
    _run_id(),
    _words("subject"),
    _words("status"),
    _words("kind"),
    _words("reason"),
    _words("mend"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Number, primary_key=True),
    _run_id(),
    Column("at", Moment, nullable=False),
    _words("actor"),
    _words("phase"),
    _words("subject"),
    _words("change"),
    _words("detail"),
)

plans = Table(
    "plans",
    metadata,
    _words("fingerprint", key=True),
    _words("scope", key=True),
    _words("document"),
    Column("kept_at", Moment, nullable=False),
)

# What went into the grade that each submission has now, and what it cost.
gradings = Table(
    "gradings",
    metadata,
    _words("course_id", key=True),
    _words("assignment", key=True),
    _words("learner", key=True),
    _words("digest"),
    Column("graded_at", Moment, nullable=False),
    Column("wall_seconds", Float, nullable=False),
    Column("cpu_seconds", Float, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("number", Number, primary_key=True),
    _words("course_id"),
    _words("person_id"),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    _words("role"),
    _words("section"),
    _words("username"),
    _words("given_name"),
    _words("family_name"),
    _words("email"),
    _words("gradebook_id"),
    _words("lms_id"),
)

# One open enrolment a person and course; any number of ended ones.
_OPEN = text("ended_at IS NULL")
Index(
    "uq_enrolments_open",
    enrolments.c.course_id,
    enrolments.c.person_id,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)

samples = Table(
    "samples",
    metadata,
    _words("hub", key=True),
    Column("taken_at", Moment, primary_key=True),
    Column("running", Integer, nullable=False),
    Column("accounts", Integer),
    Column("ok", Boolean, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    _words("hub", key=True),
    _words("username", key=True),
    _words("server", key=True),
    Column("started_at", Moment, primary_key=True),
    Column("last_seen_at", Moment, nullable=False),
    Index(None, "hub", "last_seen_at"),
)

# One row an account and day (UTC, as "2026-03-02"): what a report of active people needs.
activities = Table(
    "activities",
    metadata,
    _words("hub", key=True),
    _words("username", key=True),
    _words("day", key=True),
    Column("active_at", Moment, nullable=False),
    Index(None, "hub", "active_at"),
)

# One row a collected submission; the manifest itself lies, signed, beside its files.
manifests = Table(
    "manifests",
    metadata,
    _words("course_id", key=True),
    _words("assignment", key=True),
    _words("learner", key=True),
    _words("folder", key=True),
    _words("source"),
    _words("place"),
    _words("stamp"),
    _words("digest"),
    Column("submitted_at", Moment, nullable=False),
    Column("collected_at", Moment, nullable=False),
    _words("fingerprint"),
    _words("remarks"),
)

# Until when a learner has; the audit says who granted it, and what was granted before.
extensions = Table(
    "extensions",
    metadata,
    _words("course_id", key=True),
    _words("assignment", key=True),
    _words("learner", key=True),
    Column("until_at", Moment, nullable=False),
    Column("granted_at", Moment, nullable=False),
)

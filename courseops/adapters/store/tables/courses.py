"""Who is enrolled, what was planned, and what became of the work of assignments."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Table, text

from courseops.adapters.store.columns import Moment, Number
from courseops.adapters.store.tables.basis import metadata, words

plans = Table(
    "plans",
    metadata,
    words("fingerprint", key=True),
    words("scope", key=True),
    words("document"),
    Column("kept_at", Moment, nullable=False),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("number", Number, primary_key=True),
    words("course_id"),
    words("person_id"),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    words("role"),
    words("section"),
    words("username"),
    words("given_name"),
    words("family_name"),
    words("email"),
    words("gradebook_id"),
    words("lms_id"),
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

# One row a collected submission; the manifest itself lies, signed, beside its files.
manifests = Table(
    "manifests",
    metadata,
    words("course_id", key=True),
    words("assignment", key=True),
    words("learner", key=True),
    words("folder", key=True),
    words("source"),
    words("place"),
    words("stamp"),
    words("digest"),
    Column("submitted_at", Moment, nullable=False),
    Column("collected_at", Moment, nullable=False),
    words("fingerprint"),
    words("remarks"),
)

# Until when a learner has; the audit says who granted it, and what was granted before.
extensions = Table(
    "extensions",
    metadata,
    words("course_id", key=True),
    words("assignment", key=True),
    words("learner", key=True),
    Column("until_at", Moment, nullable=False),
    Column("granted_at", Moment, nullable=False),
)

# What went into the grade that each submission has now, and what it cost.
gradings = Table(
    "gradings",
    metadata,
    words("course_id", key=True),
    words("assignment", key=True),
    words("learner", key=True),
    words("digest"),
    Column("graded_at", Moment, nullable=False),
    Column("wall_seconds", Float, nullable=False),
    Column("cpu_seconds", Float, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
)

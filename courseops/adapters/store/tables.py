"""The tables, as they are now; `migrations/` says how a database gets there.

A test compares the two. Nothing is ever removed from `runs`, `outcomes`, `audit` and
`enrolments`: an enrolment that ends keeps its row and gets an `ended_at`. What is noted of
snapshots, from `snapshots` to `broken_versions`, can be made anew from the repository.
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
    UniqueConstraint,
    text,
)

from courseops.adapters.store.columns import AnyText, FileName, Moment, Number

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


def _name(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, FileName, nullable=False, primary_key=key)


def _count(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=False, primary_key=key)


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
    # The run of a job: its slot, and who has claimed it until when.
    _words("job"),
    Column("slot", AnyText),
    Column("due_at", Moment),
    _words("about"),
    Column("attempt", Integer, nullable=False),
    _words("within"),
    _words("owner"),
    Column("lease_until", Moment),
    _words("cancelled_by"),
    Index(None, "scope", "action", "started_at"),
    Index(None, "started_at"),
    Index(None, "within"),
    # Rows without a slot do not meet: no two empty values are the same.
    UniqueConstraint("job", "slot"),
)

# Since when each job is known: what was due before is nobody's omission.
jobs = Table(
    "jobs",
    metadata,
    _words("name", key=True),
    Column("since", Moment, nullable=False),
)

# What is wrong at present, and whom it was told.
alerts = Table(
    "alerts",
    metadata,
    _words("key", key=True),
    _words("severity"),
    _words("job"),
    _words("scope"),
    _words("what"),
    _words("mend"),
    _words("run_id"),
    Column("since", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("runs", Integer, nullable=False),
    Column("told_at", Moment),
    Column("cleared_at", Moment),
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

# The snapshots that are known; times of a catalogue are microseconds since 1970.
snapshots = Table(
    "snapshots",
    metadata,
    Column("number", Number, primary_key=True),
    _words("hub"),
    _words("id"),
    _words("line"),
    _count("taken_us"),
    _words("tags"),
    Index(None, "hub", "line", "number"),
    Index(None, "hub", "id", unique=True),
)

# Whose homes the snapshots of a line hold, from the first number on.
homes = Table(
    "homes",
    metadata,
    Column("number", Number, primary_key=True),
    _words("hub"),
    _words("username"),
    _words("line"),
    _count("since_number"),
    Index(None, "hub", "username", "line", unique=True),
    Index(None, "hub", "line"),
)

# How long a file stayed the same: see model/backups/catalogue.py. A home's rows lie side by side.
stays = Table(
    "stays",
    metadata,
    Column("home", Number, ForeignKey("homes.number"), primary_key=True, autoincrement=False),
    _name("path", key=True),
    _count("first_number", key=True),
    Column("last_number", BigInteger),
    _count("modified_us"),
    _count("size_bytes"),
    Column("mode", Integer, nullable=False),
    _count("uid"),
    _count("gid"),
    sqlite_with_rowid=False,
)

broken_versions = Table(
    "broken_versions",
    metadata,
    _words("hub", key=True),
    _words("username", key=True),
    _name("path", key=True),
    _count("modified_us", key=True),
    _count("size_bytes", key=True),
)

shards = Table(
    "shards",
    metadata,
    _words("hub", key=True),
    _words("username", key=True),
    Column("number", Integer, nullable=False),
)

last_copies = Table(
    "last_copies",
    metadata,
    _words("hub", key=True),
    _words("username", key=True),
    Column("at", Moment, nullable=False),
    _words("run_id"),
)

# In how many runs on end a path could not be read.
unread_paths = Table(
    "unread_paths",
    metadata,
    _words("hub", key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    _name("path", key=True),
    Column("runs", Integer, nullable=False),
)

drills = Table(
    "drills",
    metadata,
    Column("number", Number, primary_key=True),
    _words("hub"),
    Column("shard", Integer, nullable=False),
    _words("what"),
    _words("username"),
    _name("path"),
    _words("snapshot_id"),
    Column("at", Moment, nullable=False),
    Column("files", Integer, nullable=False),
    _count("size_bytes"),
    _words("problem"),
    Index(None, "hub", "at"),
)

# Who was erased from the backups of a hub, so that an old copy is erased again.
tombstones = Table(
    "tombstones",
    metadata,
    Column("number", Number, primary_key=True),
    _words("hub"),
    _words("username"),
    _name("volume"),
    Column("at", Moment, nullable=False),
    _words("run_id"),
    Index(None, "hub"),
)

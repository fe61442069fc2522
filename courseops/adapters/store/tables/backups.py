"""What is known of snapshots, and of each learner's copies.

What is noted of snapshots, from `snapshots` to `broken_versions`, can be made anew from the
repository.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table

from courseops.adapters.store.columns import Moment, Number
from courseops.adapters.store.tables.basis import count, metadata, name, words

# The snapshots that are known; times of a catalogue are microseconds since 1970.
snapshots = Table(
    "snapshots",
    metadata,
    Column("number", Number, primary_key=True),
    words("hub"),
    words("id"),
    words("line"),
    count("taken_us"),
    words("tags"),
    Index(None, "hub", "line", "number"),
    Index(None, "hub", "id", unique=True),
)

# Whose homes the snapshots of a line hold, from the first number on.
homes = Table(
    "homes",
    metadata,
    Column("number", Number, primary_key=True),
    words("hub"),
    words("username"),
    words("line"),
    count("since_number"),
    Index(None, "hub", "username", "line", unique=True),
    Index(None, "hub", "line"),
)

# How long a file stayed the same: see model/backups/catalogue.py. A home's rows lie side by side.
stays = Table(
    "stays",
    metadata,
    Column("home", Number, ForeignKey("homes.number"), primary_key=True, autoincrement=False),
    name("path", key=True),
    count("first_number", key=True),
    Column("last_number", BigInteger),
    count("modified_us"),
    count("size_bytes"),
    Column("mode", Integer, nullable=False),
    count("uid"),
    count("gid"),
    sqlite_with_rowid=False,
)

broken_versions = Table(
    "broken_versions",
    metadata,
    words("hub", key=True),
    words("username", key=True),
    name("path", key=True),
    count("modified_us", key=True),
    count("size_bytes", key=True),
)

shards = Table(
    "shards",
    metadata,
    words("hub", key=True),
    words("username", key=True),
    Column("number", Integer, nullable=False),
)

last_copies = Table(
    "last_copies",
    metadata,
    words("hub", key=True),
    words("username", key=True),
    Column("at", Moment, nullable=False),
    words("run_id"),
)

# In how many runs on end a path could not be read.
unread_paths = Table(
    "unread_paths",
    metadata,
    words("hub", key=True),
    Column("shard", Integer, primary_key=True, autoincrement=False),
    name("path", key=True),
    Column("runs", Integer, nullable=False),
)

drills = Table(
    "drills",
    metadata,
    Column("number", Number, primary_key=True),
    words("hub"),
    Column("shard", Integer, nullable=False),
    words("what"),
    words("username"),
    name("path"),
    words("snapshot_id"),
    Column("at", Moment, nullable=False),
    Column("files", Integer, nullable=False),
    count("size_bytes"),
    words("problem"),
    Index(None, "hub", "at"),
)

# Who was erased from the backups of a hub, so that an old copy is erased again.
tombstones = Table(
    "tombstones",
    metadata,
    Column("number", Number, primary_key=True),
    words("hub"),
    words("username"),
    name("volume"),
    Column("at", Moment, nullable=False),
    words("run_id"),
    Index(None, "hub"),
)

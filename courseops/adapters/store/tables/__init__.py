"""The tables, as they are now; `migrations/` says how a database gets there.

A test compares the two. Nothing is ever removed from `runs`, `outcomes`, `audit` and
`enrolments` in passing: an enrolment that ends keeps its row and gets an `ended_at`.
"""

from __future__ import annotations

from courseops.adapters.store.tables.backups import (
    broken_versions,
    drills,
    homes,
    last_copies,
    shards,
    snapshots,
    stays,
    tombstones,
    unread_paths,
)
from courseops.adapters.store.tables.basis import metadata
from courseops.adapters.store.tables.courses import (
    enrolments,
    extensions,
    gradings,
    manifests,
    plans,
)
from courseops.adapters.store.tables.running import (
    alerts,
    audit,
    jobs,
    outcomes,
    runs,
)
from courseops.adapters.store.tables.usage import (
    accounts,
    activities,
    bookmarks,
    gaps,
    samples,
    sessions,
    spawns,
    storage,
    usage_days,
)

__all__ = [
    "accounts",
    "activities",
    "alerts",
    "audit",
    "bookmarks",
    "broken_versions",
    "drills",
    "enrolments",
    "extensions",
    "gaps",
    "gradings",
    "homes",
    "jobs",
    "last_copies",
    "manifests",
    "metadata",
    "outcomes",
    "plans",
    "runs",
    "samples",
    "sessions",
    "shards",
    "snapshots",
    "spawns",
    "stays",
    "storage",
    "tombstones",
    "unread_paths",
    "usage_days",
]

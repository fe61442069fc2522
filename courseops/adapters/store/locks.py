"""Locks between all machines that share a PostgreSQL, as its advisory locks.

Each is held by a session of its own, and the server lets go of it when that session ends: at
once when its process dies, also by `kill -9`, and soon when its machine does. Not through a
pooler that lends sessions for one transaction each.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from sqlalchemy import text

from courseops.adapters.store.database import Database, Session
from courseops.errors import CourseOpsError, LockedError
from courseops.events import log

# A machine that is gone without a word answers no probe: its locks are free within a minute. And
# a session that only holds a lock has nothing to say for hours. Older servers lack some of these.
_SETTINGS = text(
    """SELECT count(set_config(name, value, false)) FROM pg_settings JOIN (VALUES
        ('application_name', :process),
        ('tcp_keepalives_idle', '20'),
        ('tcp_keepalives_interval', '10'),
        ('tcp_keepalives_count', '3'),
        ('idle_session_timeout', '0')
    ) AS wanted (name, value) USING (name)"""
)
_TRY = text("SELECT pg_try_advisory_lock(:key)")
_LET_GO = text("SELECT pg_advisory_unlock(:key)")
# The key is kept in halves: https://www.postgresql.org/docs/current/view-pg-locks.html
_HOLDER = text(
    """SELECT min(application_name) FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32) | objid::bigint = :key"""
)
_OURS = "courseops "


class ServerLocks:
    """One advisory lock a name, in our own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """
        Hold the lock `name`.

        Raises:
            LockedError: a process of any machine, or another part of this one, holds it.
            UnreachableError: PostgreSQL does not answer.
        """
        key = _key(name)
        with self._database.session() as session:
            session.ask(_SETTINGS, process=f"{_OURS}process {os.getpid()} on {os.uname().nodename}")
            if not session.ask(_TRY, key=key):
                holder = str(session.ask(_HOLDER, key=key) or "?").removeprefix(_OURS)
                raise LockedError(
                    f"another courseops ({holder}) is at work on {name}",
                    hint="wait for it to end, or see what it does with: courseops status",
                )
            try:
                yield
            finally:
                _let_go(session, key, name)


def _key(name: str) -> int:
    """Give the number under which PostgreSQL knows a lock: 64 bits with a sign."""
    digest = blake2b(f"{_OURS}{name}".encode("utf-8", "surrogateescape"), digest_size=8)
    return int.from_bytes(digest.digest(), signed=True)


def _let_go(session: Session, key: int, name: str) -> None:
    """Let go of a lock; what was done under it is done, even if the session was lost meanwhile."""
    why = "the server no longer had it"
    try:
        if session.ask(_LET_GO, key=key):
            return
    except CourseOpsError as error:
        why = str(error)
    log().warning("lock was lost before its time", lock=name, error=why)

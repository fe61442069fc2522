"""What went wrong in a database, in our words.

SQLite's result codes: https://www.sqlite.org/rescode.html
PostgreSQL's: https://www.postgresql.org/docs/current/errcodes-appendix.html
No message holds the database's URL, which may hold a password.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from courseops.errors import CourseOpsError, LockedError, RefusedError, UnreachableError

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_SQLITE_HINTS = {
    sqlite3.SQLITE_READONLY: "let courseops write to the database file and to its folder",
    sqlite3.SQLITE_CANTOPEN: "let courseops write to the database file and to its folder",
    sqlite3.SQLITE_PERM: "let courseops write to the database file and to its folder",
    sqlite3.SQLITE_FULL: "free some space where the database lies; nothing was lost",
    sqlite3.SQLITE_IOERR: "look at the disk the database lies on: space, mount, hardware",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: put the last good copy of it in place",
    sqlite3.SQLITE_NOTADB: "the file is no SQLite database: set another one in config.toml",
}
_LOCK_STATES = ("55P03", "40001", "40P01")
_AWAY_CLASSES = ("08", "57")
_REFUSED_CLASSES = ("28", "3D", "42501")
_TOO_MANY_CONNECTIONS = "53300"


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn what the database at `place` raises into one of our errors."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig or error
        if isinstance(cause, sqlite3.Error):
            raise _from_sqlite(place, cause) from error
        raise _from_postgres(place, cause) from error
    except sqlite3.Error as error:
        raise _from_sqlite(place, error) from error


def _from_sqlite(place: str, error: sqlite3.Error) -> CourseOpsError:
    # Extended codes keep the primary one in their lowest byte.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return LockedError(
            f"the database is busy: {place}", hint="another courseops writes to it; try again"
        )
    return CourseOpsError(
        f"the database failed: {error} ({place})", hint=_SQLITE_HINTS.get(code, "")
    )


def _from_postgres(place: str, error: BaseException) -> CourseOpsError:
    state = getattr(error, "sqlstate", None) or ""
    said = (str(error).strip().splitlines() or ["no reason given"])[0]
    message = f"{said} ({place})"
    if state in _LOCK_STATES:
        return LockedError(
            f"the database is busy: {message}", hint="another courseops writes to it; try again"
        )
    if state.startswith(_REFUSED_CLASSES) or (not state and "FATAL:" in said):
        return RefusedError(
            f"the database refused: {message}", hint="check the database URL, user and rights"
        )
    if not state or state.startswith(_AWAY_CLASSES) or state == _TOO_MANY_CONNECTIONS:
        return UnreachableError(
            f"the database did not answer: {message}", hint="is PostgreSQL running, and reachable?"
        )
    return CourseOpsError(f"the database failed: {message}")

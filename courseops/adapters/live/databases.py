"""Copies of databases in use: whole ones, or none.

A file that is copied while it is written to is broken more often than not. SQLite's own backup
reads one unchanging state of it: https://www.sqlite.org/backup.html
pg_dump does for PostgreSQL: https://www.postgresql.org/docs/current/app-pgdump.html
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from courseops.adapters import process
from courseops.adapters.surroundings import inherited_environment
from courseops.errors import ConfigError, CourseOpsError, UnreachableError
from courseops.ports.live import LiveDatabase

_DUMP_TIMEOUT_SECONDS = 60 * 60.0
# Someone who writes without a pause could keep us waiting for ever.
_COPY_TIMEOUT_SECONDS = 10 * 60.0
_BUSY_TIMEOUT_SECONDS = 30.0
_TAIL_BYTES = 4096
_COMPLETE = b"PostgreSQL database dump complete"

# libpq reads these; what else may stand in a URL is not taken over in silence.
# https://www.postgresql.org/docs/current/libpq-envars.html
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


class SqliteDatabase:
    """A file of SQLite's, whoever writes to it; if it `may_be_missing`, it is made later."""

    def __init__(self, name: str, path: Path, *, may_be_missing: bool = False) -> None:
        self.name = name
        self._path = path
        self._may_be_missing = may_be_missing

    def preflight(self) -> str:
        """
        Say where it is, having opened it.

        Raises:
            CourseOpsError: it is not there, or may not be read.
        """
        if self._is_missing():
            return f"{self._path}, which is not there yet"
        try:
            with closing(self._opened()) as source:
                source.execute("PRAGMA schema_version").fetchone()
        except sqlite3.Error as error:
            raise CourseOpsError(f"{self._path} cannot be read: {error}") from error
        return str(self._path)

    def copy(self, into: Path) -> bool:
        """
        Put a copy of one unchanging state of it into a folder, under its name.

        Raises:
            CourseOpsError: there is no whole copy; then there is none at all.
        """
        if self._is_missing():
            return False
        target = into / f"{self.name}.sqlite"
        try:
            with closing(self._opened()) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy, progress=_until(time.monotonic() + _COPY_TIMEOUT_SECONDS))
                # A single file, to be opened from where nothing may be written beside it.
                copy.execute("PRAGMA journal_mode=DELETE")
                (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise CourseOpsError(
                    f"{self._path} is damaged: {verdict}", hint="mend it, as its owner says how"
                )
        except sqlite3.Error as error:
            _remove(target)
            raise CourseOpsError(f"{self._path} cannot be copied: {error}") from error
        except BaseException:
            _remove(target)
            raise
        return True

    def _is_missing(self) -> bool:
        return self._may_be_missing and not self._path.exists()

    def _opened(self) -> sqlite3.Connection:
        if not self._path.is_file():
            raise CourseOpsError(
                f"there is no database {self._path}", hint="see where it is, in config.toml"
            )
        # Read only: not even a hot journal of theirs is ours to roll back.
        return sqlite3.connect(
            f"file:{quote(str(self._path))}?mode=ro", uri=True, timeout=_BUSY_TIMEOUT_SECONDS
        )


def _until(deadline: float) -> Callable[[int, int, int], None]:
    def progress(_status: int, _remaining: int, _total: int) -> None:
        if time.monotonic() > deadline:
            raise UnreachableError("the database was written to without a pause")

    return progress


def _remove(target: Path) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)


class PostgresDatabase:
    """A database on a PostgreSQL server; `url` is asked for when it is copied."""

    def __init__(self, name: str, url: Callable[[], str], *, program: str = "pg_dump") -> None:
        self.name = name
        self._url = url
        self._program = program

    def preflight(self) -> str:
        """
        Say what dumps it, having dumped its tables without what is in them.

        Raises:
            CourseOpsError: it cannot be dumped.
        """
        with Path(os.devnull).open("wb") as nowhere:
            self._dump(nowhere.fileno(), "--schema-only")
        return "PostgreSQL, by pg_dump"

    def copy(self, into: Path) -> bool:
        """
        Put a dump of one unchanging state of it into a folder, under its name.

        Raises:
            CourseOpsError: there is no whole dump; then there is none at all.
        """
        target = into / f"{self.name}.sql"
        draft = target.with_name(f"{target.name}.part")
        try:
            with draft.open("xb") as file:
                self._dump(file.fileno())
            if not _is_complete(draft):
                raise CourseOpsError("pg_dump ended well, but its dump is not complete")
            draft.rename(target)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        return True

    def _dump(self, to: int, *options: str) -> None:
        done = process.run(
            # Text, which restic stores but once where it is as it was.
            [self._program, "--no-password", "--format=plain", *options],
            env={**inherited_environment(), **_settings(self._url(), self.name)},
            timeout_seconds=_DUMP_TIMEOUT_SECONDS,
            stdout=to,
        )
        if done.code != 0:
            said = done.stderr.strip().partition("\n")[0] or "it did not say why"
            raise CourseOpsError(
                f"pg_dump failed with {done.code}: {said}",
                hint="pg_dump must be as new as the server, and its user may read every table",
            )


class LaterDatabase:
    """A database that is looked for when it is needed, and not before."""

    def __init__(self, name: str, find: Callable[[], LiveDatabase]) -> None:
        self.name = name
        self._find = find

    def preflight(self) -> str:
        """Say what it is, having looked whether it can be copied."""
        return self._find().preflight()

    def copy(self, into: Path) -> bool:
        """Put a copy of one unchanging state of it into a folder; False if there is none yet."""
        return self._find().copy(into)


def database_at(name: str, url: str, root: Path, *, may_be_missing: bool = False) -> LiveDatabase:
    """
    Give the database at a URL as SQLAlchemy writes them; a file may be relative to `root`.

    One that `may_be_missing` is a file that is made when it is first needed.

    Raises:
        ConfigError: it is none that can be copied.
    """
    if not url.startswith("sqlite"):
        return PostgresDatabase(name, lambda: url)
    path = url.partition(":///")[2].partition("?")[0]
    if not path or path.startswith((":", "file:")):
        raise ConfigError(f"the database {name} is no plain SQLite file")
    return SqliteDatabase(name, root / path, may_be_missing=may_be_missing)


def _settings(url: str, name: str) -> dict[str, str]:
    """Say in libpq's variables what a URL says, so that no argument holds a password."""
    from courseops.adapters.store.address import address_of  # noqa: PLC0415 -- only who has one pays for it

    address = address_of(url, f"the URL of database {name}", "postgresql://user@host/name")
    if address.get_backend_name() not in {"postgresql", "postgres"}:
        raise ConfigError(
            f"the URL of database {name} is not PostgreSQL's",
            hint="write it as postgresql://user@host/name; a file is named with sqlite = …",
        )
    said: dict[str, object] = {
        "host": address.host,
        "port": address.port,
        "user": address.username,
        "password": address.password,
        "dbname": address.database,
        **address.query,
    }
    unknown = sorted(said.keys() - _VARIABLES.keys())
    if unknown:
        raise ConfigError(f"the URL of database {name} says {unknown[0]}, which is not understood")
    return {_VARIABLES[key]: str(value) for key, value in said.items() if value}


def _is_complete(dump: Path) -> bool:
    with dump.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL_BYTES))
        return _COMPLETE in file.read()

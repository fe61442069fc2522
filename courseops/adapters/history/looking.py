"""Look into our SQLite file without loading SQLAlchemy, which takes longer than the look."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from courseops.adapters.history import statements
from courseops.adapters.history.glancing import glance
from courseops.adapters.history.revisions import revisions
from courseops.adapters.history.spelling import moment_from
from courseops.adapters.history.versions import (
    Ask,
    known_snapshots,
    known_versions,
    newest_first,
)
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Snapshot
from courseops.model.backups.catalogue import newest_of
from courseops.model.backups.restore import FileVersion
from courseops.model.jobs.glance import Glance
from courseops.model.run import Outcome, Status

_BUSY_TIMEOUT_SECONDS = 30


class OurFile:
    """Our database in a file, only read."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.absolute().as_uri()}?mode=ro"

    def is_current(self) -> bool:
        """Say whether there is such a file, and it is as this version writes it."""
        try:
            with self._looking() as ask:
                rows = ask("SELECT version_num FROM alembic_version", {})
                return [row["version_num"] for row in rows] == [revisions()[-1]]
        except CourseOpsError:
            return False

    @contextmanager
    def _looking(self) -> Iterator[Ask]:
        """Look at one unchanging state of the database."""
        try:
            connection = sqlite3.connect(
                self._address, uri=True, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None
            )
            with closing(connection):
                connection.row_factory = sqlite3.Row
                connection.execute("BEGIN")
                yield lambda statement, values: connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise CourseOpsError(f"our database cannot be read: {error}") from error


class FileHistory(OurFile):
    """What became of learners' work, as our database in a file has it."""

    def latest_outcomes(self, action: str, scope: str) -> dict[str, Outcome]:
        """Give the newest outcome of each subject over all runs of `action` on `scope`."""
        rows = self._ask(*statements.latest_outcomes(action, scope))
        return {row["subject"]: outcome_of(row) for row in rows}

    def latest_failures(
        self, action: str, scopes: Collection[str]
    ) -> dict[str, dict[str, Outcome]]:
        """Give, by scope and subject, those newest outcomes that are failures."""
        found: dict[str, dict[str, Outcome]] = {}
        for row in self._ask(*statements.latest_failures(action, scopes)):
            found.setdefault(row["scope"], {})[row["subject"]] = outcome_of(row)
        return found

    def version(self, scope: str) -> tuple[int, ...]:
        """Give what changes when a run on a scope or below begins, leaves an outcome or ends."""
        (row,) = self._ask(*statements.version(scope))
        return tuple(row)

    def up_to_date(
        self, action: str, after: str, scopes: Collection[str]
    ) -> dict[str, frozenset[str]]:
        """Name, by scope, for whom `action` was done, and `after` was not done since."""
        return by_scope(self._ask(*statements.up_to_date(action, after, scopes)))

    def extensions(self, course_id: str, assignment: str) -> dict[str, datetime]:
        """Say until when those have who were given more time, by learner."""
        rows = self._ask(*statements.extensions(course_id, assignment))
        return {row["learner"]: moment_from(row["until_at"]) for row in rows}

    def _ask(self, statement: str, values: Mapping[str, str]) -> list[Any]:
        with self._looking() as ask:
            return list(ask(statement, values))


class FileRecord(OurFile):
    """Where the site stands, as our database in a file has it."""

    def glance(self, backup: str, scopes: Mapping[str, str]) -> Glance:
        """Look at everything once, at one unchanging state."""
        with self._looking() as ask:
            return glance(ask, backup, scopes)


class FileCatalogue(OurFile):
    """Which versions of which files snapshots hold, as our database in a file has it."""

    def newest(self, hub: str) -> dict[str, Snapshot]:
        """Give the newest snapshot it knows, by shard."""
        return newest_of(self.snapshots(hub))

    def snapshots(self, hub: str) -> list[Snapshot]:
        """List the snapshots it knows, newest first; without their `paths`."""
        with self._looking() as ask:
            return newest_first(known_snapshots(ask, hub))

    def versions(self, hub: str, username: str, pattern: str = "*") -> list[FileVersion]:
        """Give the versions of every file that a pattern means: by path, newest first."""
        with self._looking() as ask:
            return known_versions(ask, hub, username, pattern)


def by_scope(rows: Iterable[Any]) -> dict[str, frozenset[str]]:
    """Read subjects by scope out of rows."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["scope"], []).append(row["subject"])
    return {scope: frozenset(subjects) for scope, subjects in found.items()}


def outcome_of(row: Any) -> Outcome:
    """Read an outcome out of a row."""
    return Outcome(
        subject=row["subject"],
        status=Status(row["status"]),
        kind=row["kind"],
        reason=row["reason"],
        mend=row["mend"],
    )

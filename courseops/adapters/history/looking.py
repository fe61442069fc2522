"""Look into our SQLite file without loading SQLAlchemy, which takes longer than the look."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from courseops.adapters.history import statements
from courseops.adapters.history.revisions import revisions
from courseops.model.run import Outcome, Status

_BUSY_TIMEOUT_SECONDS = 30


class FileHistory:
    """What became of learners' work, as our database in a file has it."""

    def __init__(self, path: Path) -> None:
        self._address = f"{path.absolute().as_uri()}?mode=ro"

    def is_current(self) -> bool:
        """Say whether there is such a file, and it is as this version writes it."""
        try:
            rows = self._ask("SELECT version_num FROM alembic_version", {})
        except sqlite3.Error:
            return False
        return [row["version_num"] for row in rows] == [revisions()[-1]]

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

    def extensions(self, course_id: str, assignment: str) -> dict[str, datetime]:
        """Say until when those have who were given more time, by learner."""
        rows = self._ask(*statements.extensions(course_id, assignment))
        return {
            row["learner"]: datetime.fromisoformat(row["until_at"]).replace(tzinfo=UTC)
            for row in rows
        }

    def _ask(self, statement: str, values: dict[str, str]) -> list[Any]:
        connection = sqlite3.connect(self._address, uri=True, timeout=_BUSY_TIMEOUT_SECONDS)
        with closing(connection):
            connection.row_factory = sqlite3.Row
            return connection.execute(statement, values).fetchall()


def outcome_of(row: Any) -> Outcome:
    """Read an outcome out of a row."""
    return Outcome(
        subject=row["subject"],
        status=Status(row["status"]),
        kind=row["kind"],
        reason=row["reason"],
        mend=row["mend"],
    )

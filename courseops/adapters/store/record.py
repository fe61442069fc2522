"""Where the site stands, in whatever database it is."""

from __future__ import annotations

from collections.abc import Mapping

from courseops.adapters.history.glancing import glance
from courseops.adapters.store.database import Database, asking
from courseops.model.jobs.glance import Glance


class SqlRecord:
    """Everything that a status shows, in one look."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def glance(self, backup: str, scopes: Mapping[str, str]) -> Glance:
        """Look at everything once, at one unchanging state."""
        with self._database.reading() as connection:
            return glance(asking(connection), backup, scopes)

"""Plans that were shown or applied, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import plans


class SqlPlans:
    """The JSON document of each plan, under its fingerprint and scope."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, fingerprint: str, scope: str, document: str, at: datetime) -> None:
        """Keep a plan's document under its fingerprint; keeping it again is harmless."""
        row = {"fingerprint": fingerprint, "scope": scope, "document": document, "kept_at": at}
        with self._database.writing() as connection:
            connection.execute(self._database.insert(plans).values(row).on_conflict_do_nothing())

    def find(self, fingerprint: str, scope: str) -> str | None:
        """Give a kept plan's document, or None."""
        wanted = select(plans.c.document).where(
            plans.c.fingerprint == fingerprint, plans.c.scope == scope
        )
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar_one_or_none()

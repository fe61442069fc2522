"""Plans that were shown or applied, in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import plans
from courseops.model.rosters.plan import KeptPlan


class SqlPlans:
    """The JSON document of each plan, under its fingerprint and scope."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, fingerprint: str, scope: str, document: str, at: datetime) -> None:
        """Keep a plan under its fingerprint; keeping it again makes it as young as `at`."""
        row = {"fingerprint": fingerprint, "scope": scope, "document": document, "kept_at": at}
        kept = self._database.insert(plans).values(row)
        with self._database.writing() as connection:
            connection.execute(
                kept.on_conflict_do_update(
                    index_elements=[plans.c.fingerprint, plans.c.scope],
                    set_={"document": document, "kept_at": at},
                )
            )

    def find(self, fingerprint: str, scope: str) -> KeptPlan | None:
        """Give a kept plan, or None."""
        wanted = select(plans.c.document, plans.c.kept_at).where(
            plans.c.fingerprint == fingerprint, plans.c.scope == scope
        )
        with self._database.reading() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else KeptPlan(document=row.document, kept_at=row.kept_at)

"""What is wrong at present, and whom it was told, in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import delete, select

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import alerts
from courseops.model.jobs.alert import Alert
from courseops.model.jobs.job import Severity


class SqlAlerts:
    """Alerts, one row a cause."""

    def __init__(self, database: Database) -> None:
        self._database = database
        columns = [column.name for column in alerts.columns]
        adding = database.insert(alerts)
        anew = {name: adding.excluded[name] for name in columns if name != "key"}
        self._keeping = database.many(
            adding.on_conflict_do_update(index_elements=["key"], set_=anew), columns
        )

    def open(self) -> list[Alert]:
        """List what is wrong, and what is gone but was not yet said to be, oldest first."""
        wanted = select(alerts).order_by(alerts.c.since, alerts.c.key)
        with self._database.reading() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [Alert(**dict(row) | {"severity": Severity(row["severity"])}) for row in rows]

    def keep(self, alerts: Sequence[Alert]) -> None:
        """Keep alerts, all or none, each instead of the one with its key."""
        if alerts:
            with self._database.writing() as connection:
                self._keeping.write(connection, map(asdict, alerts))

    def forget(self, keys: Collection[str]) -> None:
        """Forget alerts that are gone, and of which nobody has to be told any more."""
        if keys:
            with self._database.writing() as connection:
                connection.execute(delete(alerts).where(alerts.c.key.in_(keys)))

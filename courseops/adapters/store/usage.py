"""What was seen on the hubs over time, in the database.

A session is one row that grows with each sample; a term of a thousand learners is some
30 000 rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, func, insert, select

from courseops.adapters.store import tables
from courseops.adapters.store.database import Database
from courseops.model.hub import HubUser, RunningServer
from courseops.model.usage.seen import Activity, Sample, Session


class SqlUsage:
    """Samples, sessions and activities."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_sample(
        self, sample: Sample, servers: Sequence[RunningServer], users: Sequence[HubUser]
    ) -> None:
        """Keep one look at a hub: the servers that ran, and the accounts if they were asked."""
        with self._database.writing() as connection:
            connection.execute(insert(tables.samples), asdict(sample))
            self._raise_latest(connection, tables.sessions, _sessions_of(sample, servers))
            self._raise_latest(connection, tables.activities, _activities_of(sample, users))

    def samples(self, hub: str, since: datetime, until: datetime) -> list[Sample]:
        """Give the samples of a time, oldest first."""
        rows = tables.samples.c
        wanted = (
            select(tables.samples)
            .where(rows.hub == hub, rows.taken_at.between(since, until))
            .order_by(rows.taken_at)
        )
        with self._database.reading() as connection:
            return [Sample(**row) for row in connection.execute(wanted).mappings()]

    def sessions(self, hub: str, since: datetime, until: datetime) -> list[Session]:
        """Give the sessions with any moment in a time, by their start."""
        rows = tables.sessions.c
        wanted = (
            select(tables.sessions)
            .where(rows.hub == hub, rows.started_at <= until, rows.last_seen_at >= since)
            .order_by(rows.started_at, rows.username)
        )
        with self._database.reading() as connection:
            return [Session(**row) for row in connection.execute(wanted).mappings()]

    def activities(self, hub: str, since: datetime, until: datetime) -> list[Activity]:
        """Give each account's last activity of each day (UTC) in a time, oldest first."""
        rows = tables.activities.c
        wanted = (
            select(rows.hub, rows.username, rows.active_at)
            .where(rows.hub == hub, rows.active_at.between(since, until))
            .order_by(rows.active_at, rows.username)
        )
        with self._database.reading() as connection:
            return [Activity(**row) for row in connection.execute(wanted).mappings()]

    def accounts_read_at(self, hub: str) -> datetime | None:
        """Say when the hub's accounts were last read along with a sample."""
        rows = tables.samples.c
        wanted = select(func.max(rows.taken_at)).where(rows.hub == hub, rows.accounts.is_not(None))
        with self._database.reading() as connection:
            read_at: datetime | None = connection.execute(wanted).scalar_one()
            return read_at

    def _raise_latest(
        self, connection: Connection, table: Table, rows: list[dict[str, object]]
    ) -> None:
        """Insert rows; where one is there already, keep the later moment."""
        if not rows:
            return
        (latest,) = (column for column in table.columns if not column.primary_key)
        adding = self._database.insert(table)
        later = adding.excluded[latest.name]
        connection.execute(
            adding.on_conflict_do_update(
                index_elements=list(table.primary_key),
                set_={latest.name: later},
                where=later > latest,
            ),
            rows,
        )


def _sessions_of(sample: Sample, servers: Sequence[RunningServer]) -> list[dict[str, object]]:
    return [
        {
            "hub": sample.hub,
            "username": server.username,
            "server": server.server,
            "started_at": server.started_at,
            "last_seen_at": sample.taken_at,
        }
        for server in servers
    ]


def _activities_of(sample: Sample, users: Sequence[HubUser]) -> list[dict[str, object]]:
    return [
        {
            "hub": sample.hub,
            "username": user.name,
            "day": user.last_activity_at.astimezone(UTC).date().isoformat(),
            "active_at": user.last_activity_at,
        }
        for user in users
        if user.last_activity_at is not None
    ]

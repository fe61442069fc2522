"""What was seen of one account, in the database: found by its number, however many others."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import accounts, activities, sessions, storage
from courseops.model.microseconds import microseconds, moment_of
from courseops.model.usage.learner import AccountSeen
from courseops.model.usage.seen import Activity, HomeSize, Session


class SqlAccountUsage:
    """Sessions, activities and sizes of one account at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, hub: str, username: str, since: datetime, until: datetime) -> AccountSeen:
        """Give an account's sessions with any moment in a time, its activities, its sizes."""
        mine = (accounts.c.hub == hub) & (accounts.c.username == username)
        with self._database.reading() as connection:
            number = connection.execute(select(accounts.c.number).where(mine)).scalar_one_or_none()
            if number is None:
                return AccountSeen(sessions=(), activities=(), sizes=())
            looking = _Looking(connection, hub, username, number, since, until)
            return AccountSeen(
                sessions=looking.sessions(),
                activities=looking.activities(),
                sizes=looking.sizes(),
            )


class _Looking:
    """One look at one account."""

    def __init__(
        self,
        connection: Connection,
        hub: str,
        username: str,
        number: int,
        since: datetime,
        until: datetime,
    ) -> None:
        self._connection = connection
        self._hub = hub
        self._username = username
        self._number = number
        self._since, self._until = microseconds(since), microseconds(until)

    def sessions(self) -> list[Session]:
        rows = sessions.c
        wanted = (
            select(rows.server, rows.started_us, rows.last_seen_us, rows.ended_us)
            .where(
                rows.account == self._number,
                rows.started_us <= self._until,
                rows.last_seen_us >= self._since,
            )
            .order_by(rows.started_us, rows.server)
        )
        return [
            Session(
                hub=self._hub,
                username=self._username,
                server=server,
                started_at=moment_of(started),
                last_seen_at=moment_of(seen),
                ended_at=None if ended is None else moment_of(ended),
            )
            for server, started, seen, ended in self._connection.execute(wanted)
        ]

    def activities(self) -> list[Activity]:
        rows = activities.c
        wanted = (
            select(rows.active_us)
            .where(rows.account == self._number, rows.active_us.between(self._since, self._until))
            .order_by(rows.active_us)
        )
        return [
            Activity(hub=self._hub, username=self._username, active_at=moment_of(at))
            for at in self._connection.execute(wanted).scalars()
        ]

    def sizes(self) -> list[HomeSize]:
        rows = storage.c
        wanted = (
            select(rows.at_us, rows.size_bytes, rows.files)
            .where(rows.account == self._number, rows.at_us <= self._until)
            .order_by(rows.at_us)
        )
        found = [
            HomeSize(
                hub=self._hub,
                username=self._username,
                at=moment_of(at),
                size_bytes=size_bytes,
                files=files,
            )
            for at, size_bytes, files in self._connection.execute(wanted)
        ]
        # The one that stood when the time began, and those since.
        earlier = sum(microseconds(it.at) <= self._since for it in found)
        return found[max(earlier - 1, 0) :]

"""What was seen on the hubs over time, in the database.

A session is one row that grows with each sample; a term of a thousand learners is some
30 000 rows of thirty bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, insert, select

from courseops.adapters.history.spelling import spelled_out
from courseops.adapters.store import tables
from courseops.adapters.store.accounts import Numbering, names_of
from courseops.adapters.store.database import Database
from courseops.adapters.store.many import plain_rows
from courseops.adapters.store.usage_kept import KeptUsage
from courseops.model.hub import HubUser, RunningServer
from courseops.model.microseconds import microseconds, moment_of
from courseops.model.usage.seen import Activity, Ran, Sample, Session, Window

_FIRST_DAY = date(1970, 1, 1).toordinal()
# No school's clock is further from UTC than this.
_MOST_APART = 1

_Row = dict[str, object]


class SqlUsage(KeptUsage):
    """Samples, sessions and activities, and what is kept of them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._numbering = Numbering(database)
        seeing = database.insert(tables.sessions)
        new = seeing.excluded
        columns = tables.sessions.c
        is_later = new.last_seen_us > columns.last_seen_us
        self._seeing = seeing.on_conflict_do_update(
            index_elements=list(tables.sessions.primary_key),
            set_={
                "last_seen_us": case((is_later, new.last_seen_us), else_=columns.last_seen_us),
                "ended_us": func.coalesce(new.ended_us, columns.ended_us),
            },
            where=is_later | (columns.ended_us.is_(None) & new.ended_us.is_not(None)),
        )
        noting = database.insert(tables.activities)
        later = noting.excluded.active_us
        self._noting = noting.on_conflict_do_update(
            index_elements=list(tables.activities.primary_key),
            set_={"active_us": later},
            where=later > tables.activities.c.active_us,
        )

    def add_sample(
        self,
        sample: Sample,
        servers: Sequence[RunningServer],
        users: Sequence[HubUser],
        zone: tzinfo = UTC,
    ) -> None:
        """Keep one look at a hub: the servers that ran, and the accounts if they were asked."""
        looked = {
            "hub": sample.hub,
            "taken_us": microseconds(sample.taken_at),
            "running": sample.running,
            "accounts": sample.accounts,
            "ok": sample.ok,
        }
        running = [_session_of(sample, server) for server in servers]
        with self._database.writing() as connection:
            connection.execute(insert(tables.samples), looked)
            self._see(connection, sample.hub, running)
            self._note(connection, sample.hub, users, zone)

    def watched(self) -> dict[str, Window]:
        """Give from when to when each hub was looked at, by the samples that there are."""
        rows = tables.samples.c
        wanted = select(rows.hub, func.min(rows.taken_us), func.max(rows.taken_us))
        with self._database.reading() as connection:
            return {
                hub: Window(since=moment_of(first), until=moment_of(last))
                for hub, first, last in connection.execute(wanted.group_by(rows.hub))
            }

    def samples(self, hub: str, since: datetime, until: datetime) -> list[Sample]:
        """Give the samples of a time, oldest first."""
        rows = tables.samples.c
        wanted = (
            select(rows.taken_us, rows.running, rows.accounts, rows.ok)
            .where(rows.hub == hub, _between(rows.taken_us, since, until))
            .order_by(rows.taken_us)
        )
        with self._database.reading() as connection:
            found = plain_rows(connection, wanted)
        return [
            Sample(hub=hub, taken_at=moment_of(at), running=running, accounts=accounts, ok=bool(ok))
            for at, running, accounts, ok in found
        ]

    def sessions(self, hub: str, since: datetime, until: datetime) -> list[Session]:
        """Give the sessions with any moment in a time, by their start."""
        rows, whose = tables.sessions.c, tables.accounts.c
        wanted = (
            select(whose.username, rows.server, rows.started_us, rows.last_seen_us, rows.ended_us)
            .join(tables.accounts, whose.number == rows.account)
            .where(
                whose.hub == hub,
                rows.started_us <= microseconds(until),
                rows.last_seen_us >= microseconds(since),
            )
            .order_by(rows.started_us, whose.username)
        )
        with self._database.reading() as connection:
            return [_session(hub, row) for row in connection.execute(wanted)]

    def activities(self, hub: str, since: datetime, until: datetime) -> list[Activity]:
        """Give each account's last activity of each day in a time, oldest first."""
        rows, whose = tables.activities.c, tables.accounts.c
        wanted = (
            select(whose.username, rows.active_us)
            .join(tables.accounts, whose.number == rows.account)
            .where(
                whose.hub == hub,
                *_active_within(since, until),
            )
            .order_by(rows.active_us, whose.username)
        )
        with self._database.reading() as connection:
            return [
                Activity(hub=hub, username=username, active_at=moment_of(at))
                for username, at in connection.execute(wanted)
            ]

    def ran(self, hub: str, since: datetime, until: datetime) -> dict[str, list[Ran]]:
        """Give the same sessions by username, each account's by their start."""
        rows = tables.sessions.c
        wanted = (
            select(rows.account, rows.started_us, rows.last_seen_us, rows.ended_us)
            .where(
                rows.account.in_(_numbers_of(hub)),
                rows.started_us <= microseconds(until),
                rows.last_seen_us >= microseconds(since),
            )
            .order_by(rows.account, rows.started_us)
        )
        with self._database.reading() as connection:
            names, found = names_of(connection, hub), plain_rows(connection, wanted)
        return {
            names[account]: [row[1:] for row in ran]
            for account, ran in groupby(found, key=itemgetter(0))
        }

    def active(self, hub: str, since: datetime, until: datetime) -> dict[str, list[int]]:
        """Give the same activities by username."""
        rows = tables.activities.c
        wanted = select(rows.account, rows.active_us).where(
            rows.account.in_(_numbers_of(hub)), *_active_within(since, until)
        )
        moments: defaultdict[int, list[int]] = defaultdict(list)
        with self._database.reading() as connection:
            names = names_of(connection, hub)
            for account, active_us in plain_rows(connection, wanted):
                moments[account].append(active_us)
        return {names[account]: found for account, found in moments.items()}

    def accounts_read_at(self, hub: str) -> datetime | None:
        """Say when the hub's accounts were last read along with a sample."""
        rows = tables.samples.c
        wanted = (
            select(rows.taken_us)
            .where(rows.hub == hub, rows.accounts.is_not(None))
            # Gone through backwards: it is a day at most until one is found.
            .order_by(rows.taken_us.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            read_us = connection.execute(wanted).scalar_one_or_none()
            return None if read_us is None else moment_of(read_us)

    def add_sessions(self, sessions: Sequence[Session]) -> None:
        """Keep sessions as they are known now; account, server and start say which is meant."""
        with self._database.writing() as connection:
            for hub in {session.hub for session in sessions}:
                self._see(connection, hub, [it for it in sessions if it.hub == hub])

    def forget(self, hub: str, username: str) -> None:
        """Keep what an account used, and forget whose it was; figures stay as they are."""
        with self._database.writing() as connection:
            self._numbering.forget(connection, hub, username)

    def _see(self, connection: Connection, hub: str, sessions: Sequence[Session]) -> None:
        numbers = self._numbering.numbers(connection, hub, (it.username for it in sessions))
        rows = [_row_of(it, numbers[spelled_out(it.username)]) for it in sessions]
        if rows:
            connection.execute(self._seeing, rows)

    def _note(
        self, connection: Connection, hub: str, users: Iterable[HubUser], zone: tzinfo
    ) -> None:
        active = [(user.name, at) for user in users if (at := user.last_activity_at) is not None]
        numbers = self._numbering.numbers(connection, hub, (name for name, _ in active))
        rows = [
            {
                "day": _number_of(at.astimezone(zone)),
                "account": numbers[spelled_out(name)],
                "active_us": microseconds(at),
            }
            for name, at in active
        ]
        if rows:
            connection.execute(self._noting, rows)


def _between(column: Any, since: datetime, until: datetime) -> Any:
    return column.between(microseconds(since), microseconds(until))


def _active_within(since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    rows = tables.activities.c
    first, last = _number_of(since.astimezone(UTC)), _number_of(until.astimezone(UTC))
    return [
        # The days lie in the key, and hold all but those of the other moments.
        rows.day.between(first - _MOST_APART, last + _MOST_APART),
        _between(rows.active_us, since, until),
    ]


def _numbers_of(hub: str) -> Select[tuple[int]]:
    return select(tables.accounts.c.number).where(tables.accounts.c.hub == hub)


def _number_of(at: datetime) -> int:
    """Give the number of the day that a calendar shows, from 1970-01-01 on."""
    return at.toordinal() - _FIRST_DAY


def _session_of(sample: Sample, server: RunningServer) -> Session:
    return Session(
        hub=sample.hub,
        username=server.username,
        server=server.server,
        started_at=server.started_at,
        last_seen_at=sample.taken_at,
    )


def _row_of(session: Session, account: int) -> _Row:
    ended = session.ended_at
    return {
        "account": account,
        "started_us": microseconds(session.started_at),
        "server": session.server,
        "last_seen_us": microseconds(session.last_seen_at),
        "ended_us": None if ended is None else microseconds(ended),
    }


def _session(hub: str, row: Iterable[Any]) -> Session:
    username, server, started, last_seen, ended = row
    return Session(
        hub=hub,
        username=username,
        server=server,
        started_at=moment_of(started),
        last_seen_at=moment_of(last_seen),
        ended_at=None if ended is None else moment_of(ended),
    )

"""What outlasts the samples: sizes of homes, starts, figures of days, weeks and months, gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, delete, func, select

from courseops.adapters.history.spelling import spelled_out
from courseops.adapters.store import tables
from courseops.adapters.store.accounts import Numbering
from courseops.adapters.store.database import Database
from courseops.model.microseconds import microseconds, moment_of
from courseops.model.usage.observation import Gap, joined, within
from courseops.model.usage.rollup import Span, SpanFigures
from courseops.model.usage.seen import HomeSize, Window
from courseops.model.usage.starts import StartCounts, StartHour, hour_of, together

_Row = dict[str, object]


class KeptUsage:
    """What is noted of hubs besides what samples see."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbering = Numbering(database)

    def note_sizes(self, sizes: Sequence[HomeSize]) -> None:
        """Note sizes that a backup found; one that is as it was before is not noted again."""
        adding = self._replacing(tables.storage, "size_bytes", "files")
        with self._database.writing() as connection:
            for hub in {it.hub for it in sizes}:
                of_hub = [it for it in sizes if it.hub == hub]
                names = (it.username for it in of_hub)
                numbers = self._numbering.numbers(connection, hub, names)
                standing = _standing(connection, hub)
                rows: list[_Row] = [
                    {"account": number, "at_us": microseconds(it.at), **_size_of(it)}
                    for it in of_hub
                    for number in [numbers[spelled_out(it.username)]]
                    if standing.get(number) != (it.size_bytes, it.files)
                ]
                if rows:
                    connection.execute(adding, rows)

    def sizes(self, hub: str, since: datetime, until: datetime) -> list[HomeSize]:
        """Give how large homes were: as they stood at `since`, and each change since."""
        rows, whose = tables.storage.c, tables.accounts.c
        earlier = tables.storage.alias("earlier").c
        stood_us = (
            select(func.max(earlier.at_us))
            .where(earlier.account == rows.account, earlier.at_us <= microseconds(since))
            .correlate(tables.storage)
            .scalar_subquery()
        )
        wanted = (
            select(whose.username, rows.at_us, rows.size_bytes, rows.files)
            .join(tables.accounts, whose.number == rows.account)
            .where(
                whose.hub == hub,
                rows.at_us <= microseconds(until),
                (rows.at_us > microseconds(since)) | (rows.at_us == stood_us),
            )
            .order_by(rows.at_us, whose.username)
        )
        return self._sizes(hub, wanted)

    def edge_sizes(self, hub: str, since: datetime, until: datetime) -> list[HomeSize]:
        """Give of each home the first and the last of those sizes, oldest first."""
        rows, whose = tables.storage.c, tables.accounts.c
        stood = func.max(case((rows.at_us <= microseconds(since), rows.at_us)))
        edges = (
            select(
                rows.account,
                func.coalesce(stood, func.min(rows.at_us)).label("first_us"),
                func.max(rows.at_us).label("last_us"),
                whose.username,
            )
            .join(tables.accounts, whose.number == rows.account)
            .where(whose.hub == hub, rows.at_us <= microseconds(until))
            .group_by(rows.account, whose.username)
            .subquery()
        )
        wanted = (
            select(edges.c.username, rows.at_us, rows.size_bytes, rows.files)
            .join(edges, rows.account == edges.c.account)
            .where(rows.at_us.in_([edges.c.first_us, edges.c.last_us]))
            .order_by(rows.at_us, edges.c.username)
        )
        return self._sizes(hub, wanted)

    def _sizes(self, hub: str, wanted: Select[Any]) -> list[HomeSize]:
        with self._database.reading() as connection:
            return [
                HomeSize(hub=hub, username=username, at=moment_of(at), size_bytes=size, files=files)
                for username, at, size, files in connection.execute(wanted)
            ]

    def add_starts(self, hub: str, at: datetime, counts: StartCounts) -> None:
        """Add starts to those of the hour that `at` lies in."""
        rows, hour_us = tables.spawns.c, microseconds(hour_of(at))
        wanted = select(rows.started, rows.failed, rows.waits).where(
            rows.hub == hub, rows.hour_us == hour_us
        )
        with self._database.writing() as connection:
            known = [_counts(*row) for row in connection.execute(wanted)]
            total = together([*known, counts])
            connection.execute(
                self._replacing(tables.spawns, "started", "failed", "waits"),
                {
                    "hub": hub,
                    "hour_us": hour_us,
                    "started": total.started,
                    "failed": total.failed,
                    "waits": " ".join(f"{bound}:{n}" for bound, n in total.waits.items()),
                },
            )

    def starts(self, hub: str, since: datetime, until: datetime) -> list[StartHour]:
        """Give the starts of the hours that begin in a time, oldest first."""
        rows = tables.spawns.c
        wanted = (
            select(rows.hour_us, rows.started, rows.failed, rows.waits)
            .where(rows.hub == hub, rows.hour_us.between(microseconds(since), microseconds(until)))
            .order_by(rows.hour_us)
        )
        with self._database.reading() as connection:
            return [
                StartHour(hub=hub, at=moment_of(hour_us), counts=_counts(*counted))
                for hour_us, *counted in connection.execute(wanted)
            ]

    def keep_figures(
        self, figures: Sequence[SpanFigures], gaps: Mapping[str, Sequence[Gap]]
    ) -> None:
        """Keep figures and gaps for good; figures of a span replace older ones."""
        table = tables.usage_days
        values = [it.name for it in table.columns if not it.primary_key]
        with self._database.writing() as connection:
            if figures:
                adding = self._replacing(table, *values)
                connection.execute(adding, [_row_of(it) for it in figures])
            for hub, found in gaps.items():
                _join_gaps(connection, hub, found)

    def figures(self, hub: str, span: Span, since: date, until: date) -> list[SpanFigures]:
        """Give kept figures of a hub and its courses, by first day."""
        rows = tables.usage_days.c
        days = rows.first_day.between(since.isoformat(), until.isoformat())
        wanted = (
            select(tables.usage_days)
            .where(rows.hub == hub, rows.span == span.value, days)
            .order_by(rows.first_day, rows.course_id)
        )
        with self._database.reading() as connection:
            return [_figures(row) for row in connection.execute(wanted)]

    def gaps(self, hub: str, since: datetime, until: datetime) -> list[Gap]:
        """Give what was kept of times in which nobody watched, cut to a time, oldest first."""
        with self._database.reading() as connection:
            found = _gaps(connection, hub, since, until)
        return list(within(found, Window(since=since, until=until)))

    def bookmark(self, hub: str, source: str) -> str:
        """Give how far a source of a hub was read; empty if never."""
        rows = tables.bookmarks.c
        wanted = select(rows.text).where(rows.hub == hub, rows.source == source)
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar_one_or_none() or ""

    def put_bookmark(self, hub: str, source: str, text: str) -> None:
        """Keep how far a source of a hub was read."""
        adding = self._replacing(tables.bookmarks, "text")
        with self._database.writing() as connection:
            connection.execute(adding, {"hub": hub, "source": source, "text": text})

    def _replacing(self, table: Any, *columns: str) -> Any:
        adding = self._database.insert(table)
        return adding.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: adding.excluded[name] for name in columns},
        )


def _size_of(it: HomeSize) -> dict[str, object]:
    return {"size_bytes": it.size_bytes, "files": it.files}


def _standing(connection: Connection, hub: str) -> dict[int, tuple[int, int]]:
    """Give the newest size of each home of a hub."""
    rows, whose = tables.storage.c, tables.accounts.c
    newest = (
        select(rows.account, func.max(rows.at_us).label("at_us"))
        .join(tables.accounts, whose.number == rows.account)
        .where(whose.hub == hub)
        .group_by(rows.account)
        .subquery()
    )
    wanted = select(rows.account, rows.size_bytes, rows.files).join(
        newest, (newest.c.account == rows.account) & (newest.c.at_us == rows.at_us)
    )
    return {account: (size, files) for account, size, files in connection.execute(wanted)}


def _counts(started: int, failed: int, waits: str) -> StartCounts:
    classes = (it.split(":") for it in waits.split())
    return StartCounts(
        started=started, failed=failed, waits={float(bound): int(n) for bound, n in classes}
    )


def _row_of(it: SpanFigures) -> _Row:
    return {
        "hub": it.hub,
        "span": it.span.value,
        "first_day": it.first_day.isoformat(),
        "course_id": it.course_id,
        "people": it.people,
        "active": it.active,
        "sessions": it.sessions,
        "hours": it.hours,
        "peak": it.peak,
        "peak_us": None if it.peak_at is None else microseconds(it.peak_at),
        "hourly_peaks": " ".join(map(str, it.hourly_peaks)),
        "observed": it.observed,
        "homes": it.homes,
        "storage_bytes": it.storage_bytes,
    }


def _figures(row: Row[Any]) -> SpanFigures:
    return SpanFigures(
        hub=row.hub,
        course_id=row.course_id,
        span=Span(row.span),
        first_day=date.fromisoformat(row.first_day),
        people=row.people,
        active=row.active,
        sessions=row.sessions,
        hours=row.hours,
        peak=row.peak,
        peak_at=None if row.peak_us is None else moment_of(row.peak_us),
        hourly_peaks=tuple(map(int, row.hourly_peaks.split())),
        observed=row.observed,
        homes=row.homes,
        storage_bytes=row.storage_bytes,
    )


def _gaps(connection: Connection, hub: str, since: datetime, until: datetime) -> list[Gap]:
    """Give the gaps that touch a time, in order."""
    rows = tables.gaps.c
    wanted = (
        select(rows.since_us, rows.until_us)
        .where(
            rows.hub == hub,
            rows.since_us <= microseconds(until),
            rows.until_us >= microseconds(since),
        )
        .order_by(rows.since_us)
    )
    return [Gap(since=moment_of(a), until=moment_of(b)) for a, b in connection.execute(wanted)]


def _join_gaps(connection: Connection, hub: str, found: Sequence[Gap]) -> None:
    """Take gaps in; those that touch become one."""
    if not found:
        return
    rows = tables.gaps.c
    since, until = min(it.since for it in found), max(it.until for it in found)
    touching = _gaps(connection, hub, since, until)
    begun = [microseconds(it.since) for it in touching]
    connection.execute(delete(tables.gaps).where(rows.hub == hub, rows.since_us.in_(begun)))
    kept: list[_Row] = [
        {"hub": hub, "since_us": microseconds(it.since), "until_us": microseconds(it.until)}
        for it in joined([*touching, *found])
    ]
    connection.execute(tables.gaps.insert(), kept)

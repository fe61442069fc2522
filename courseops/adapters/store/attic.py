"""Let go of what is old in the database.

What may go is found while only reading, which holds up nobody; it is dropped a piece at a time,
so that whoever writes meanwhile waits for a moment and not for minutes. A SQLite file does not
shrink by it: its pages are used again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, exists, func, or_, select

from courseops.adapters.store import tables
from courseops.adapters.store.database import Database
from courseops.adapters.store.tables import audit, outcomes, runs
from courseops.model.batches import batches
from courseops.model.microseconds import microseconds
from courseops.model.run import Ending, Status

_TOGETHER = 500


class SqlAttic:
    """Old rows; each call is many transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def drop_outcomes(self, before: datetime) -> int:
        """Drop what went well in runs that ended before, but for the newest word on anybody."""
        old = (
            select(outcomes.c.number)
            .join(runs, runs.c.id == outcomes.c.run_id)
            .where(
                outcomes.c.status != Status.FAILED,
                _may_go(before),
                outcomes.c.number.not_in(_newest_words()),
            )
        )
        return self._drop(outcomes, outcomes.c.number, self._found(old))

    def drop_uneventful(self, before: datetime) -> int:
        """Drop runs that ended well before, changed nothing, and have no outcomes any more."""
        left = [exists().where(it.c.run_id == runs.c.id) for it in (audit, outcomes)]
        old = select(runs.c.id).where(_may_go(before), runs.c.ending == Ending.DONE, ~or_(*left))
        return self._drop(runs, runs.c.id, self._found(old))

    def drop_runs(
        self, before: datetime, *, sparing: Collection[str], courses: Collection[str]
    ) -> int:
        """Drop runs that ended before, with their outcomes and audit records."""
        heard = (
            select(outcomes.c.run_id)
            .join(runs, runs.c.id == outcomes.c.run_id)
            .where(outcomes.c.number.in_(_newest_words()), _is_in(courses))
        )
        old = select(runs.c.id).where(
            _may_go(before), runs.c.action.not_in(sparing), runs.c.id.not_in(heard)
        )
        ids = self._found(old)
        for table in (audit, outcomes):
            self._drop(table, table.c.run_id, ids)
        return self._drop(runs, runs.c.id, ids)

    def drop_plans(self, before: datetime) -> int:
        """Drop plans that were kept before and that no run carries out."""
        rows = tables.plans.c
        used = exists().where(runs.c.plan == rows.fingerprint, runs.c.scope == rows.scope)
        return self._drop_where(tables.plans, (rows.kept_at < before) & ~used)

    def drop_usage(self, before: datetime) -> int:
        """Drop what was seen on hubs before."""
        moments = (
            tables.samples.c.taken_us,
            tables.sessions.c.last_seen_us,
            tables.activities.c.active_us,
        )
        oldest = microseconds(before)
        dropped = sum(self._drop_where(moment.table, moment < oldest) for moment in moments)
        dropped += self._drop_sizes(oldest)
        self._drop_names()
        return dropped

    def drop_alerts(self, before: datetime) -> int:
        """Drop alerts that were over before."""
        return self._drop_where(tables.alerts, tables.alerts.c.cleared_at < before)

    def _drop_sizes(self, oldest_us: int) -> int:
        """Drop sizes of homes that were others' before `oldest_us`; what stood then stays."""
        sizes = tables.storage.c
        later = tables.storage.alias("later").c
        replaced = exists().where(
            later.account == sizes.account, later.at_us > sizes.at_us, later.at_us <= oldest_us
        )
        return self._drop_where(tables.storage, replaced)

    def _drop_names(self) -> None:
        """Drop the names of those of whom nothing is left."""
        number = tables.accounts.c.number
        used = [
            exists().where(table.c.account == number)
            for table in (tables.sessions, tables.activities, tables.storage)
        ]
        self._drop_where(tables.accounts, ~or_(*used))

    def _found(self, wanted: Select[Any]) -> Sequence[Any]:
        with self._database.reading() as connection:
            return connection.execute(wanted).scalars().all()

    def _drop(self, table: Table, key: ColumnElement[Any], values: Sequence[Any]) -> int:
        return sum(self._drop_where(table, key.in_(some)) for some in batches(values, _TOGETHER))

    def _drop_where(self, table: Table, condition: ColumnElement[bool]) -> int:
        with self._database.writing() as connection:
            return connection.execute(delete(table).where(condition)).rowcount


def _may_go(before: datetime) -> ColumnElement[bool]:
    """Say of a run that it ended before, and that nothing rests on it."""
    # Somebody may ask for the last that ended well, whatever became of later ones.
    newest = select(func.max(runs.c.number)).group_by(runs.c.action, runs.c.scope, runs.c.ending)
    others = runs.alias("others")
    latest_slot = (
        select(func.max(others.c.due_at)).where(others.c.job == runs.c.job).scalar_subquery()
    )
    return (
        (runs.c.ended_at < before)
        & (runs.c.ending != Ending.HELD)
        & runs.c.number.not_in(newest)
        & (runs.c.due_at.is_(None) | (runs.c.due_at < latest_slot))
    )


def _newest_words() -> Select[Any]:
    """Select the newest outcome of each subject over all runs of an action on a scope."""
    of_runs = runs.alias("of_runs")
    said = outcomes.alias("said")
    return (
        select(func.max(said.c.number))
        .join(of_runs, of_runs.c.id == said.c.run_id)
        .group_by(of_runs.c.action, of_runs.c.scope, said.c.subject)
    )


def _is_in(courses: Collection[str]) -> ColumnElement[bool]:
    """Say of a run that it was about the work of one of these courses."""
    scopes = (runs.c.scope.startswith(f"course/{it}/", autoescape=True) for it in courses)
    return or_(False, *scopes)

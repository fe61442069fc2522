"""Who runs what is due, in the database: each claim is one statement, so that one wins.

Of several that claim a slot at once, the row's unique (job, slot) lets one insert it, and the
others see it claimed: https://www.sqlite.org/lang_upsert.html,
https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT

Leases run by one clock, the server's: a machine whose own is minutes ahead would else take over
what others are at work on.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, Update, case, func, literal, select, update

from courseops.adapters.clock import SystemClock
from courseops.adapters.store import tables
from courseops.adapters.store.database import Database
from courseops.adapters.store.runs import row_of, run_of
from courseops.adapters.store.tables import runs
from courseops.model.jobs.slot import Slot, run_in
from courseops.model.run import Ending, Run
from courseops.ports.ambient import Clock

# As the index of runs under way has it; it would not be used for an ending given as a parameter.
_UNDERWAY = runs.c.slot.is_not(None) & runs.c.ended_at.is_(None)
_IN_ORDER = (runs.c.started_at, runs.c.number)


# Clocks that differ by less than half of it do not differ; a lease is many times as long.
_CLOCK_STEP_SECONDS = 5


class SqlSlots:
    """Slots that are claimed, as rows of the runs; `clock` is this machine's."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def claim(self, slot: Slot, run: Run, owner: str, until: datetime) -> Run | None:
        """Claim a slot that nobody has, or whose owner let its lease run out, until `until`."""
        claimed = select(runs).where(runs.c.job == slot.job, runs.c.slot == slot.key)
        with self._database.writing() as connection:
            slow = self._slow(connection)
            held = {"owner": owner, "lease_until": until + slow}
            claim = (
                self._database.insert(runs)
                .values(row_of(run_in(slot, run)) | held | {"slot": slot.key})
                .on_conflict_do_update(
                    index_elements=[runs.c.job, runs.c.slot],
                    set_={**held, "attempt": runs.c.attempt + 1},
                    where=_UNDERWAY & (runs.c.lease_until < run.started_at + slow),
                )
                # Else, SQLAlchemy forgets how many rows an INSERT wrote.
                .execution_options(preserve_rowcount=True)
            )
            if connection.execute(claim).rowcount != 1:
                return None
            return run_of(connection.execute(claimed).mappings().one())

    def renew(self, run_id: str, owner: str, until: datetime) -> bool:
        """Hold on to a claim until a later moment; False if it belongs to somebody else by now."""
        with self._database.writing() as connection:
            until += self._slow(connection)
            renewed = connection.execute(_owned(run_id, owner).values(lease_until=until))
            return bool(renewed.rowcount)

    def finish(
        self, run_id: str, owner: str, ending: Ending, at: datetime, error: str = ""
    ) -> bool:
        """End a claimed run; False, and nothing changes, if it is no longer the owner's."""
        return self._changes(_owned(run_id, owner).values(ending=ending, ended_at=at, error=error))

    def cancel(self, run_id: str, actor: str) -> bool:
        """Ask that a job's run under way be stopped; False if there is none such."""
        first = case((runs.c.cancelled_by == "", literal(actor)), else_=runs.c.cancelled_by)
        wanted = update(runs).where(_UNDERWAY, runs.c.id == run_id)
        return self._changes(wanted.values(cancelled_by=first))

    def cancelled_by(self, run_id: str) -> str:
        """Say who asked that a run be stopped; empty if nobody did."""
        wanted = select(runs.c.cancelled_by).where(runs.c.id == run_id)
        with self._database.reading() as connection:
            return connection.execute(wanted).scalar_one_or_none() or ""

    def underway(self) -> list[Run]:
        """List the job runs that have not ended, oldest first."""
        wanted = select(runs).where(_UNDERWAY).order_by(*_IN_ORDER)
        with self._database.reading() as connection:
            return [run_of(row) for row in connection.execute(wanted).mappings()]

    def abandoned(self, now: datetime) -> list[Run]:
        """List the job runs that have not ended and whose lease has run out, oldest first."""
        with self._database.reading() as connection:
            late = runs.c.lease_until < now + self._slow(connection)
            wanted = select(runs).where(_UNDERWAY, late).order_by(*_IN_ORDER)
            return [run_of(row) for row in connection.execute(wanted).mappings()]

    def newest(self, jobs: Collection[str]) -> dict[str, Run]:
        """Give the run of each job's latest slot, by the job's name; what ran by hand is none."""
        latest = (
            select(runs)
            .where(runs.c.due_at.is_not(None))
            .order_by(runs.c.due_at.desc(), runs.c.number.desc())
            .limit(1)
        )
        found = {}
        with self._database.reading() as connection:
            # One look into the index a job: grouping would go through every run there ever was.
            for job in jobs:
                row = connection.execute(latest.where(runs.c.job == job)).mappings().one_or_none()
                if row is not None:
                    found[job] = run_of(row)
        return found

    def claimed(self, job: str, since: datetime) -> set[str]:
        """Give the keys of a job's slots from `since` on that were ever claimed."""
        wanted = select(runs.c.slot).where(runs.c.job == job, runs.c.due_at >= since)
        with self._database.reading() as connection:
            return set(connection.execute(wanted).scalars())

    def known_since(self, jobs: Collection[str], now: datetime) -> dict[str, datetime]:
        """Say since when each job is known, by its name; one first heard of is known from `now`."""
        rows = tables.jobs.c
        wanted = select(rows.name, rows.since).where(rows.name.in_(jobs))
        with self._database.reading() as connection:
            known = {row.name: row.since for row in connection.execute(wanted)}
        new = [{"name": name, "since": now} for name in sorted(set(jobs) - known.keys())]
        if not new:
            return known
        adding = self._database.insert(tables.jobs).on_conflict_do_nothing()
        with self._database.writing() as connection:
            connection.execute(adding, new)
            # Of those that hear of it at once, one says since when.
            return {row.name: row.since for row in connection.execute(wanted)}

    def _slow(self, connection: Connection) -> timedelta:
        """Say by how much our clock is slow, seen from the server's; a file has none but ours."""
        if not self._database.is_shared:
            return timedelta()
        theirs: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        steps = (theirs - self._clock.now()).total_seconds() / _CLOCK_STEP_SECONDS
        return timedelta(seconds=round(steps) * _CLOCK_STEP_SECONDS)

    def _changes(self, wanted: Update) -> bool:
        with self._database.writing() as connection:
            return bool(connection.execute(wanted).rowcount)


def _owned(run_id: str, owner: str) -> Update:
    """Change a claimed run that has not ended, if it still belongs to this owner."""
    return update(runs).where(_UNDERWAY, runs.c.id == run_id, runs.c.owner == owner)

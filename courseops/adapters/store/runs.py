"""The record of what ran, in the database; each call is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, insert, or_, select, text, update

from courseops.adapters.history import statements
from courseops.adapters.history.looking import by_scope, outcome_of
from courseops.adapters.store import tables
from courseops.adapters.store.database import Database
from courseops.errors import CourseOpsError
from courseops.model.run import AuditRecord, Ending, Outcome, Phase, Run, Status

_RUN_NAMES = [field.name for field in fields(Run)]
_OUTCOME_NAMES = [field.name for field in fields(Outcome)]
_OUTCOME = [tables.outcomes.c[name] for name in _OUTCOME_NAMES]
_AUDIT_NAMES = [field.name for field in fields(AuditRecord)]


class SqlRuns:
    """Runs, their outcomes and audit records."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._outcomes = database.many(insert(tables.outcomes), ("run_id", *_OUTCOME_NAMES))
        self._audit = database.many(insert(tables.audit), _AUDIT_NAMES)

    def start(self, run: Run) -> None:
        """Open a run; from now on it can be found."""
        with self._database.writing() as connection:
            connection.execute(insert(tables.runs), row_of(run))

    def end(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> None:
        """Close a run with how it ended; a run that has ended stays as it is."""
        still_open = (tables.runs.c.id == run_id) & (tables.runs.c.ending == Ending.RUNNING)
        with self._database.writing() as connection:
            changed = connection.execute(
                update(tables.runs)
                .where(still_open)
                .values(ending=ending, ended_at=at, error=error)
            ).rowcount
        if not changed and self.get(run_id) is None:
            raise CourseOpsError(f"there is no run {run_id}")

    def name_plan(self, run_id: str, fingerprint: str) -> None:
        """Say which plan an open run carries out; it is known only once the world was read."""
        with self._database.writing() as connection:
            connection.execute(
                update(tables.runs).where(tables.runs.c.id == run_id).values(plan=fingerprint)
            )

    def expect(self, run_id: str, total: int) -> None:
        """Say how many outcomes an open run will leave."""
        with self._database.writing() as connection:
            connection.execute(
                update(tables.runs).where(tables.runs.c.id == run_id).values(total=total)
            )

    def settle(self, run_id: str, ending: Ending, at: datetime, error: str = "") -> bool:
        """Give a held run its last ending; False, and nothing changes, if it is not held."""
        held = (tables.runs.c.id == run_id) & (tables.runs.c.ending == Ending.HELD)
        settled = update(tables.runs).where(held).values(ending=ending, ended_at=at, error=error)
        with self._database.writing() as connection:
            return bool(connection.execute(settled).rowcount)

    def held(self, scope: str = "") -> list[Run]:
        """Give the runs that wait for a person, newest first; empty `scope` means any."""
        wanted = (
            select(tables.runs)
            .where(tables.runs.c.ending == Ending.HELD)
            .order_by(tables.runs.c.started_at.desc(), tables.runs.c.number.desc())
        )
        if scope:
            wanted = wanted.where(tables.runs.c.scope == scope)
        with self._database.reading() as connection:
            return [run_of(row) for row in connection.execute(wanted).mappings()]

    def note(self, run_id: str, outcomes: Sequence[Outcome]) -> None:
        """Add outcomes to a run; they are on disk when this returns."""
        if outcomes:
            with self._database.writing() as connection:
                rows = ({"run_id": run_id, **vars(outcome)} for outcome in outcomes)
                self._outcomes.write(connection, rows)
                finished = tables.runs.c.finished + len(outcomes)
                connection.execute(
                    update(tables.runs).where(tables.runs.c.id == run_id).values(finished=finished)
                )

    def audit(self, records: Sequence[AuditRecord]) -> None:
        """Append audit records; they are on disk when this returns."""
        if records:
            with self._database.writing() as connection:
                self._audit.write(connection, map(vars, records))

    def get(self, run_id: str) -> Run | None:
        """Give one run, or None."""
        wanted = select(tables.runs).where(tables.runs.c.id == run_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        return None if row is None else run_of(row)

    def recent(
        self,
        *,
        action: str = "",
        scope: str = "",
        endings: Collection[Ending] = (),
        within: str | None = None,
        among: Collection[str] | None = None,
        before: datetime | None = None,
        limit: int = 20,
    ) -> list[Run]:
        """
        Give runs, newest first; empty `action`, `scope` or `endings` means any.

        `within` is a run that they are part of, and empty gives those that are part of none.
        `among` names the scopes that they are to be on, and one that ends in a slash stands for
        all that begin so; `before` leaves out what was not begun before that moment.
        """
        wanted = (
            select(tables.runs)
            .order_by(tables.runs.c.started_at.desc(), tables.runs.c.number.desc())
            .limit(limit)
        )
        if action:
            wanted = wanted.where(tables.runs.c.action == action)
        if scope:
            wanted = wanted.where(tables.runs.c.scope == scope)
        if endings:
            wanted = wanted.where(tables.runs.c.ending.in_(endings))
        if within is not None:
            wanted = wanted.where(tables.runs.c.within == within)
        if among is not None:
            wanted = wanted.where(_is_on(among))
        if before is not None:
            wanted = wanted.where(tables.runs.c.started_at < before)
        with self._database.reading() as connection:
            return [run_of(row) for row in connection.execute(wanted).mappings()]

    def last_good(self) -> dict[str, datetime]:
        """Say when the newest good run of each job ended, by the job's name."""
        rows = tables.runs.c
        wanted = (
            select(rows.job, func.max(rows.ended_at))
            .where(rows.job != "", rows.ending == Ending.DONE)
            .group_by(rows.job)
        )
        with self._database.reading() as connection:
            return {job: ended_at for job, ended_at in connection.execute(wanted)}  # noqa: C416 -- rows are no pairs to mypy

    def outcomes(self, run_id: str) -> list[Outcome]:
        """Give the outcomes of a run, in the order they were noted."""
        wanted = (
            select(*_OUTCOME)
            .where(tables.outcomes.c.run_id == run_id)
            .order_by(tables.outcomes.c.number)
        )
        with self._database.reading() as connection:
            return [outcome_of(row) for row in connection.execute(wanted).mappings()]

    def audit_of(self, run_id: str) -> list[AuditRecord]:
        """Give the audit records of a run, in the order they were written."""
        wanted = (
            select(tables.audit)
            .where(tables.audit.c.run_id == run_id)
            .order_by(tables.audit.c.number)
        )
        with self._database.reading() as connection:
            return [_audit_record(row) for row in connection.execute(wanted).mappings()]

    def latest_of(self, subject: str, action: str, scopes: Collection[str]) -> dict[str, Outcome]:
        """Give the newest outcome of one subject over all runs of `action`, by scope."""
        rows, runs = tables.outcomes.c, tables.runs.c
        among = (runs.action == action) & runs.scope.in_(sorted(scopes)) & (rows.subject == subject)
        wanted = (
            select(runs.scope, *_OUTCOME)
            .join_from(tables.outcomes, tables.runs, runs.id == rows.run_id)
            .where(among)
            .order_by(rows.number)
        )
        with self._database.reading() as connection:
            found = connection.execute(wanted).mappings().all()
        return {row["scope"]: outcome_of(row) for row in found}

    def tallies(self, run_ids: Collection[str]) -> dict[str, dict[Status, int]]:
        """Count the outcomes of runs by how they ended; a run without any is not there."""
        rows = tables.outcomes.c
        wanted = (
            select(rows.run_id, rows.status, func.count())
            .where(rows.run_id.in_(sorted(run_ids)))
            .group_by(rows.run_id, rows.status)
        )
        found: dict[str, dict[Status, int]] = {}
        with self._database.reading() as connection:
            for run_id, status, number in connection.execute(wanted):
                found.setdefault(run_id, {})[Status(status)] = number
        return found

    def latest_outcomes(self, action: str, scope: str) -> dict[str, Outcome]:
        """Give the newest outcome of each subject over all runs of `action` on `scope`."""
        statement, values = statements.latest_outcomes(action, scope)
        with self._database.reading() as connection:
            rows = connection.execute(text(statement), values).mappings().all()
        return {row["subject"]: outcome_of(row) for row in rows}

    def latest_failures(
        self, action: str, scopes: Collection[str]
    ) -> dict[str, dict[str, Outcome]]:
        """Give, by scope and subject, those newest outcomes that are failures."""
        statement, values = statements.latest_failures(action, scopes)
        found: dict[str, dict[str, Outcome]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(text(statement), values).mappings():
                found.setdefault(row["scope"], {})[row["subject"]] = outcome_of(row)
        return found

    def version(self, scope: str) -> tuple[int, ...]:
        """Give what changes when a run on a scope or below begins, leaves an outcome or ends."""
        statement, values = statements.version(scope)
        with self._database.reading() as connection:
            return tuple(map(int, connection.execute(text(statement), values).one()))

    def up_to_date(
        self, action: str, after: str, scopes: Collection[str]
    ) -> dict[str, frozenset[str]]:
        """Name, by scope, for whom `action` was done, and `after` was not done since."""
        statement, values = statements.up_to_date(action, after, scopes)
        with self._database.reading() as connection:
            return by_scope(connection.execute(text(statement), values).mappings())


def _is_on(among: Collection[str]) -> ColumnElement[bool]:
    """Ask for scopes as they are spelled: LIKE would take capitals for small letters."""
    scope = tables.runs.c.scope
    exactly = sorted(it for it in among if not it.endswith("/"))
    below = sorted(it for it in among if it.endswith("/"))
    return or_(
        scope.in_(exactly), *(func.substr(scope, 1, len(prefix)) == prefix for prefix in below)
    )


def row_of(run: Run) -> dict[str, Any]:
    """Spell a run as a row of the table that nobody has claimed."""
    return asdict(run) | {"owner": "", "cancelled_by": ""}


def run_of(row: RowMapping) -> Run:
    """Read a run out of a row of the table."""
    values = {name: row[name] for name in _RUN_NAMES}
    return Run(**values | {"ending": Ending(row["ending"])})


def _audit_record(row: RowMapping) -> AuditRecord:
    values = {name: row[name] for name in row if name != "number"}
    return AuditRecord(**values | {"phase": Phase(row["phase"])})

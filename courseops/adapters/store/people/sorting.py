"""Tell evidence from by-products in the record of what ran, for one person."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import ColumnElement, Table, select, true

from courseops.adapters.store.people.places import (
    in_scopes,
    in_work,
    of_account,
    of_actor,
    of_enrolments,
    of_learner,
    of_subject,
    of_usage,
)
from courseops.adapters.store.tables import accounts, runs, snapshots
from courseops.model.leaving.offboarding import offboard_tag
from courseops.model.people.fate import Grounds
from courseops.model.people.whom import Whom


class Sorting:
    """
    Which rows of somebody are which.

    `are_copies_kept` says that backups hold their home: what tells of these must stay as well.
    """

    def __init__(self, whom: Whom, grounds: Grounds, *, are_copies_kept: bool) -> None:
        self.whom = whom
        self.are_copies_kept = are_copies_kept
        self.keeps_evidence = grounds.keeps_evidence
        self._grounds = grounds

    @staticmethod
    def account(table: Table, whom: Whom) -> ColumnElement[bool]:
        """Find the rows of their account."""
        return of_account(table)(whom)

    def usage(self, table: Table) -> ColumnElement[bool]:
        """Find the rows of what they used, and of their account itself."""
        return of_account(table)(self.whom) if table is accounts else of_usage(table)(self.whom)

    def learner(self, table: Table) -> ColumnElement[bool]:
        """Find the rows of their work."""
        return of_learner(table)(self.whom)

    @property
    def enrolments(self) -> ColumnElement[bool]:
        """Find their enrolments."""
        return of_enrolments(self.whom)

    def subject(self, table: Table) -> ColumnElement[bool]:
        """Find rows of runs that are about them."""
        return of_subject(self.whom, table)

    @property
    def acting(self) -> ColumnElement[bool]:
        """Find audit records of what they did."""
        return of_actor(self.whom)

    @cached_property
    def working(self) -> ColumnElement[bool]:
        """Say of a run that it dealt with the work of an assignment."""
        return in_work(self.whom)

    @cached_property
    def departing(self) -> ColumnElement[bool]:
        """Say of a run that it archived or erased people."""
        return runs.c.action.in_(self._grounds.departures)

    @cached_property
    def backing_up(self) -> ColumnElement[bool]:
        """Say of a run that it took or proved copies."""
        return runs.c.action.startswith(self._grounds.backup, autoescape=True)

    def work(self, table: Table) -> ColumnElement[bool]:
        """Say of a row that it belongs to a run on the work of an assignment."""
        return self._of_runs(table, self.working)

    def departures(self, table: Table) -> ColumnElement[bool]:
        """Say of a row that it belongs to a run that archived or erased people."""
        return self._of_runs(table, self.departing)

    def copying(self, table: Table) -> ColumnElement[bool]:
        """Say of a row that it belongs to a run that took or proved copies."""
        return self._of_runs(table, self.backing_up & ~self.working & ~self.departing)

    @property
    def free_runs(self) -> ColumnElement[bool]:
        """Say of a run of theirs, of a job or of the site that nothing in it is evidence."""
        kept = self.departing
        if self.keeps_evidence:
            kept |= self.working
        if self.are_copies_kept:
            kept |= self.backing_up
        of_jobs = (runs.c.scope == "site") | runs.c.scope.startswith("job/")
        return (in_scopes(self.whom) | of_jobs) & ~kept

    def free(self, table: Table) -> ColumnElement[bool]:
        """Say of a row that it belongs to such a run."""
        return self._of_runs(table, self.free_runs)

    @property
    def home_runs(self) -> ColumnElement[bool]:
        """Find the runs on their home."""
        scope, home = runs.c.scope, self.whom.home_scope
        return (scope == home) | scope.startswith(f"{home}/", autoescape=True)

    @property
    def final_snapshots(self) -> ColumnElement[bool]:
        """Find the snapshots that were taken when they left."""
        tag = offboard_tag(self.whom.username)
        tags = snapshots.c.tags
        alone = (tags == tag) | tags.startswith(f"{tag},", autoescape=True)
        among = tags.endswith(f",{tag}", autoescape=True) | tags.contains(
            f",{tag},", autoescape=True
        )
        return (snapshots.c.hub == self.whom.hub) & (alone | among)

    @property
    def any_alert(self) -> ColumnElement[bool]:
        """Find every alert: they are few."""
        return true()

    def _of_runs(self, table: Table, which: ColumnElement[bool]) -> ColumnElement[bool]:
        return table.c.run_id.in_(select(runs.c.id).where(which))

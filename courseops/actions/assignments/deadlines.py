"""Gather everybody's own deadline in one assignment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from courseops.actions.assignments.collect_ports import CollectPorts
from courseops.actions.assignments.overview import scope_of
from courseops.actions.assignments.releasing import RELEASE
from courseops.actions.journal import Journal
from courseops.model.assignments.deadline import Deadline, Ground, Terms, deadline_of
from courseops.model.roster import Role


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """Everybody's own deadline in one assignment."""

    terms: Terms
    extended: Mapping[str, Sequence[datetime]]
    enrolled: Mapping[str, datetime]
    at: datetime | None = None

    @classmethod
    def of(
        cls, ports: CollectPorts, name: str, terms: Terms, at: datetime | None = None
    ) -> Deadlines:
        """Gather extensions, ours, the calendar's and the gradebook's, and who came when."""
        extended: defaultdict[str, list[datetime]] = defaultdict(list)
        ours = ports.record.extensions(ports.course.course_id, name)
        for learner, until in (*ours.items(), *ports.extended.items()):
            extended[learner].append(until)
        if terms.due_at is not None:
            for learner, more in ports.granted(name).items():
                extended[learner].append(terms.due_at + more)
        return cls(terms=terms, extended=extended, enrolled=_enrolled(ports), at=at)

    @property
    def of_their_own(self) -> set[str]:
        """Name the learners of whom something is known that may give them longer."""
        return {*self.extended, *self.enrolled}

    def of_learner(self, learner: str) -> Deadline:
        """Give one learner's deadline."""
        if self.at is not None:
            return Deadline(due_at=self.at, ground=Ground.ASKED)
        return deadline_of(
            self.terms,
            extended_to=self.extended.get(learner, ()),
            enrolled_at=self.enrolled.get(learner),
        )


def terms_of(ports: CollectPorts, journal: Journal, name: str, due_at: datetime | None) -> Terms:
    """
    Give what holds for a whole assignment.

    Its deadline is the calendar's, else `due_at`, the gradebook's; it was released when the
    calendar says, else when that was first done, which only newcomers' deadlines rest on.
    """
    released_at = ports.terms.released_at
    if released_at is None and ports.terms.late_registration is not None:
        scope = scope_of(ports.course.course_id, name)
        runs = journal.runs.recent(action=RELEASE, scope=scope, limit=1000)
        released_at = min((run.started_at for run in runs), default=None)
    return Terms(
        due_at=ports.terms.due_at or due_at,
        grace=ports.terms.grace,
        released_at=released_at,
        late_registration=ports.terms.late_registration,
    )


def _enrolled(ports: CollectPorts) -> dict[str, datetime]:
    """Say when everybody first came into the course."""
    first: dict[str, datetime] = {}
    if ports.terms.late_registration is None:
        return first
    for it in ports.enrolments.memberships(ports.course.course_id):
        if it.role is Role.LEARNER:
            first[it.username] = min(it.started_at, first.get(it.username, it.started_at))
    return first

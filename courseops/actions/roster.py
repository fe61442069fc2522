"""Bring a course to its roster: read, compare, guard, apply, record.

Planning changes nothing. Applying reads the world anew and insists on the reviewed plan if
one is named, so what is done is what was shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from courseops.actions.journal import Entry, Journal
from courseops.errors import PlanRefusedError
from courseops.model.guard import Limits, objections, refuse
from courseops.model.plan import Change, Existing, Plan, Target, Verb, diff
from courseops.model.roster import Enrolment, Person, Roster
from courseops.model.run import Outcome, Phase, Status, failures
from courseops.ports import Enrolments, Gradebook, Hub, Plans, RosterSource


@dataclass(frozen=True, kw_only=True)
class CoursePorts:
    """What the roster actions read from and write to, for one course."""

    course_id: str
    source: RosterSource
    hub: Hub
    gradebook: Gradebook | None
    enrolments: Enrolments
    plans: Plans
    limits: Limits
    protected: frozenset[str] = frozenset()

    @property
    def scope(self) -> str:
        """Name the course as runs and locks do."""
        return f"course/{self.course_id}"


@dataclass(frozen=True, kw_only=True)
class RosterPlanned:
    """What `roster plan` shows."""

    course_id: str
    source: str
    warnings: tuple[str, ...]
    fingerprint: str
    changes: tuple[Change, ...]
    unmanaged: tuple[str, ...]
    objections: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RosterApplied:
    """What `roster apply` did; `run_id` is empty when there was nothing to do."""

    course_id: str
    fingerprint: str
    run_id: str
    outcomes: tuple[Outcome, ...]


def show_roster(ports: CoursePorts) -> Roster:
    """Read a course's roster from its source, and nothing else."""
    return ports.source.read()


def plan_roster(ports: CoursePorts, journal: Journal, *, allow_drops: int = 0) -> RosterPlanned:
    """Compute what `apply_roster` would do, keep it under its fingerprint, change nothing."""
    desired, existing = ports.source.read(), _existing(ports)
    plan = diff(desired, existing)
    document = json.dumps(asdict(plan), sort_keys=True)
    ports.plans.keep(plan.fingerprint, ports.scope, document, journal.clock.now())
    return RosterPlanned(
        course_id=ports.course_id,
        source=desired.source,
        warnings=desired.warnings,
        fingerprint=plan.fingerprint,
        changes=plan.changes,
        unmanaged=plan.unmanaged,
        objections=objections(plan, desired, existing, ports.limits, allow_drops=allow_drops),
    )


def apply_roster(
    ports: CoursePorts, journal: Journal, *, fingerprint: str = "", allow_drops: int = 0
) -> RosterApplied:
    """
    Bring the course to its roster; idempotent, and it goes on where a killed run stopped.

    One person's failure never stops the others; who failed is not taken any further.

    Raises:
        PlanRefusedError: a guard objects, or the plan is no longer the one named by
            `fingerprint`; nothing was changed.
    """
    desired = ports.source.read()
    with journal.run("roster-apply", ports.scope, plan=fingerprint) as entry:
        existing = _existing(ports)
        plan = diff(desired, existing)
        if fingerprint and plan.fingerprint != fingerprint:
            raise PlanRefusedError(
                f"the plan for {ports.course_id} is now {plan.fingerprint}, "
                f"no longer {fingerprint}: the roster or the hub has changed since",
                hint=f"review it again: courseops roster plan {ports.course_id}",
            )
        refuse(plan, objections(plan, desired, existing, ports.limits, allow_drops=allow_drops))
        _Application(ports, journal, entry, desired, existing.managed).carry_out(plan)
    return RosterApplied(
        course_id=ports.course_id,
        fingerprint=plan.fingerprint,
        run_id=entry.run.id,
        outcomes=tuple(entry.outcomes),
    )


def _existing(ports: CoursePorts) -> Existing:
    users = ports.hub.users()
    admins = {user.name for user in users if user.admin}
    return Existing(
        hub_users=frozenset(user.name for user in users),
        groups=ports.hub.groups(),
        gradebook=ports.gradebook.students() if ports.gradebook else None,
        managed=tuple(ports.enrolments.active(ports.course_id)),
        protected=ports.protected | admins,
    )


class _Application:
    """One plan while it is being carried out; `_failed` names who goes no further."""

    def __init__(
        self,
        ports: CoursePorts,
        journal: Journal,
        entry: Entry,
        desired: Roster,
        managed: Iterable[Enrolment],
    ) -> None:
        self._ports = ports
        self._journal = journal
        self._entry = entry
        self._enrolments = {e.person.username: e for e in desired.enrolments}
        # Our record, which nobody else writes while we hold the course's lock.
        self._managed = {e.person.id: e for e in managed}
        self._failed: dict[str, Outcome] = {}

    def carry_out(self, plan: Plan) -> None:
        """Make the plan's changes step by step, each audited before and after."""
        stage = self._journal.progress.stage(f"roster {plan.course_id}", len(plan.changes))
        with stage as advance:
            for (verb, target, where), changes in _steps(plan):
                self._step(verb, target, where, changes)
                advance(len(changes))
        everyone = sorted(self._enrolments.keys() | {c.username for c in plan.changes})
        touched = {change.username for change in plan.changes}
        self._entry.note(
            *(
                self._failed.get(name)
                or (Outcome.done(name) if name in touched else Outcome.done(name, kind="unchanged"))
                for name in everyone
            )
        )

    def _step(self, verb: Verb, target: Target, where: str, changes: Sequence[Change]) -> None:
        names = [c.username for c in changes if c.username not in self._failed]
        if not names:
            return
        change = f"{verb} {target} {where}"
        self._entry.audit(Phase.INTENDED, names, change)
        outcomes = self._make(verb, target, where, names)
        made = [o.subject for o in outcomes if o.status is not Status.FAILED]
        self._entry.audit(Phase.MADE, made, change)
        for outcome in failures(outcomes):
            self._entry.audit(Phase.FAILED, [outcome.subject], change, outcome.reason)
            self._failed[outcome.subject] = outcome

    def _make(self, verb: Verb, target: Target, where: str, names: list[str]) -> list[Outcome]:
        if target is Target.HUB_USER:
            return self._ports.hub.create_users(names)
        if target is Target.GROUP and verb is Verb.ENROL:
            return self._enrol(where, names)
        if target is Target.GROUP:
            return self._drop(where, names)
        if target is Target.GRADEBOOK:
            return self._put_students([self._enrolments[name].person for name in names])
        return self._record(names)

    def _enrol(self, group: str, names: list[str]) -> list[Outcome]:
        for enrolment in self._of(names):
            # Before the membership: what we have not written down we may never drop again.
            if enrolment.person.id not in self._managed:
                self._keep(enrolment)
        self._ports.hub.ensure_group(group)
        return self._ports.hub.add_to_group(group, names)

    def _drop(self, group: str, names: list[str]) -> list[Outcome]:
        outcomes = self._ports.hub.remove_from_group(group, names)
        gone = {o.subject for o in outcomes if o.status is not Status.FAILED}
        for enrolment in self._managed.values():
            username = enrolment.person.username
            if username in gone and username not in self._enrolments:
                self._ports.enrolments.drop(
                    self._ports.course_id, enrolment.person.id, self._journal.clock.now()
                )
        return outcomes

    def _put_students(self, people: list[Person]) -> list[Outcome]:
        assert self._ports.gradebook is not None  # a plan without a gradebook has no such change
        return self._ports.gradebook.put_students(people)

    def _record(self, names: list[str]) -> list[Outcome]:
        for enrolment in self._of(names):
            self._keep(enrolment)
        return [Outcome.done(name) for name in names]

    def _keep(self, enrolment: Enrolment) -> None:
        self._ports.enrolments.enrol(self._ports.course_id, enrolment, self._journal.clock.now())
        self._managed[enrolment.person.id] = enrolment

    def _of(self, names: Iterable[str]) -> list[Enrolment]:
        return [self._enrolments[name] for name in names]


def _steps(plan: Plan) -> Iterator[tuple[tuple[Verb, Target, str], list[Change]]]:
    def key(change: Change) -> tuple[Verb, Target, str]:
        return change.verb, change.target, change.where

    for step, changes in groupby(plan.changes, key=key):
        yield step, list(changes)

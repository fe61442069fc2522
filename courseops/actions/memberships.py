"""Whose membership is whose: take over those that others added, and take back a run's.

Neither asks the roster's source to change: the next sync compares with it again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from courseops.actions.application import Application
from courseops.actions.course_ports import CoursePorts
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.diff import diff
from courseops.model.plan import Change, Existing, Plan, Target, read_plan, spell_plan
from courseops.model.roster import Enrolment, Person, Role, Roster, group_of
from courseops.model.run import Outcome, Phase, Run

_MEMBERSHIP = {Target.GROUP, Target.RECORD}


@dataclass(frozen=True, kw_only=True)
class RosterUndoing:
    """What `roster undo` would do: the changes that bring memberships back to before a run."""

    course_id: str
    undone: str
    fingerprint: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class RosterUndone:
    """What `roster undo` did."""

    course_id: str
    undone: str
    run_id: str
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True)
class RosterAdopted:
    """Whom `roster adopt` took over."""

    course_id: str
    run_id: str
    outcomes: tuple[Outcome, ...]


def plan_undo(ports: CoursePorts, journal: Journal, run: Run) -> RosterUndoing:
    """
    Say what brings the memberships of a course back to what they were before `run`.

    Raises:
        CourseOpsError: the run changed no memberships of this course, or nobody knows which.
    """
    plan, _ = _undoing(ports, journal, run, ports.existing())
    return RosterUndoing(
        course_id=ports.course_id,
        undone=run.id,
        fingerprint=plan.fingerprint,
        changes=plan.changes,
    )


def undo_roster(ports: CoursePorts, journal: Journal, run: Run) -> RosterUndone:
    """
    Restore the memberships of a course to what they were before `run`.

    Accounts, gradebook and passwords stay as they are.

    Raises:
        CourseOpsError: the run changed no memberships of this course, or nobody knows which.
    """
    with journal.run("roster-undo", ports.scope) as entry:
        existing = ports.existing()
        plan, wanted = _undoing(ports, journal, run, existing)
        entry.carries(plan.fingerprint)
        ports.plans.keep(plan.fingerprint, ports.scope, spell_plan(plan), journal.clock.now())
        touched = {change.username for change in plan.changes}
        theirs = [e for e in wanted.enrolments if e.person.username in touched]
        Application(ports, journal, entry, theirs, existing.managed).carry_out(plan)
    return RosterUndone(
        course_id=ports.course_id,
        undone=run.id,
        run_id=entry.run.id,
        outcomes=tuple(entry.outcomes),
    )


def adopt(ports: CoursePorts, journal: Journal, usernames: Collection[str] = ()) -> RosterAdopted:
    """
    Take over members whom others added to the course's groups; nobody is named, everybody.

    From now on they are ours: who is not in the roster is dropped by the next sync.
    """
    with journal.run("roster-adopt", ports.scope) as entry:
        desired, existing = ports.source.read(), ports.existing()
        strangers = _strangers(ports.course_id, desired, existing)
        chosen = list(dict.fromkeys(usernames or sorted(strangers)))
        found = [strangers[name] for name in chosen if name in strangers]
        names = [enrolment.person.username for enrolment in found]
        entry.audit(Phase.INTENDED, names, f"adopt {ports.course_id}")
        ports.enrolments.enrol(ports.course_id, found, journal.clock.now())
        entry.audit(Phase.MADE, names, f"adopt {ports.course_id}")
        entry.note(*(_adopted(name, strangers, existing) for name in chosen))
    return RosterAdopted(
        course_id=ports.course_id, run_id=entry.run.id, outcomes=tuple(entry.outcomes)
    )


def _undoing(
    ports: CoursePorts, journal: Journal, run: Run, existing: Existing
) -> tuple[Plan, Roster]:
    made = _plan_of(ports, run)
    done = {a.subject for a in journal.runs.audit_of(run.id) if a.phase is Phase.MADE}
    touched = {c.username for c in made.changes if c.target in _MEMBERSHIP} & done
    now = {e.person.username: e for e in existing.managed}
    before = {e.person.username: e for e in made.before if e.person.username in touched}
    kept = {name: e for name, e in now.items() if name not in touched}
    # Names and addresses stay as they are known today; only who is where goes back.
    restored = {
        name: replace(e, person=now[name].person) if name in now else e
        for name, e in before.items()
    }
    wanted = Roster(
        course_id=ports.course_id,
        source=f"before run {run.id}",
        enrolments=tuple({**kept, **restored}.values()),
    )
    plan = diff(wanted, existing, section_groups=ports.section_groups)
    changes = tuple(c for c in plan.changes if c.target in _MEMBERSHIP and c.username in touched)
    return replace(plan, changes=changes), wanted


def _plan_of(ports: CoursePorts, run: Run) -> Plan:
    kept = ports.plans.find(run.plan, ports.scope) if run.plan else None
    if run.scope != ports.scope or kept is None:
        raise CourseOpsError(
            f"the run {run.id} ({run.action}) changed no memberships of {ports.course_id}",
            hint="courseops job history roster-apply lists the runs that did",
        )
    return read_plan(kept.document)


def _strangers(course_id: str, desired: Roster, existing: Existing) -> dict[str, Enrolment]:
    """Give everybody whom others added, as the roster describes them if it does."""
    ours = {e.person.username for e in existing.managed}
    listed = {e.person.username: e for e in desired.enrolments}
    found: dict[str, Enrolment] = {}
    # Who is in both groups is staff.
    for role in (Role.LEARNER, Role.ASSISTANT, Role.INSTRUCTOR):
        group = group_of(role, course_id)
        for name in existing.members(group) - ours:
            known = listed.get(name)
            if known is not None and group_of(known.role, course_id) == group:
                found[name] = known
            elif role is not Role.INSTRUCTOR:
                person = known.person if known else Person(id=f"hub:{name}", username=name)
                found[name] = Enrolment(person=person, role=role)
    return found


def _adopted(name: str, strangers: Collection[str], existing: Existing) -> Outcome:
    if name in strangers:
        return Outcome.done(name, kind="adopted")
    if name in {e.person.username for e in existing.managed}:
        return Outcome.skipped(name, "is enrolled by courseops already", kind="ours")
    return Outcome.failed(
        name, "is in no group of this course", kind="no-member", mend="see: courseops roster plan"
    )

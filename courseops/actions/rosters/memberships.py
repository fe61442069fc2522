"""Whose membership is whose: take over those that others added, and take back a run's.

Neither asks the roster's source to change: the next sync compares with it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from courseops.actions.journal import Journal
from courseops.actions.rosters.application import Application
from courseops.actions.rosters.course_ports import CoursePorts
from courseops.errors import CourseOpsError
from courseops.model.roster import Enrolment, Person, Role, Roster, group_of
from courseops.model.rosters.diff import diff
from courseops.model.rosters.names import Settled, settle_names
from courseops.model.rosters.plan import Change, Existing, Plan, Target, Verb, bare, read_plan
from courseops.model.run import Outcome, Phase, Run
from courseops.model.sameness import adopted_id

_MEMBERSHIP = {Target.GROUP, Target.RECORD}
# More runs of one course than anybody looks back over.
_RUNS = 10_000


@dataclass(frozen=True, kw_only=True)
class RosterUndoing:
    """
    What `roster undo` would do: the changes that bring memberships back to before a run.

    `left_alone` are those whom a later run has changed again.
    """

    course_id: str
    undone: str
    fingerprint: str
    changes: tuple[Change, ...]
    left_alone: tuple[Outcome, ...] = ()


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
    undoing = _Undoing(ports, journal, run)
    return RosterUndoing(
        course_id=ports.course_id,
        undone=run.id,
        fingerprint=undoing.plan.fingerprint,
        changes=undoing.plan.changes,
        left_alone=undoing.left_alone,
    )


def undo_roster(ports: CoursePorts, journal: Journal, run: Run) -> RosterUndone:
    """
    Restore the memberships of a course to what they were before `run`.

    Only of those whom no later run has changed. Accounts, gradebook and passwords stay as
    they are.

    Raises:
        CourseOpsError: the run changed no memberships of this course, or nobody knows which.
    """
    with journal.run("roster-undo", ports.scope) as entry:
        undoing = _Undoing(ports, journal, run)
        plan = undoing.plan
        entry.carries(plan.fingerprint)
        ports.keep(plan, journal.clock.now())
        Application(ports, journal, entry, undoing.settled).carry_out(plan)
        entry.note(*undoing.left_alone)
    return RosterUndone(
        course_id=ports.course_id,
        undone=run.id,
        run_id=entry.run.id,
        outcomes=tuple(entry.outcomes),
    )


def adopt(ports: CoursePorts, journal: Journal, usernames: Collection[str] = ()) -> RosterAdopted:
    """
    Take over members whom others added to the course's groups.

    Nobody is named: all learners, and of the staff those in the roster; an unlisted one is
    taken over by name only, and an admin never. From now on they are ours: who is not in the
    roster is dropped by the next sync.
    """
    with journal.run("roster-adopt", ports.scope) as entry:
        desired, existing = ports.read()
        strangers = _strangers(ports.course_id, desired, existing)
        chosen = list(dict.fromkeys(usernames or sorted(_unasked(strangers, desired))))
        found = [strangers[name] for name in chosen if name in strangers]
        plan = _adoption(ports.course_id, found)
        entry.carries(plan.fingerprint)
        ports.keep(plan, journal.clock.now())
        settled = Settled(wanted=tuple(found), managed=existing.managed, blocked={})
        Application(ports, journal, entry, settled).carry_out(plan)
        refused = [name for name in chosen if name not in strangers]
        entry.note(*(_not_adopted(name, existing) for name in refused))
    return RosterAdopted(
        course_id=ports.course_id, run_id=entry.run.id, outcomes=tuple(entry.outcomes)
    )


class _Undoing:
    """One run that is to be undone: everyone it touched, by the id that never changes."""

    def __init__(self, ports: CoursePorts, journal: Journal, run: Run) -> None:
        made = _touched_by(ports, journal, run)
        if run.scope != ports.scope or made is None:
            raise CourseOpsError(
                f"nobody knows which memberships of {ports.course_id} the run {run.id} changed: "
                f"it was {run.action} on {run.scope}",
                hint="courseops job history roster-apply lists the runs that can be undone",
            )
        existing = ports.existing()
        now = {e.person.id: e for e in existing.managed}
        later = _later_changes(ports, journal, run)
        theirs = {i: states for i, states in made.items() if i not in later}
        self.left_alone = tuple(
            Outcome.skipped(_name_of(now.get(i), states), f"was changed again by run {later[i]}")
            for i, states in made.items()
            if i in later
        )
        described = {e.person.id: e.person for e in (*existing.ended, *now.values())}
        restored = {
            i: replace(before, person=described.get(i, before.person))
            for i, (before, _) in theirs.items()
            if before is not None
        }
        kept = {i: e for i, e in now.items() if i not in theirs}
        wanted = Roster(
            course_id=ports.course_id,
            source=f"before run {run.id}",
            enrolments=tuple({**kept, **restored}.values()),
        )
        settled = settle_names(wanted, existing)
        plan = diff(wanted, existing, section_groups=ports.section_groups, settled=settled)
        names = {_name_of(now.get(i), states) for i, states in theirs.items()}
        self.plan = replace(
            plan,
            changes=tuple(
                change
                for change in plan.changes
                if change.username in names and (change.target in _MEMBERSHIP or change.is_blocked)
            ),
        )
        touched = {change.username for change in self.plan.changes}
        self.settled = replace(
            settled, wanted=tuple(e for e in settled.wanted if e.person.username in touched)
        )


_States = tuple[Enrolment | None, Enrolment | None]


def _touched_by(ports: CoursePorts, journal: Journal, run: Run) -> dict[str, _States] | None:
    """Give by person id what a run found and what it left; None if it left no word of it."""
    kept = ports.plans.find(run.plan, run.scope) if run.plan else None
    if kept is None:
        return None
    plan = read_plan(kept.document)
    done = {a.subject for a in journal.runs.audit_of(run.id) if a.phase is Phase.MADE}
    before = {e.person.id: e for e in plan.before if e.person.username in done}
    after = {e.person.id: e for e in plan.after if e.person.username in done}
    ids = dict.fromkeys((*before, *after))
    # Names and addresses are nobody's membership.
    return {
        i: (before.get(i), after.get(i))
        for i in ids
        if _place_of(before.get(i)) != _place_of(after.get(i))
    }


def _later_changes(ports: CoursePorts, journal: Journal, run: Run) -> dict[str, str]:
    """Say by person id which later run changed their membership last."""
    found: dict[str, str] = {}
    for later in journal.runs.recent(scope=ports.scope, limit=_RUNS):
        if later.id == run.id:
            break
        for person_id in _touched_by(ports, journal, later) or {}:
            found.setdefault(person_id, later.id)
    return found


def _place_of(enrolment: Enrolment | None) -> tuple[Role, str] | None:
    return None if enrolment is None else (enrolment.role, enrolment.section)


def _name_of(now: Enrolment | None, states: _States) -> str:
    known = now or states[0] or states[1]
    assert known is not None  # a run found somebody, or left somebody
    return known.person.username


def _strangers(course_id: str, desired: Roster, existing: Existing) -> dict[str, Enrolment]:
    """Give everybody whom others added, as the roster describes them if it does."""
    ours = {e.person.username for e in existing.managed} | existing.protected
    listed = {e.person.username: e for e in desired.enrolments}
    found: dict[str, Enrolment] = {}
    # Who is in both groups is staff.
    for role in (Role.LEARNER, Role.ASSISTANT):
        group = group_of(role, course_id)
        for name in existing.members(group) - ours:
            known = listed.get(name)
            if known is not None and group_of(known.role, course_id) == group:
                found[name] = known
            else:
                unlisted = Person(id=adopted_id(name), username=name)
                found[name] = Enrolment(person=known.person if known else unlisted, role=role)
    return found


def _unasked(strangers: dict[str, Enrolment], desired: Roster) -> set[str]:
    listed = {e.person.username for e in desired.enrolments}
    return {name for name, e in strangers.items() if e.role is Role.LEARNER or name in listed}


def _adoption(course_id: str, found: Iterable[Enrolment]) -> Plan:
    enrolments = tuple(found)
    return Plan(
        course_id=course_id,
        changes=tuple(
            Change(
                verb=Verb.ENROL,
                target=Target.RECORD,
                username=enrolment.person.username,
                where=course_id,
            )
            for enrolment in enrolments
        ),
        after=tuple(map(bare, enrolments)),
    )


def _not_adopted(name: str, existing: Existing) -> Outcome:
    if name in {e.person.username for e in existing.managed}:
        return Outcome.skipped(name, "is enrolled by courseops already", kind="ours")
    if name in existing.protected:
        return Outcome.failed(
            name,
            "is an admin of the hub, or protected in the configuration",
            kind="protected",
            mend="their membership stays as it is",
        )
    return Outcome.failed(
        name, "is in no group of this course", kind="no-member", mend="see: courseops roster plan"
    )

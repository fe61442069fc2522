"""Bring a course to its roster: read, compare, guard, apply, record.

Planning changes nothing. Applying reads the world anew and insists on the reviewed plan if
one is named, so what is done is what was shown. What a guard objects to is held: the plan is
kept, people are told, and it waits to be approved or rejected.
"""

from __future__ import annotations

from dataclasses import dataclass

from courseops.actions.journal import Entry, Journal
from courseops.actions.rosters.application import Application
from courseops.actions.rosters.course_ports import CoursePorts
from courseops.actions.rosters.reviewing import insist_on_reviewed
from courseops.errors import CourseOpsError, PlanHeldError, PlanRefusedError, RefusedError
from courseops.model.logins.judging import unguarded
from courseops.model.notice import Event, Notice
from courseops.model.roster import Roster, SourceSize
from courseops.model.rosters.diff import diff
from courseops.model.rosters.guard import UNASKED, Permission, objections, refuse
from courseops.model.rosters.names import settle_names
from courseops.model.rosters.plan import (
    Change,
    Existing,
    Plan,
    Target,
    Verb,
    in_words,
    sizes_in,
)
from courseops.model.run import TO_THE_END, Ending, Outcome, Run

ROSTER_APPLY = "roster-apply"
_TELL = "tell people that the plan waits"


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
    sizes: tuple[SourceSize, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RosterApplied:
    """What `roster apply` did; `first_passwords` counts those that wait to be handed out."""

    course_id: str
    fingerprint: str
    run_id: str
    outcomes: tuple[Outcome, ...]
    first_passwords: int = 0


def show_roster(ports: CoursePorts) -> Roster:
    """Read a course's roster from its source, and nothing else."""
    return ports.source.read()


def plan_roster(
    ports: CoursePorts, journal: Journal, *, permission: Permission = UNASKED
) -> RosterPlanned:
    """Compute what `apply_roster` would do, keep it under its fingerprint, change nothing."""
    desired, existing = ports.read()
    plan = diff(desired, existing, section_groups=ports.section_groups)
    ports.keep(plan, journal.clock.now())
    return RosterPlanned(
        course_id=ports.course_id,
        source=desired.source,
        warnings=desired.warnings,
        fingerprint=plan.fingerprint,
        changes=plan.changes,
        unmanaged=plan.unmanaged,
        objections=_objections(ports, journal, plan, desired, existing, permission),
        sizes=plan.sizes,
    )


def apply_roster(
    ports: CoursePorts,
    journal: Journal,
    *,
    fingerprint: str = "",
    permission: Permission = UNASKED,
) -> RosterApplied:
    """
    Bring the course to its roster; idempotent, and it goes on where a killed run stopped.

    One person's failure never stops the others; who failed is not taken any further.

    Raises:
        PlanHeldError: a guard objects; the plan waits for a person, who has been told.
        PlanRefusedError: the roster is empty, or the plan is no longer the one named by
            `fingerprint`, or that was reviewed more than a day ago.
        RefusedError: strangers could take the accounts that would be made.
        CourseOpsError: the roster cannot be read whole. In any case, nothing was changed.
    """
    with journal.run(ROSTER_APPLY, ports.scope, plan=fingerprint) as entry:
        desired, existing = ports.read()
        settled = settle_names(desired, existing)
        plan = diff(desired, existing, section_groups=ports.section_groups, settled=settled)
        if fingerprint:
            insist_on_reviewed(
                ports.plans,
                ports.scope,
                plan.fingerprint,
                fingerprint,
                journal.clock.now(),
                of=ports.course_id,
                moved="the roster or the hub",
                again=f"courseops roster plan {ports.course_id}",
            )
        entry.carries(plan.fingerprint)
        ports.keep(plan, journal.clock.now())
        reasons = _objections(ports, journal, plan, desired, existing, permission)
        try:
            refuse(plan, desired, reasons)
        except PlanHeldError as held:
            raise _told(ports, journal, entry, plan, held) from held
        _refuse_open_doors(ports, plan)
        Application(ports, journal, entry, settled).carry_out(plan)
        _settle_older(journal, entry, plan)
    return RosterApplied(
        course_id=ports.course_id,
        fingerprint=plan.fingerprint,
        run_id=entry.run.id,
        outcomes=tuple(entry.outcomes),
        first_passwords=ports.waiting_passwords(),
    )


def _refuse_open_doors(ports: CoursePorts, plan: Plan) -> None:
    """Insist that whoever comes first cannot take an account that the plan makes."""
    accounts = plan.of(Verb.CREATE, Target.HUB_USER)
    if accounts and (why := unguarded(ports.hub.authenticator(), ports.accounts)):
        raise RefusedError(
            f"no account was made at {ports.hub.name}: {why}",
            hint=f"courseops doctor --hub-config {ports.hub.name} says what to configure",
        )
    if ports.passwords and (accounts or plan.of(Verb.CREATE, Target.CREDENTIAL)):
        ports.passwords.credentials.refuse_if_open()


def _objections(
    ports: CoursePorts,
    journal: Journal,
    plan: Plan,
    desired: Roster,
    existing: Existing,
    permission: Permission,
) -> tuple[str, ...]:
    return objections(
        plan,
        desired,
        existing,
        ports.limits,
        last_sizes=_last_sizes(ports, journal),
        permission=permission,
    )


def _last_sizes(ports: CoursePorts, journal: Journal) -> tuple[SourceSize, ...]:
    """Give how many people each source listed at the course's last good run."""
    last = journal.runs.recent(action=ROSTER_APPLY, scope=ports.scope, endings=TO_THE_END, limit=1)
    kept = [ports.plans.find(run.plan, ports.scope) for run in last]
    return tuple(size for plan in kept if plan for size in sizes_in(plan.document))


def _told(
    ports: CoursePorts, journal: Journal, entry: Entry, plan: Plan, held: PlanHeldError
) -> PlanRefusedError:
    """Tell people of a plan that is held, unless they know; give the error that says so too."""
    # Whoever was told of the same plan before may still approve that run.
    waiting = next(iter(_overtake(journal, entry, plan)), entry.run)
    problems = list(held.problems)
    if ports.notifier and not _know(journal, waiting):
        try:
            ports.notifier.tell(_notice(ports, waiting, plan, held))
        except CourseOpsError as error:
            problems.append(f"nobody could be told: {error}")
        else:
            journal.remark(waiting, _TELL)
    hint = f"{held.hint}; or look at it and say: courseops job approve {waiting.id}"
    kind = PlanHeldError if waiting is entry.run else PlanRefusedError
    return kind(str(held), problems=problems, hint=hint)


def _know(journal: Journal, run: Run) -> bool:
    return any(record.change == _TELL for record in journal.runs.audit_of(run.id))


def _notice(ports: CoursePorts, waiting: Run, plan: Plan, held: PlanHeldError) -> Notice:
    return Notice(
        event=Event.ROSTER_HELD,
        site=ports.site,
        scope=ports.scope,
        run_id=waiting.id,
        reasons=held.problems,
        changes=in_words(plan.changes),
        commands=(
            f"courseops job show {waiting.id}",
            f"courseops job approve {waiting.id}",
            f"courseops job reject {waiting.id}",
        ),
    )


def _settle_older(journal: Journal, entry: Entry, plan: Plan) -> None:
    """End what was held before: this very plan was made now, any other was overtaken."""
    for run in _overtake(journal, entry, plan):
        why = f"approved by {journal.actor}: run {entry.run.id}"
        journal.runs.settle(run.id, Ending.DONE, journal.clock.now(), why)


def _overtake(journal: Journal, entry: Entry, plan: Plan) -> list[Run]:
    """End the runs that are held with any other plan; give those that are with this one."""
    held = journal.runs.held(entry.run.scope)
    for run in held:
        if run.plan != plan.fingerprint:
            why = f"superseded by run {entry.run.id}"
            journal.runs.settle(run.id, Ending.REFUSED, journal.clock.now(), why)
    return [run for run in held if run.plan == plan.fingerprint]

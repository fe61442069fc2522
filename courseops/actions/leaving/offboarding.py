"""Let people leave: archive what they have and, only where asked to, take it away.

Planning changes nothing. Whoever leaves a course is a learner of it whose enrolment is in that
course alone, or has ended; whoever leaves a hub was named. A plan with --erase that a guard
objects to is refused and never held: who takes things away names the number, then and there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from courseops.actions.journal import Journal
from courseops.actions.leaving.departures import Departures
from courseops.actions.leaving.leavers import (
    OFFBOARD_APPLY,
    OffboardPorts,
    Situation,
    read_situation,
)
from courseops.actions.rosters.reviewing import insist_on_reviewed
from courseops.model.leaving.offboarding import (
    OffboardingPlan,
    Parting,
    Staying,
    objections,
    plan_leaving,
    refuse,
    spell_offboarding,
)
from courseops.model.leaving.parting import Receipt, receipt_fingerprint
from courseops.model.run import Outcome


@dataclass(frozen=True, kw_only=True)
class OffboardPlanned:
    """What `offboard plan` shows; `removable` is what --erase would take away."""

    hub: str
    course_id: str
    username: str
    to: str
    erase: bool
    fingerprint: str
    partings: tuple[Parting, ...]
    removable: tuple[Parting, ...]
    staying: tuple[Staying, ...]
    objections: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReceiptWritten:
    """The receipt of one person: where it lies, and what it says in short."""

    username: str
    path: str
    archive: str
    files: int
    sha256: str
    fingerprint: str
    erased_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Offboarded:
    """What `offboard apply` did."""

    hub: str
    course_id: str
    username: str
    to: str
    erase: bool
    fingerprint: str
    run_id: str
    receipts: tuple[ReceiptWritten, ...]
    outcomes: tuple[Outcome, ...]
    warnings: tuple[str, ...]


def plan_offboarding(
    ports: OffboardPorts, journal: Journal, *, erase: bool = False, allowed: int = 0
) -> OffboardPlanned:
    """Compute what applying would do, keep it under its fingerprint, change nothing."""
    situation = read_situation(ports, erase=erase)
    plan = _settle(ports, journal, situation, erase=erase)
    return OffboardPlanned(
        hub=ports.hub.name,
        course_id=ports.course_id,
        username=ports.username,
        to=plan.to,
        erase=erase,
        fingerprint=plan.fingerprint,
        partings=plan.partings,
        removable=plan.removable,
        staying=plan.staying,
        objections=_objections(ports, plan, situation, allowed),
        warnings=situation.warnings,
    )


def apply_offboarding(
    ports: OffboardPorts,
    journal: Journal,
    *,
    erase: bool = False,
    allowed: int = 0,
    fingerprint: str = "",
) -> Offboarded:
    """
    Archive everybody who leaves and, with `erase`, take away what they had.

    One person's failure never stops the others; who failed is not taken any further, and keeps
    what they have. Doing it again does what is left to do.

    Raises:
        PlanRefusedError: a guard objects, or the plan is not the one of `fingerprint`.
        CourseOpsError: something cannot be read. In any case, nothing was removed.
    """
    with journal.run(OFFBOARD_APPLY, ports.scope, plan=fingerprint) as entry:
        situation = read_situation(ports, erase=erase)
        plan = _settle(ports, journal, situation, erase=erase, reviewed=fingerprint)
        entry.carries(plan.fingerprint)
        refuse(plan, _objections(ports, plan, situation, allowed))
        departures = Departures(ports, journal, entry, situation)
        departures.carry_out(plan)
    return Offboarded(
        hub=ports.hub.name,
        course_id=ports.course_id,
        username=ports.username,
        to=plan.to,
        erase=erase,
        fingerprint=plan.fingerprint,
        run_id=entry.run.id,
        receipts=tuple(_written(path, it) for path, it in departures.kept.values()),
        outcomes=tuple(entry.outcomes),
        warnings=situation.warnings,
    )


def _written(path: str, receipt: Receipt) -> ReceiptWritten:
    archive = receipt.archive
    return ReceiptWritten(
        username=receipt.username,
        path=path,
        archive=archive.name if archive else "",
        files=len(receipt.files),
        sha256=archive.sha256 if archive else "",
        fingerprint=receipt_fingerprint(receipt),
        erased_at=receipt.erased_at,
    )


def _settle(
    ports: OffboardPorts,
    journal: Journal,
    situation: Situation,
    *,
    erase: bool,
    reviewed: str = "",
) -> OffboardingPlan:
    """
    Make the plan and keep it; it must be the `reviewed` one, if one was.

    Raises:
        PlanRefusedError: it is another one by now, or was reviewed too long ago.
    """
    plan = plan_leaving(
        ports.scope,
        ports.archives.place,
        situation.leavers,
        erase=erase,
        staying=situation.staying,
    )
    now = journal.clock.now()
    if reviewed:
        insist_on_reviewed(
            ports.plans,
            ports.plan_scope,
            plan.fingerprint,
            reviewed,
            now,
            of=ports.whom,
            moved="a home, the hub or our record",
            again=ports.command,
        )
    ports.plans.keep(plan.fingerprint, ports.plan_scope, spell_offboarding(plan), now)
    return plan


def _objections(
    ports: OffboardPorts, plan: OffboardingPlan, situation: Situation, allowed: int
) -> tuple[str, ...]:
    """Say why the plan should not be applied; nothing means that it may."""
    return objections(
        plan, ports.limits, situation.people, asked_for=ports.username, allowed=allowed
    )

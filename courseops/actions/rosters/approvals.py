"""What waits for a person: approve a held plan, or reject it; either happens once."""

from __future__ import annotations

from dataclasses import dataclass

from courseops.actions.journal import Journal
from courseops.actions.rosters.course_ports import CoursePorts
from courseops.actions.rosters.roster import RosterApplied, apply_roster
from courseops.errors import CourseOpsError
from courseops.model.rosters.guard import Permission
from courseops.model.run import Ending, Run


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """That `job reject` ended a held run."""

    run_id: str


def held_run(journal: Journal, run_id: str) -> Run:
    """
    Give a run that waits for a person.

    Raises:
        CourseOpsError: there is none of this id, or it waits no longer.
    """
    run = journal.runs.get(run_id)
    if run is None or run.ending is not Ending.HELD:
        state = (
            "there is no such run" if run is None else f"it has ended: {run.ending}. {run.error}"
        )
        waiting = ", ".join(each.id for each in journal.runs.held()) or "nothing"
        raise CourseOpsError(
            f"the run {run_id} does not wait for approval: {state}",
            hint=f"what waits now: {waiting}",
        )
    return run


def approve(ports: CoursePorts, journal: Journal, run: Run) -> RosterApplied:
    """
    Apply the very plan that was held, whatever a guard says of it.

    Raises:
        PlanRefusedError: the world has changed since, or a day has passed.
    """
    permission = Permission(approved=True)
    return apply_roster(ports, journal, fingerprint=run.plan, permission=permission)


def reject(journal: Journal, run: Run) -> Rejected:
    """
    End a held run; its plan will not be applied.

    Raises:
        LockedError: somebody is at work on the course, with this plan perhaps.
        CourseOpsError: it waits no longer.
    """
    # Whoever holds the lock may be applying this very plan.
    with journal.locks.hold(run.scope):
        held_run(journal, run.id)
        why = f"rejected by {journal.actor}"
        journal.runs.settle(run.id, Ending.REFUSED, journal.clock.now(), why)
        journal.remark(run, "reject the held plan")
    return Rejected(run_id=run.id)

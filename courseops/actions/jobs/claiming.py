"""Claim runs: what is due for a daemon, or a job that a person wants run now."""

from __future__ import annotations

import secrets
from dataclasses import replace

from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.actions.journal import new_run_id
from courseops.errors import CourseOpsError
from courseops.model.jobs.job import Job
from courseops.model.jobs.slot import Slot, slot_of
from courseops.model.run import Ending, Run


def claim_by_hand(ports: JobPorts, job: Job, actor: str) -> Claim:
    """Claim a run of a job for a person; nobody else ever wants that slot."""
    now = ports.clock.now()
    run_id = new_run_id(now)
    slot = Slot(due_at=now, job=job.name, by_hand=run_id)
    claim = claim_slot(ports, job, slot, actor, run_id)
    assert claim is not None  # the slot has the run's own name
    return claim


def claim_slot(ports: JobPorts, job: Job, slot: Slot, actor: str, run_id: str = "") -> Claim | None:
    """Claim a slot, or give None if somebody has it, or had it to the end."""
    now = ports.clock.now()
    run = Run(
        id=run_id or new_run_id(now),
        action=job.action,
        scope=job.scope,
        actor=actor,
        started_at=now,
        job=job.name,
    )
    return _claim(ports, job, slot, run)


def take_over(ports: JobPorts, job: Job, run: Run) -> Claim | None:
    """Claim a run whose owner let its lease run out; None if somebody was faster."""
    return _claim(ports, job, slot_of(run), replace(run, started_at=ports.clock.now()))


def _claim(ports: JobPorts, job: Job, slot: Slot, run: Run) -> Claim | None:
    owner = secrets.token_hex(16)
    claimed = ports.slots.claim(slot, run, owner, ports.until())
    return None if claimed is None else Claim(job=job, run=claimed, owner=owner)


def cancel_run(ports: JobPorts, run_id: str, actor: str) -> Run:
    """
    Ask that a job's run be stopped, or the one that a run is part of; give that run.

    Raises:
        CourseOpsError: there is no such run, it has ended, or it is none of a job.
    """
    found = ports.runs.get(run_id)
    if found is None:
        raise CourseOpsError(
            f"there is no run called {run_id}", hint="see them all: courseops job history"
        )
    whole = (ports.runs.get(found.within) if found.within else None) or found
    if not whole.job:
        raise CourseOpsError(
            f"{run_id} is not a job's run, but somebody's own command",
            hint=f"it was started by {found.actor}: stop it there with Ctrl-C",
        )
    if whole.ending is not Ending.RUNNING or not ports.slots.cancel(whole.id, actor):
        raise CourseOpsError(
            f"the run {whole.id} is not under way: {whole.ending}",
            hint=f"see how it went: courseops job show {whole.id}",
        )
    return whole

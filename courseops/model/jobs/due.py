"""Which of the moments that have passed are still to be acted on, and what may begin now.

What was claimed is never claimed again, whoever asks: so looking back too far costs time and
never a second run.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from courseops.model.jobs.job import CatchUp, Job
from courseops.model.jobs.slot import Slot
from courseops.model.run import Run

# What is due so recently was not missed: a daemon is started anew within it.
PATIENCE = timedelta(minutes=2)
# A date may be put into the calendar when it has just passed, or be moved there.
_CALENDAR_BACK = timedelta(days=14)
# A run that takes its machine down with it must not do so for ever.
_ATTEMPTS = 3


def look_from(job: Job, newest: Run | None, known_since: datetime, now: datetime) -> datetime:
    """
    Give the moment from which on the slots of a job may still be to be run.

    `newest` is the run of its latest slot, `known_since` when the job was first heard of: what
    was due before is nobody's omission.
    """
    if job.at is not None:
        return max(known_since, now - _CALENDAR_BACK)
    if newest is None or newest.due_at is None:
        return known_since
    if newest.due_at > now:
        # The clock was ahead and was set right. What it ran then, it ran too early; waiting until
        # that time comes again would be silence.
        return max(known_since, now - PATIENCE)
    return newest.due_at


def to_claim(job: Job, slots: Iterable[Slot], claimed: Container[str], now: datetime) -> list[Slot]:
    """
    Choose from the `slots` up to `now` by the job's `catch_up`, oldest first.

    `claimed` holds the keys of those that somebody has, or had. Of what was missed, "newest"
    chooses the last about each thing: two assignments that were to go out both do.
    """
    free = [slot for slot in slots if slot.due_at <= now]
    if job.catch_up is CatchUp.SKIP:
        free = [slot for slot in free if now - slot.due_at <= PATIENCE]
    elif job.catch_up is CatchUp.NEWEST:
        free = list({slot.about: slot for slot in sorted(free)}.values())
    return sorted(slot for slot in free if slot.key not in claimed)


def may_start(job: Job, running: Iterable[Job]) -> bool:
    """
    Say whether a job need not wait for any of those that run.

    It waits for those with its lock, and for its own last run; only what follows the calendar
    is about another thing each time, and may run beside itself.
    """
    return not any(
        (job.lock and job.lock == other.lock) or (job.at is None and job.name == other.name)
        for other in running
    )


def reason_to_give_up(run: Run, job: Job | None) -> str:
    """
    Say why a run whose owner died is not begun again; empty if it is.

    `job` is its job, if there is one of that name still.
    """
    died = "its process ended without a word"
    if run.due_at is None:
        return f"{died}; it was run by hand"
    if job is None:
        return f"{died}, and there is no job {run.job} any more"
    if run.attempt >= _ATTEMPTS:
        return f"{died}, {run.attempt} times in a row"
    return ""

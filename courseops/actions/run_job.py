"""Run one job: its action, on each hub or course that its patterns name.

The closed table of actions a job may name lives with whoever can wire them; here each is
handed in ready to be called for one hub or course.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from courseops.errors import CourseOpsError, IncompleteError
from courseops.model.jobs.job import Job
from courseops.model.run import Outcome


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """What became of one run of a job, one outcome a hub or course."""

    job: str
    outcomes: tuple[Outcome, ...]


def run_job(job: Job, places: Iterable[str], act: Callable[[str], None]) -> JobRun:
    """
    Call `act` for each hub or course; the trouble of one never stops the others.

    Raises:
        CourseOpsError: there is none: a job that does nothing must not look well.
    """
    outcomes = tuple(_outcome(place, act) for place in places)
    if not outcomes:
        raise CourseOpsError(
            f"the job {job.name} is for no hub or course of this site",
            hint="see its `hubs` and `courses`, and whether the configuration has what it needs",
        )
    return JobRun(job=job.name, outcomes=outcomes)


def _outcome(place: str, act: Callable[[str], None]) -> Outcome:
    try:
        act(place)
    except IncompleteError as error:
        return Outcome.failed(place, str(error), kind="incomplete", mend=error.hint)
    except CourseOpsError as error:
        reason = "; ".join([str(error), *error.problems])
        return Outcome.failed(place, reason, kind="error", mend=error.hint)
    return Outcome.done(place)

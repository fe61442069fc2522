"""Carry out one claimed run of a job: its action, on each hub or course that its patterns name.

The closed table of actions a job may name lives with whoever can wire them; here each is
handed in ready to be called for one hub or course.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.actions.jobs.watching import Watch
from courseops.actions.journal import ending_for, in_words
from courseops.errors import CourseOpsError, LockedError
from courseops.events import log
from courseops.model.jobs.cause import kind_of
from courseops.model.jobs.job import Job
from courseops.model.run import Ending, Outcome, ending_of

# What is done for one place; it says in a word what came of it, if there is something to say.
Act = Callable[[str], str]

# How soon a run that waits for its turn asks again.
_ASK_EVERY_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class JobRun:
    """What became of one run of a job, one outcome a hub or course."""

    job: str
    run: str
    outcomes: tuple[Outcome, ...]


def carry_out(
    ports: JobPorts, claim: Claim, work: Callable[[], tuple[Iterable[str], Act]]
) -> JobRun:
    """
    Carry out a claimed run to the end, and end it; `work` gives its places and what to do there.

    It is stopped at its deadline, when somebody cancels it, and at once when the claim was lost.
    A run of a daemon that is stopped from outside is not ended: the daemon does, or hands it on.

    Raises:
        LockedError: a run by hand found another one at work.
        CourseOpsError: it was stopped, or could not begin; its record says so, too.
    """
    with Watch(ports, claim) as watch:
        ports.begun(claim)
        try:
            with _turn(ports, claim):
                places, act = work()
                outcomes = run_job(claim.job, places, act, _note(ports, claim))
        except BaseException as error:
            watch.close()
            if watch.why:
                _end(ports, claim, Ending.INTERRUPTED, watch.why)
                raise CourseOpsError(f"the run {claim.run.id} was stopped: {watch.why}") from error
            ending = ending_for(error)
            if claim.by_hand or ending is not Ending.INTERRUPTED:
                _end(ports, claim, ending, in_words(error))
            raise
        watch.close()
        _end(ports, claim, ending_of(outcomes))
    return JobRun(job=claim.job.name, run=claim.run.id, outcomes=outcomes)


def run_job(
    job: Job, places: Iterable[str], act: Act, note: Callable[[Outcome], None]
) -> tuple[Outcome, ...]:
    """
    Call `act` for each hub or course; the trouble of one never stops the others.

    Each outcome is handed to `note` as soon as there is one.

    Raises:
        CourseOpsError: there is none: a job that does nothing must not look well.
    """
    outcomes = []
    for place in places:
        outcomes.append(_outcome(place, act))
        note(outcomes[-1])
    if not outcomes:
        raise CourseOpsError(
            f"the job {job.name} is for no hub or course of this site",
            hint="see its `hubs` and `courses`, and whether the configuration has what it needs",
        )
    return tuple(outcomes)


def _outcome(place: str, act: Act) -> Outcome:
    try:
        said = act(place)
    except CourseOpsError as error:
        return Outcome.failed(place, error.in_full, kind=kind_of(error), mend=error.hint)
    return Outcome.done(place, said)


def _note(ports: JobPorts, claim: Claim) -> Callable[[Outcome], None]:
    return lambda outcome: ports.runs.note(claim.run.id, [outcome])


@contextmanager
def _turn(ports: JobPorts, claim: Claim) -> Iterator[None]:
    """Have the job's lock; a run that was due waits for it, a person is told who has it."""
    with ExitStack() as held:
        while claim.job.turn:
            try:
                held.enter_context(ports.locks.hold(claim.job.turn))
                break
            except LockedError:
                if claim.by_hand:
                    raise
                time.sleep(_ASK_EVERY_SECONDS)
        yield


def _end(ports: JobPorts, claim: Claim, ending: Ending, error: str = "") -> None:
    now = ports.clock.now()
    if not ports.slots.finish(claim.run.id, claim.owner, ending, now, error):
        log().warning("run belongs to somebody else by now", action="job-run", ending=ending)
        return
    log().info("job ended", action="job-run", ending=ending, error=error)
    ports.ended(claim)

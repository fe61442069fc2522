"""The daemon: at each beat, see what has ended, what was abandoned, and what is due.

It knows nothing that is not on record: whatever it was doing when it was killed, the next one
finds out from the slots. It never does a job's work itself; that is the runner's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile

from courseops.actions.jobs.claiming import claim_slot, take_over
from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.daemon.troubles import Troubles
from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.jobs.due import (
    look_from,
    may_start,
    reason_to_give_up,
    to_claim,
)
from courseops.model.jobs.job import Job
from courseops.model.jobs.slot import Slot
from courseops.model.jobs.standing import Standing
from courseops.model.moment import is_recent
from courseops.model.run import Ending, Run
from courseops.ports.jobs import Runner, Times

# The calendar may change at any time; it is read anew as often.
_CALENDAR_EVERY = timedelta(minutes=1)
# How soon an ending daemon notices that a run is over.
_LOOK_EVERY_SECONDS = 0.1
_OUR_RECORD = "the record of runs"


@dataclass(frozen=True, kw_only=True)
class Duties:
    """What a daemon has to do, and with what; a reload gives it new ones."""

    jobs: Mapping[str, Job]
    ports: JobPorts
    times: Times
    at_once: int
    actor: str


class Daemon:
    """
    Claims what is due and has it run, `at_once` at a time; looks after what runs.

    `beat` is called each second, from any thread; it returns at once where there is nothing to
    do, and raises nothing: what went wrong is in `troubles`, and tried again. `count` is told of
    each run that is over.
    """

    def __init__(
        self, duties: Duties, runner: Runner, *, count: Callable[[Run], None] = lambda _run: None
    ) -> None:
        self.troubles = Troubles()
        self._count = count
        self.begun = 0
        self._duties = duties
        self._runner = runner
        self._alone = threading.Lock()
        self._claims: dict[str, Claim] = {}
        self._over: dict[str, str] = {}
        self._look_at: dict[str, datetime] = {}
        self._next: dict[str, Slot] = {}
        self._waiting: dict[str, int] = {}
        self._beat_at: datetime = duties.ports.clock.now()
        self._checked_at: datetime | None = None
        self._is_ending = False

    def assign(self, duties: Duties) -> None:
        """Give it other duties from the next beat on; what runs goes on as it was begun."""
        with self._alone:
            self._duties = duties
            self._look_at.clear()
            self._next.clear()
            self._waiting.clear()

    def beat(self) -> None:
        """See what ended, what was abandoned and what is due, and act on it."""
        with self._alone:
            now = self._duties.ports.clock.now()
            if now < self._beat_at:
                # The clock was set back: what comes next comes earlier than we thought.
                self._look_at.clear()
            with self.troubles.about(_OUR_RECORD):
                self._reap(now)
                if self._is_time_for_leases(now):
                    self._hold_on()
                    if not self._is_ending:
                        self._take_over(now)
                    self._checked_at = now
                if not self._is_ending:
                    self._claim_due(now)
            self._beat_at = now

    def ailments(self) -> dict[str, str]:
        """Give what keeps it from working as it should, in words, by what it is about."""
        return {**self._duties.times.troubles(), **self.troubles.words()}

    def standing(self, *, is_active: bool = True) -> Standing:
        """Say how it stands."""
        return Standing(
            beat_at=self._beat_at,
            is_active=is_active,
            running=len(self._claims),
            waiting=sum(self._waiting.values()),
            coming={name: self._coming(name) for name in self._duties.jobs},
            troubles=tuple(f"{subject}: {words}" for subject, words in self.ailments().items()),
        )

    def _coming(self, name: str) -> datetime | None:
        slot = self._next.get(name)
        return slot.due_at if slot is not None else None

    def wind_down(
        self, grace_seconds: float, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """
        Begin nothing more; wait for what runs, then have it stopped and leave it to the next.

        What runs has `grace_seconds` to end by itself, and as long again once it was asked to.
        """
        self._is_ending = True
        self._await(grace_seconds, pause)
        for run_id in list(self._claims):
            self._runner.stop(run_id, "the daemon ends")
        # The runner has a grace time of its own, after which it kills.
        self._await(2 * grace_seconds, pause)

    def _await(self, seconds: float, pause: Callable[[float], None]) -> None:
        until = time.monotonic() + seconds
        self.beat()
        while self._claims and time.monotonic() < until:
            pause(_LOOK_EVERY_SECONDS)
            self.beat()

    def _reap(self, now: datetime) -> None:
        # Kept until it is on record: a database that is locked must not lose it.
        self._over.update(self._runner.ended())
        for run_id, words in list(self._over.items()):
            claim = self._claims[run_id]
            if self._is_ending:
                # Whoever comes next takes over at once what has not ended.
                self._duties.ports.slots.renew(run_id, claim.owner, now)
            else:
                self._end(claim, Ending.INTERRUPTED, words, now)
            del self._over[run_id], self._claims[run_id]

    def _is_time_for_leases(self, now: datetime) -> bool:
        every = timedelta(seconds=self._duties.ports.lease_seconds / 3)
        return not is_recent(self._checked_at, now, every)

    def _hold_on(self) -> None:
        """Renew the claims of what runs here: a process that is slow to start, or hangs, lives."""
        for run_id, claim in self._claims.items():
            self._duties.ports.slots.renew(run_id, claim.owner, self._duties.ports.until())

    def _take_over(self, now: datetime) -> None:
        ports = self._duties.ports
        for run in ports.slots.abandoned(now):
            job = self._duties.jobs.get(run.job)
            reason = reason_to_give_up(run, job)
            if job is not None and not reason and not self._may_begin(job, instead_of=run.id):
                continue
            claim = take_over(ports, job or _unknown(run), run)
            if claim is None:
                continue
            log().warning("run is taken over", run=run.id, job=run.job, attempt=claim.run.attempt)
            if reason:
                self._end(claim, Ending.INTERRUPTED, reason, now)
            else:
                self._start(claim, now)

    def _claim_due(self, now: datetime) -> None:
        looked_at = {name: self._look_at.get(name, now) for name in self._duties.jobs}
        late = sorted((at, name) for name, at in looked_at.items() if at <= now)
        if not late:
            return
        names = [name for _, name in late]
        newest = self._duties.ports.slots.newest(names)
        known = self._duties.ports.slots.known_since(names, now)
        for name in names:
            job = self._duties.jobs[name]
            since = look_from(job, newest.get(name), known[name], now)
            self._claim_slots(job, since, now)

    def _claim_slots(self, job: Job, since: datetime, now: datetime) -> None:
        times = self._duties.times
        passed: list[Slot] = []
        coming: Slot | None = None
        with self.troubles.about(job.scope):
            passed = list(times.between(job, since, now))
            coming = times.next(job, now)
        claimed = self._duties.ports.slots.claimed(job.name, since) if passed else set()
        wanted = to_claim(job, passed, claimed, now)
        # One after the other: were a later one begun first, nobody would look for those before it.
        waiting = list(dropwhile(lambda slot: self._begin(job, slot, now), wanted))
        self._waiting[job.name] = len(waiting)
        if coming:
            self._next[job.name] = coming
        else:
            self._next.pop(job.name, None)
        looks = [slot.due_at for slot in (*waiting[:1], *filter(None, [coming]))]
        if job.at is not None:
            looks.append(now + _CALENDAR_EVERY)
        self._look_at[job.name] = min(looks, default=now + _CALENDAR_EVERY)

    def _begin(self, job: Job, slot: Slot, now: datetime) -> bool:
        """Claim a slot and have it run; False if it has to wait."""
        if not self._may_begin(job):
            return False
        claim = claim_slot(self._duties.ports, job, slot, self._duties.actor)
        if claim is not None:
            log().info("run started", run=claim.run.id, job=job.name, slot=slot.key)
            self._start(claim, now)
        return True

    def _may_begin(self, job: Job, *, instead_of: str = "") -> bool:
        """Say whether there is room for a run, and nothing runs anywhere that it waits for."""
        if len(self._claims) >= self._duties.at_once:
            return False
        underway = self._duties.ports.slots.underway()
        jobs = (self._duties.jobs.get(run.job) for run in underway if run.id != instead_of)
        return may_start(job, filter(None, jobs))

    def _start(self, claim: Claim, now: datetime) -> None:
        self.begun += 1
        self._claims[claim.run.id] = claim
        try:
            self._runner.start(claim.job, claim.run, claim.owner)
        except CourseOpsError as error:
            del self._claims[claim.run.id]
            self._end(claim, Ending.FAILED, str(error), now)

    def _end(self, claim: Claim, ending: Ending, words: str, now: datetime) -> None:
        """End a run that did not end itself, with what was begun within it."""
        ports, run_id = self._duties.ports, claim.run.id
        if ports.slots.finish(run_id, claim.owner, ending, now, words):
            log().warning("run ended", run=run_id, job=claim.job.name, ending=ending, error=words)
            for run in ports.runs.recent(within=run_id, endings={Ending.RUNNING}, limit=1000):
                ports.runs.end(run.id, Ending.INTERRUPTED, now, words)
            ports.ended(claim)
        over = ports.runs.get(run_id)
        if over is not None:
            self._count(over)


def _unknown(run: Run) -> Job:
    """Stand in for a job that is no longer defined."""
    return Job(name=run.job, description="", action=run.action)

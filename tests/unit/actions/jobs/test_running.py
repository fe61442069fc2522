"""A claimed run is carried out, watched over, and ended by its owner alone."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from courseops.actions.jobs import watching
from courseops.actions.jobs.claiming import cancel_run, claim_by_hand, claim_slot, take_over
from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.actions.jobs.running import carry_out
from courseops.actions.jobs.watching import Watch
from courseops.adapters.memory.ambient import FixedClock, MemoryLocks
from courseops.adapters.memory.jobs import MemorySlots
from courseops.adapters.memory.store import MemoryRuns
from courseops.errors import (
    CourseOpsError,
    LockedError,
    PlanHeldError,
    UnreachableError,
)
from courseops.model.jobs.job import Job
from courseops.model.jobs.slot import Slot
from courseops.model.run import Ending, Run, Status

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
JOB = Job(name="nightly", description="", action="backup", cron="0 2 * * *", deadline_minutes=30)


class Stopped(SystemExit):
    """What the signal raises that has a process stop."""


class World:
    """One record; `stop` is heard by the work that waits for it."""

    def __init__(self):
        self.clock = FixedClock(START)
        self.runs = MemoryRuns()
        self.slots = MemorySlots(self.runs)
        self.stopped = threading.Event()
        self.told: list[tuple[str, str]] = []
        self.ports = JobPorts(
            slots=self.slots,
            runs=self.runs,
            locks=MemoryLocks(),
            clock=self.clock,
            lease_seconds=60,
            stop=self.stopped.set,
            begun=lambda claim: self.told.append(("begun", claim.run.id)),
            ended=lambda claim: self.told.append(("ended", self.run(claim).ending)),
        )

    def due(self, job: Job = JOB) -> Claim:
        claim = claim_slot(self.ports, job, Slot(due_at=START, job=job.name), "daemon")
        assert claim is not None
        return claim

    def by_hand(self) -> Claim:
        return claim_by_hand(self.ports, JOB, "ada")

    def run(self, claim: Claim) -> Run:
        found = self.runs.get(claim.run.id)
        assert found is not None
        return found

    def wait_to_be_stopped(self, _place: str) -> None:
        assert self.stopped.wait(30)
        raise Stopped


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(watching, "_LOOK_EVERY_SECONDS", 0.01)
    return World()


def places(act, *names):
    return lambda: (names or ("campus",), act)


def nothing(_place):
    return ""


def fail(error):
    def act(_place):
        raise error

    return act


def test_a_run_leaves_an_outcome_a_place_and_ends_by_them(world):
    def act(place):
        if place == "lab":
            raise UnreachableError("hub lab does not answer", hint="is it running?")

    claim = world.due()
    done = carry_out(world.ports, claim, places(act, "campus", "lab"))

    assert done.run == claim.run.id
    assert [it.status for it in world.runs.outcomes(claim.run.id)] == [Status.DONE, Status.FAILED]
    assert world.run(claim).ending is Ending.INCOMPLETE
    assert world.told == [("begun", claim.run.id), ("ended", Ending.INCOMPLETE)]


def test_outcomes_are_on_record_before_the_next_place_begins(world):
    claim = world.due()
    seen = []
    work = places(lambda _: seen.append(len(world.runs.outcomes(claim.run.id))), "a", "b", "c")
    carry_out(world.ports, claim, work)
    assert seen == [0, 1, 2]


def test_what_a_guard_holds_is_told_from_what_failed(world):
    claim = world.due()
    carry_out(world.ports, claim, places(fail(PlanHeldError("too many drops"))))
    assert [it.kind for it in world.runs.outcomes(claim.run.id)] == ["held"]


def test_what_cannot_begin_failed_and_says_why(world):
    claim = world.due()
    with pytest.raises(CourseOpsError):
        carry_out(world.ports, claim, fail_to_open)
    assert (world.run(claim).ending, world.run(claim).error) == (Ending.FAILED, "no such hub")


def fail_to_open():
    raise CourseOpsError("no such hub")


def test_a_fault_of_ours_ends_the_run_as_failed_and_is_not_hidden(world):
    claim = world.due()
    with pytest.raises(ZeroDivisionError):
        carry_out(world.ports, claim, places(fail(ZeroDivisionError("division by zero"))))
    assert world.run(claim).ending is Ending.FAILED


def test_a_run_past_its_deadline_is_stopped_and_says_so(world):
    claim = world.due(replace(JOB, deadline_minutes=0))
    with pytest.raises(CourseOpsError, match="its deadline of 0 minutes"):
        carry_out(world.ports, claim, places(world.wait_to_be_stopped))
    assert world.run(claim).ending is Ending.INTERRUPTED
    assert world.run(claim).error == "it took longer than its deadline of 0 minutes"


@pytest.mark.parametrize("claimed", [World.due, World.by_hand])
def test_a_run_that_somebody_cancels_is_stopped_and_says_who_did(world, claimed):
    claim = claimed(world)
    cancel_run(world.ports, claim.run.id, "grace")
    with pytest.raises(CourseOpsError, match="grace cancelled it"):
        carry_out(world.ports, claim, places(world.wait_to_be_stopped))
    assert (world.run(claim).ending, world.run(claim).error) == (
        Ending.INTERRUPTED,
        "grace cancelled it",
    )


def test_a_run_that_lost_its_claim_stops_at_once_and_ends_nothing(world):
    claim = world.due()
    world.clock.advance(timedelta(seconds=61))
    taken = take_over(world.ports, JOB, claim.run)
    ports = replace(world.ports, lease_seconds=0)
    with pytest.raises(CourseOpsError, match="its claim was lost"):
        carry_out(ports, claim, places(world.wait_to_be_stopped))
    assert world.run(claim).ending is Ending.RUNNING
    assert carry_out(world.ports, taken, places(nothing)).outcomes
    assert world.run(claim).ending is Ending.DONE


def test_a_daemons_run_that_is_stopped_from_outside_is_left_to_the_daemon(world):
    claim = world.due()
    with pytest.raises(Stopped):
        carry_out(world.ports, claim, places(fail(Stopped())))
    assert world.run(claim).ending is Ending.RUNNING


def test_a_run_by_hand_that_is_interrupted_ends_so(world):
    claim = world.by_hand()
    with pytest.raises(KeyboardInterrupt):
        carry_out(world.ports, claim, places(fail(KeyboardInterrupt())))
    assert world.run(claim).ending is Ending.INTERRUPTED


def test_by_hand_one_is_told_who_is_at_work_and_what_is_due_waits_for_its_turn(world):
    hand = world.by_hand()
    with world.ports.locks.hold(JOB.turn), pytest.raises(LockedError):
        carry_out(world.ports, hand, places(nothing))
    assert world.run(hand).ending is Ending.FAILED

    claim, begun = world.due(), threading.Event()
    work = places(lambda _: begun.set())
    with world.ports.locks.hold(JOB.turn):
        waiting = threading.Thread(target=carry_out, args=(world.ports, claim, work))
        waiting.start()
        assert not begun.wait(1)
    waiting.join(30)
    assert world.run(claim).ending is Ending.DONE


class FaultySlots(MemorySlots):
    def renew(self, *_args):
        raise UnreachableError("PostgreSQL does not answer")


def test_a_claim_is_renewed_in_time_and_given_up_when_it_could_not_be(world):
    elapsed = [0.0]
    claim = world.due()
    watch = Watch(world.ports, claim, elapsed=lambda: elapsed[0])
    for _ in range(60):
        elapsed[0] += 1
        world.clock.advance(timedelta(seconds=1))
        assert watch.look() == ""
    # It was claimed until the sixtieth second.
    assert world.slots.abandoned(START + timedelta(seconds=119)) == []

    watch = Watch(
        replace(world.ports, slots=FaultySlots(world.runs)), claim, elapsed=lambda: elapsed[0]
    )
    elapsed[0] += 39
    assert watch.look() == ""
    elapsed[0] += 2
    assert watch.look() == (
        "its claim runs out, since it could not be renewed: PostgreSQL does not answer"
    )


def test_a_claim_is_given_up_in_time_however_long_it_takes_to_hear_nothing(world):
    elapsed = [0.0]

    class SilentSlots(FaultySlots):
        def renew(self, *args):
            elapsed[0] += 21
            super().renew(*args)

    ports = replace(world.ports, slots=SilentSlots(world.runs))
    watch = Watch(ports, world.due(), elapsed=lambda: elapsed[0])
    elapsed[0] += 20
    assert watch.look().startswith("its claim runs out")


def test_who_cancels_hears_when_there_is_nothing_to_cancel(world):
    with pytest.raises(CourseOpsError, match="no run called x"):
        cancel_run(world.ports, "x", "grace")
    claim = world.due()
    part = Run(id="part", action="x", scope="y", actor="z", started_at=START, within=claim.run.id)
    world.runs.start(part)
    assert cancel_run(world.ports, "part", "grace").id == claim.run.id
    assert world.slots.cancelled_by(claim.run.id) == "grace"
    assert world.slots.finish(claim.run.id, claim.owner, Ending.DONE, START)
    with pytest.raises(CourseOpsError, match="is not under way: done"):
        cancel_run(world.ports, claim.run.id, "grace")
    world.runs.start(replace(part, id="own", within=""))
    with pytest.raises(CourseOpsError, match="somebody's own command"):
        cancel_run(world.ports, "own", "grace")

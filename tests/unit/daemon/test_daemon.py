"""The daemon on a clock that a test moves: what it begins, takes over, ends and hands on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from courseops.actions.jobs.claiming import claim_by_hand, claim_slot
from courseops.actions.jobs.ports import JobPorts
from courseops.adapters.memory.ambient import FixedClock, MemoryLocks
from courseops.adapters.memory.jobs import MemorySlots
from courseops.adapters.memory.runner import MemoryRunner
from courseops.adapters.memory.store import MemoryRuns
from courseops.adapters.times.schedules import Schedules
from courseops.daemon.daemon import Daemon, Duties
from courseops.errors import CourseOpsError
from courseops.model.jobs.job import CatchUp, Job
from courseops.model.jobs.slot import Slot
from courseops.model.run import Ending, Run

START = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def job(name: str, **more) -> Job:
    schedule = {} if more.keys() & {"cron", "at"} else {"every_minutes": 1}
    return Job(name=name, description="", action="backup", **schedule, **more)


class FaultySlots(MemorySlots):
    """Slots that fail as long as `fault` says so, and remember by whom runs were claimed."""

    def __init__(self, runs):
        super().__init__(runs)
        self.fault = ""
        self.owners = {}

    def claim(self, slot, run, owner, until):
        claimed = super().claim(slot, run, owner, until)
        if claimed is not None:
            self.owners[claimed.id] = owner
        return claimed

    def newest(self, jobs):
        self._fail()
        return super().newest(jobs)

    def finish(self, *args):
        self._fail()
        return super().finish(*args)

    def _fail(self):
        if self.fault:
            raise CourseOpsError(self.fault)


@dataclass
class World:
    """Daemons that share one record, each with processes of its own."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    ended: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.slots = FaultySlots(self.runs)
        self.ports = JobPorts(
            slots=self.slots,
            runs=self.runs,
            locks=MemoryLocks(),
            clock=self.clock,
            lease_seconds=60,
            stop=lambda: None,
            ended=lambda claim: self.ended.append(claim.run.id),
        )

    def duties(self, *jobs: Job, at_once: int = 2) -> Duties:
        return Duties(
            jobs={it.name: it for it in jobs},
            ports=self.ports,
            times=Schedules("UTC", lambda _job: ()),
            at_once=at_once,
            actor="daemon",
        )

    def daemon(self, *jobs: Job, at_once: int = 2, runner: MemoryRunner | None = None):
        runner = runner or MemoryRunner(carry=self.carry)
        return Daemon(self.duties(*jobs, at_once=at_once), runner), runner

    def carry(self, _job: Job, run: Run, owner: str) -> None:
        assert self.slots.finish(run.id, owner, Ending.DONE, self.clock.now())

    def pass_time(self, *daemons: Daemon, seconds: int):
        for _ in range(seconds):
            self.clock.advance(SECOND)
            for daemon in daemons:
                daemon.beat()

    def run(self, run_id: str) -> Run:
        found = self.runs.get(run_id)
        assert found is not None
        return found


@pytest.fixture
def world():
    return World()


def at(*minutes: int) -> list[datetime]:
    return [START.replace(second=0) + minute * MINUTE for minute in minutes]


def test_what_is_due_begins_at_its_second_and_once(world):
    daemon, runner = world.daemon(job("sample"))
    daemon.beat()
    assert runner.started == []
    world.pass_time(daemon, seconds=150)
    assert [run.due_at for run in runner.started] == at(1, 2, 3)
    assert [run.started_at for run in runner.started] == at(1, 2, 3)
    assert {world.run(run.id).ending for run in runner.started} == {Ending.DONE}


def test_two_daemons_share_the_work_and_nothing_runs_twice(world):
    jobs = [job(f"job-{number}") for number in range(6)]
    one, ones = world.daemon(*jobs)
    two, twos = world.daemon(*jobs)
    world.pass_time(one, two, seconds=125)
    begun = [(run.job, run.due_at) for run in (*ones.started, *twos.started)]
    assert sorted(begun) == sorted((it.name, moment) for it in jobs for moment in at(1, 2))
    assert ones.started
    assert twos.started


def test_only_so_many_run_at_once_and_who_was_due_first_begins_first(world):
    early = job("zeta", cron="1 9 * * *")
    late = [job(name, cron="2 9 * * *") for name in ("beta", "alpha")]
    daemon, runner = world.daemon(*late, early, at_once=1, runner=MemoryRunner())
    world.pass_time(daemon, seconds=120)
    assert [run.job for run in runner.started] == ["zeta"]
    assert daemon.standing().waiting == 2
    for _ in range(2):
        runner.end(runner.started[-1].id)
        daemon.beat()
    assert [run.job for run in runner.started] == ["zeta", "alpha", "beta"]


def test_jobs_with_the_same_lock_wait_for_each_other_under_any_daemon(world):
    jobs = [job(name, cron="1 9 * * *", lock="repositories") for name in ("a", "b")]
    one, ones = world.daemon(*jobs, runner=MemoryRunner())
    two, twos = world.daemon(*jobs, runner=MemoryRunner())
    world.pass_time(one, two, seconds=40)
    assert [run.job for run in (*ones.started, *twos.started)] == ["a"]
    ones.end(ones.started[0].id)
    world.pass_time(one, two, seconds=1)
    assert [run.job for run in (*ones.started, *twos.started)] == ["a", "b"]


def test_a_job_that_still_runs_is_not_begun_beside_itself(world):
    daemon, runner = world.daemon(job("slow"), runner=MemoryRunner())
    world.pass_time(daemon, seconds=170)
    assert [run.due_at for run in runner.started] == at(1)
    runner.end(runner.started[0].id)
    daemon.beat()
    # Of those that it missed meanwhile, the newest.
    assert [run.due_at for run in runner.started] == at(1, 3)


def test_what_waits_is_not_passed_over_by_what_came_after_it(world, monkeypatch):
    every_one = job("each", catch_up=CatchUp.EACH)
    daemon, runner = world.daemon(every_one)
    daemon.beat()
    world.clock.advance(3 * MINUTE)
    elsewhere = claim_slot(world.ports, every_one, Slot(due_at=at(1)[0], job="each"), "another")
    look = world.slots.underway

    def ends_while_we_look():
        seen = look()
        world.carry(every_one, elsewhere.run, elsewhere.owner)
        monkeypatch.setattr(world.slots, "underway", look)
        return seen

    monkeypatch.setattr(world.slots, "underway", ends_while_we_look)
    world.pass_time(daemon, seconds=2)
    assert [run.due_at for run in runner.started] == at(2, 3)


def test_after_two_days_each_job_catches_up_as_it_says(world):
    jobs = [job(str(kind), cron="15 3 * * *", catch_up=kind) for kind in CatchUp]
    before, _ = world.daemon(*jobs)
    before.beat()
    world.clock.advance(timedelta(days=2))
    daemon, runner = world.daemon(*jobs)
    world.pass_time(daemon, seconds=3)
    found = sorted((run.job, run.due_at.day) for run in runner.started)
    assert found == [("each", 3), ("each", 4), ("newest", 4)]


def test_a_run_whose_process_died_is_interrupted_with_what_was_part_of_it(world):
    daemon, runner = world.daemon(job("sample"), runner=MemoryRunner())
    world.pass_time(daemon, seconds=31)
    (run,) = runner.started
    part = Run(id="part", action="x", scope="hub/x", actor="y", started_at=START, within=run.id)
    world.runs.start(part)
    runner.end(run.id, "its process was killed by signal 9")
    daemon.beat()
    for run_id in (run.id, "part"):
        ended = world.run(run_id)
        assert ended.ending is Ending.INTERRUPTED
        assert ended.error == "its process was killed by signal 9"
    assert world.ended == [run.id]


def test_what_ended_itself_stays_as_it_ended(world):
    daemon, runner = world.daemon(job("sample"))
    world.pass_time(daemon, seconds=32)
    assert world.run(runner.started[0].id).ending is Ending.DONE
    assert world.ended == []


def test_a_run_that_cannot_be_started_failed_and_the_next_is_tried(world):
    daemon, runner = world.daemon(job("sample"), runner=MemoryRunner(exhausted=True))
    world.pass_time(daemon, seconds=31)
    (run,) = world.runs.recent()
    assert (run.ending, run.error) == (Ending.FAILED, "no process can be started")
    assert world.ended == [run.id]
    runner.exhausted = False
    world.pass_time(daemon, seconds=60)
    assert [it.due_at for it in runner.started] == at(2)


def test_the_run_of_a_daemon_that_died_is_taken_over_once_its_lease_is_out(world):
    dead, deads = world.daemon(job("nightly", cron="1 9 * * *"), runner=MemoryRunner())
    world.pass_time(dead, seconds=30)
    (run,) = deads.started
    daemon, runner = world.daemon(job("nightly", cron="1 9 * * *"))
    world.pass_time(daemon, seconds=60)
    assert runner.started == []
    world.pass_time(daemon, seconds=25)
    assert [(it.id, it.attempt) for it in runner.started] == [(run.id, 2)]
    world.pass_time(daemon, seconds=200)
    assert len(runner.started) == 1
    assert world.run(run.id).ending is Ending.DONE


def test_a_run_that_takes_its_daemon_down_each_time_is_given_up(world):
    nightly = job("nightly", cron="1 9 * * *")
    attempts = []
    for _ in range(6):
        daemon, runner = world.daemon(nightly, runner=MemoryRunner())
        world.pass_time(daemon, seconds=90)
        attempts += [run.attempt for run in runner.started]
    assert attempts == [1, 2, 3]
    (run,) = world.runs.recent()
    assert run.ending is Ending.INTERRUPTED
    assert run.error == "its process ended without a word, 3 times in a row"


def test_a_run_by_hand_or_of_a_job_that_is_gone_is_ended_and_not_begun_again(world):
    by_hand = claim_by_hand(world.ports, job("by-hand"), "ada").run
    gone = claim_slot(world.ports, job("gone"), Slot(due_at=START, job="gone"), "daemon")
    daemon, runner = world.daemon(job("by-hand", cron="0 0 1 1 *"))
    world.pass_time(daemon, seconds=90)
    assert runner.started == []
    assert world.run(by_hand.id).error.endswith("it was run by hand")
    assert world.run(gone.run.id).error.endswith("there is no job gone any more")


def test_a_run_that_is_slow_to_renew_its_claim_is_held_by_its_daemon_meanwhile(world):
    nightly = job("nightly", cron="1 9 * * *")
    one, ones = world.daemon(nightly, runner=MemoryRunner())
    two, twos = world.daemon(nightly)
    world.pass_time(one, two, seconds=600)
    assert len(ones.started) == 1
    assert twos.started == []


def test_a_record_that_fails_is_said_once_and_loses_nothing(world):
    daemon, runner = world.daemon(job("sample"), runner=MemoryRunner())
    world.pass_time(daemon, seconds=31)
    world.slots.fault = "the disk is full"
    runner.end(runner.started[0].id)
    with capture_logs() as said:
        world.pass_time(daemon, seconds=70)
    assert daemon.standing().troubles == ("the record of runs: the disk is full",)
    assert [line["error"] for line in said] == ["the disk is full"]

    world.slots.fault = ""
    world.pass_time(daemon, seconds=1)
    assert daemon.standing().troubles == ()
    assert world.run(runner.started[0].id).ending is Ending.INTERRUPTED
    assert [run.due_at for run in runner.started] == at(1, 2)


def test_when_the_clock_is_set_back_nothing_runs_twice_and_what_comes_next_does(world):
    daily, sample = job("daily", cron="1 9 * * *"), job("sample")
    world.slots.known_since(["daily", "sample"], START - timedelta(hours=2))
    daemon, runner = world.daemon(daily, sample)
    daemon.beat()
    runner.started.clear()
    world.pass_time(daemon, seconds=31)
    world.clock.advance(timedelta(hours=-1))
    world.pass_time(daemon, seconds=60)
    begun = [(run.job, run.due_at) for run in runner.started]
    assert begun == [("daily", at(1)[0]), *(("sample", it) for it in at(1, -59, -58))]
    world.pass_time(daemon, seconds=3600)
    begun = [(run.job, run.due_at) for run in runner.started]
    assert len(begun) == len(set(begun))


def test_other_duties_count_from_the_next_beat_on(world):
    daemon, runner = world.daemon(job("old"))
    daemon.beat()
    daemon.assign(world.duties(job("new")))
    world.pass_time(daemon, seconds=120)
    # What was due before it was known is nobody's omission.
    assert {(run.job, run.due_at) for run in runner.started} == {("new", it) for it in at(1, 2)}


def test_one_job_whose_times_fail_is_said_and_stops_no_other(world, monkeypatch):
    daemon, runner = world.daemon(job("good"), job("bad"))
    between = Schedules.between

    def failing(self, job, after, until):
        if job.name == "bad":
            raise ValueError("no such thing")
        return between(self, job, after, until)

    monkeypatch.setattr(Schedules, "between", failing)
    world.pass_time(daemon, seconds=31)
    assert [run.job for run in runner.started] == ["good"]
    assert daemon.standing().troubles == ("job/bad: no such thing",)


def test_at_its_end_it_begins_nothing_and_leaves_what_runs_to_the_next(world):
    daemon, runner = world.daemon(job("sample"), runner=MemoryRunner())
    world.pass_time(daemon, seconds=31)
    (run,) = runner.started
    daemon.wind_down(0, pause=lambda _: None)
    assert runner.stopped == {run.id: "the daemon ends"}
    assert world.run(run.id).ending is Ending.RUNNING

    following, next_runner = world.daemon(job("sample"))
    world.pass_time(following, seconds=2)
    assert [(it.id, it.attempt) for it in next_runner.started] == [(run.id, 2)]
    assert world.run(run.id).ending is Ending.DONE


def test_what_ends_in_time_is_not_stopped_at_its_end(world):
    daemon, runner = world.daemon(job("sample"), runner=MemoryRunner())
    world.pass_time(daemon, seconds=31)
    (run,) = runner.started

    def carry_on(_seconds):
        world.carry(job("sample"), run, world.slots.owners[run.id])
        runner.end(run.id, "")

    daemon.wind_down(60, pause=carry_on)
    assert runner.stopped == {}
    assert world.run(run.id).ending is Ending.DONE


def test_it_says_what_is_next(world):
    daemon, _ = world.daemon(job("sample"), job("nightly", cron="0 2 * * *"))
    daemon.beat()
    standing = daemon.standing()
    nightly = datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert standing.coming == {"sample": at(1)[0], "nightly": nightly}
    assert standing.beat_at == START
    assert standing.running == 0

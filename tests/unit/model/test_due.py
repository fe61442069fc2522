"""What was missed is caught up as each job says; what runs already is waited for."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.jobs.due import PATIENCE, look_from, may_start, to_claim
from courseops.model.jobs.job import At, CatchUp, Job
from courseops.model.jobs.slot import Slot
from courseops.model.run import Run

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def job(catch_up=CatchUp.NEWEST, **more):
    return Job(name="j", description="", action="backup", catch_up=catch_up, **more)


def slot(ago, about=""):
    return Slot(due_at=NOW - ago, job="j", about=about)


def run(due_at):
    return Run(id="r", action="backup", scope="job/j", actor="x", started_at=NOW, due_at=due_at)


MISSED = [slot(3 * HOUR), slot(2 * HOUR), slot(HOUR)]


@pytest.mark.parametrize(
    ("catch_up", "wanted"),
    [(CatchUp.SKIP, []), (CatchUp.NEWEST, MISSED[2:]), (CatchUp.EACH, MISSED)],
)
def test_what_was_missed_is_caught_up_as_the_job_says(catch_up, wanted):
    assert to_claim(job(catch_up), MISSED, set(), NOW) == wanted


@pytest.mark.parametrize("catch_up", list(CatchUp))
def test_what_is_due_just_now_is_run_whatever_the_job_says(catch_up):
    just = [slot(PATIENCE)]
    assert to_claim(job(catch_up), just, set(), NOW) == just


@pytest.mark.parametrize("catch_up", list(CatchUp))
def test_what_somebody_has_is_not_run_again_and_nothing_older_in_its_place(catch_up):
    claimed = {it.key for it in MISSED[-1:]} if catch_up is not CatchUp.EACH else set()
    claimed |= {it.key for it in MISSED} if catch_up is CatchUp.EACH else set()
    assert to_claim(job(catch_up), MISSED, claimed, NOW) == []


def test_the_newest_is_that_about_each_thing():
    two = [slot(3 * HOUR, "c/hw1"), slot(2 * HOUR, "c/hw2"), slot(HOUR, "c/hw1")]
    assert to_claim(job(), two, set(), NOW) == two[1:]


def test_what_is_not_due_yet_is_left_alone():
    assert to_claim(job(CatchUp.EACH), [slot(-HOUR)], set(), NOW) == []


def test_looking_begins_after_the_latest_run_or_when_the_job_was_first_heard_of():
    known = NOW - 48 * HOUR
    assert look_from(job(), None, known, NOW) == known
    assert look_from(job(), run(NOW - HOUR), known, NOW) == NOW - HOUR


def test_a_clock_that_was_ahead_and_was_set_right_does_not_silence_a_job():
    ahead = run(NOW + timedelta(days=365))
    assert look_from(job(), ahead, NOW - 48 * HOUR, NOW) == NOW - PATIENCE


def test_the_calendar_is_looked_back_on_for_what_was_put_there_late():
    calendar, late = job(at=At.DUE), run(NOW - HOUR)
    known = NOW - timedelta(days=400)
    assert look_from(calendar, late, known, NOW) == NOW - timedelta(days=14)
    assert look_from(calendar, late, NOW - HOUR, NOW) == NOW - HOUR


def test_a_job_waits_for_its_own_last_run_and_for_those_with_its_lock():
    one, other = job(), Job(name="o", description="", action="backup")
    assert may_start(one, [other])
    assert not may_start(one, [one])
    locked = Job(name="p", description="", action="backup", lock="x")
    assert not may_start(locked, [Job(name="q", description="", action="backup", lock="x")])
    assert may_start(locked, [other])


def test_two_deadlines_at_the_same_second_do_not_wait_for_each_other():
    calendar = job(at=At.DUE)
    assert may_start(calendar, [calendar])

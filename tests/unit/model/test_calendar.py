"""What falls due by an assignment's calendar: the class, and learners of their own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from courseops.model.jobs.calendar import Dates, Subject, learners_due, slots_of
from courseops.model.jobs.job import At, Job

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DATES = Dates(
    course_id="py",
    name="hw1",
    release_at=MONDAY,
    until=MONDAY + 7 * DAY,
    own={"ada": MONDAY + 9 * DAY, "cid": MONDAY + 8 * DAY, "bob": MONDAY + 9 * DAY},
)


def job(at, after_minutes=0.0):
    return Job(name="j", description="", action="x", at=at, after_minutes=after_minutes)


def due(job, dates=DATES):
    return [(it.due_at, it.about) for it in sorted(slots_of(job, dates))]


def test_an_assignment_is_released_once():
    assert due(job(At.RELEASE)) == [(MONDAY, "py/hw1")]


def test_the_class_is_due_once_and_learners_who_have_longer_together_by_their_moment():
    assert due(job(At.DUE)) == [
        (MONDAY + 7 * DAY, "py/hw1"),
        (MONDAY + 8 * DAY, "py/hw1/extended"),
        (MONDAY + 9 * DAY, "py/hw1/extended"),
    ]


def test_a_job_may_be_due_so_much_later():
    later = job(At.DUE, after_minutes=10)
    assert due(later)[1] == (MONDAY + 8 * DAY + timedelta(minutes=10), "py/hw1/extended")


def test_a_slot_is_for_exactly_the_learners_whose_moment_it_is():
    later = job(At.DUE, after_minutes=10)
    named = [learners_due(later, DATES, it.due_at) for it in sorted(slots_of(later, DATES))]
    assert named == [[], ["cid"], ["ada", "bob"]]


def test_who_is_given_yet_more_time_makes_no_new_slot_for_the_others():
    before = {it.key for it in slots_of(job(At.DUE), DATES)}
    moved = replace(DATES, own={**DATES.own, "ada": MONDAY + 20 * DAY})
    after = {it.key for it in slots_of(job(At.DUE), moved)}
    assert after - before == {f"{(MONDAY + 20 * DAY).isoformat()} py/hw1/extended"}


def test_an_extension_up_to_the_deadline_itself_is_none():
    dates = Dates(course_id="py", name="hw1", until=MONDAY, own={"ada": MONDAY})
    assert due(job(At.DUE), dates) == [(MONDAY, "py/hw1")]


@pytest.mark.parametrize("at", list(At))
def test_what_has_no_date_is_never_due(at):
    assert due(job(at), Dates(course_id="py", name="hw1")) == []


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ("py/hw 1", Subject(course_id="py", name="hw 1")),
        ("py/hw1/extended", Subject(course_id="py", name="hw1", is_own=True)),
    ],
)
def test_what_a_slot_is_about_can_be_read_again(about, subject):
    assert Subject.of(about) == subject

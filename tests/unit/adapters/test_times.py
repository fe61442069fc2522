"""When jobs are due: in people's own time, through both changes of the clocks."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from courseops.adapters.times.remembered import RememberedCalendar
from courseops.adapters.times.schedules import Schedules
from courseops.errors import CourseOpsError
from courseops.model.jobs.calendar import Dates
from courseops.model.jobs.job import At, Job

PARIS = "Europe/Paris"
# The clocks of Paris go forward at 01:00 UTC on this day, and back on the other.
FORWARD = datetime(2026, 3, 29, tzinfo=UTC)
BACK = datetime(2026, 10, 25, tzinfo=UTC)
# Those of Lord Howe, by half an hour, and of Cairo, at midnight, are as odd as they come.
CHANGES = [
    FORWARD,
    BACK,
    datetime(2026, 4, 4, 15, 0, tzinfo=UTC),
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    datetime(2026, 4, 23, 22, 0, tzinfo=UTC),
]
ZONES = [PARIS, "UTC", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]
CRONS = ["30 2 * * *", "*/20 * * * *", "0,30 1-3 * * *", "0 */2 * * *", "15 0 * * sun", "0 0 1 * *"]


def job(**schedule):
    return Job(name="j", description="", action="x", **schedule)


def times(zone=PARIS, dates=()):
    return Schedules(zone, lambda _: dates)


def moments(schedule, after, until, zone=PARIS):
    return [it.due_at for it in times(zone).between(job(**schedule), after, until)]


def local(schedule, day, zone=PARIS):
    """Give what is due on one day of UTC, as people there read their clocks."""
    found = moments(schedule, day - timedelta(hours=2), day + timedelta(hours=8), zone)
    return [f"{it.astimezone(ZoneInfo(zone)):%H:%M %z}" for it in found]


def test_a_fixed_hour_that_does_not_exist_is_due_right_after_the_gap():
    assert local({"cron": "30 2 * * *"}, FORWARD) == ["03:00 +0200"]


def test_a_fixed_hour_that_comes_twice_is_due_once():
    assert local({"cron": "30 2 * * *"}, BACK) == ["02:30 +0200"]


def test_what_is_due_every_hour_goes_on_as_time_does():
    hours = {"cron": "0 * * * *"}
    assert len(local(hours, FORWARD)) == len(local(hours, BACK)) == 10


def test_asked_in_the_second_of_two_equal_hours_it_does_not_go_back_to_the_first():
    first_half_past_two = BACK + timedelta(minutes=30)
    second_ten_past_two = BACK + timedelta(hours=1, minutes=10)
    found = moments({"cron": "30 2 * * *"}, second_ten_past_two, BACK + timedelta(days=1, hours=12))
    assert found == [first_half_past_two + timedelta(days=1, hours=1)]


def test_a_job_may_live_in_another_zone_than_the_site():
    tokyo = {"cron": "0 5 * * *", "time_zone": "Asia/Tokyo"}
    assert moments(tokyo, FORWARD, FORWARD + timedelta(days=1)) == [FORWARD + timedelta(hours=20)]


def test_intervals_do_not_move_when_somebody_asks_at_another_time():
    a = moments({"every_minutes": 7}, FORWARD, FORWARD + timedelta(hours=3))
    b = moments({"every_minutes": 7}, FORWARD + timedelta(hours=1), FORWARD + timedelta(hours=3))
    assert a[-len(b) :] == b
    assert {y - x for x, y in pairwise(a)} == {timedelta(minutes=7)}


def test_five_minutes_are_those_that_a_clock_shows():
    found = times().next(job(every_minutes=5), FORWARD + timedelta(minutes=3))
    assert found is not None
    assert found.due_at == FORWARD + timedelta(minutes=5)


def test_a_moment_is_given_once_whoever_asks_up_to_it_and_from_it_on():
    noon = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
    hourly = {"cron": "0 * * * *"}
    assert moments(hourly, noon - timedelta(hours=1), noon) == [noon]
    assert noon not in moments(hourly, noon, noon + timedelta(hours=1))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("near", CHANGES)
def test_a_stretch_of_time_asked_for_in_pieces_is_the_same_as_asked_for_at_once(zone, near):
    begin, end = near - timedelta(hours=14), near + timedelta(hours=12)
    for cron in CRONS:
        whole = moments({"cron": cron}, begin, end, zone)
        for minutes in range(-10 * 60, 5 * 60, 10):
            cut = near + timedelta(minutes=minutes)
            pieces = [
                *moments({"cron": cron}, begin, cut, zone),
                *moments({"cron": cron}, cut, end, zone),
            ]
            assert pieces == whole, (cron, cut)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", CRONS)
def test_moments_come_in_their_order_and_never_twice(zone, cron):
    year = datetime(2026, 1, 1, tzinfo=UTC)
    found = [it.due_at for it in islice(times(zone)._coming(job(cron=cron), year), 3000)]
    assert found == sorted(set(found))


def test_the_calendar_gives_what_is_due_after_a_moment_in_its_order():
    monday = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    dates = [
        Dates(course_id="b", name="hw1", release_at=monday),
        Dates(course_id="a", name="hw2", release_at=monday),
        Dates(course_id="a", name="hw1", release_at=monday - timedelta(days=7)),
    ]
    found = times(dates=dates).between(
        job(at=At.RELEASE), monday - timedelta(days=7), monday + timedelta(days=1)
    )
    assert [it.about for it in found] == ["a/hw2", "b/hw1"]


def test_where_nothing_is_in_sight_there_is_no_next():
    assert times().next(job(at=At.DUE), FORWARD) is None


class Gradebook:
    """A calendar that a test changes, breaks, or makes slow to read."""

    def __init__(self):
        self.readings = 0
        self.seconds = self.takes = 0.0
        self.broken = False
        self.dates = [Dates(course_id="py", name="hw1", until=FORWARD)]

    def read(self, _course_id):
        self.readings += 1
        self.seconds += self.takes
        if self.broken:
            raise CourseOpsError("the gradebook is locked")
        return self.dates


@pytest.fixture
def gradebook():
    return Gradebook()


@pytest.fixture
def calendar(gradebook, clock):
    return RememberedCalendar(
        read=gradebook.read,
        configured=lambda _: [],
        clock=clock,
        elapsed=lambda: gradebook.seconds,
    )


def test_a_calendar_is_read_once_a_minute_whoever_asks_how_often(gradebook, calendar, clock):
    for _ in range(120):
        assert list(calendar.of(["py"])) == gradebook.dates
        clock.advance(timedelta(seconds=1))
    assert gradebook.readings == 2


def test_one_that_is_slow_to_read_is_read_less_often(gradebook, calendar, clock):
    gradebook.takes = 6.0
    for _ in range(20):
        list(calendar.of(["py"]))
        clock.advance(timedelta(minutes=1))
    assert gradebook.readings == 2


def test_a_clock_that_was_set_back_makes_no_reading_last_longer(gradebook, calendar, clock):
    list(calendar.of(["py"]))
    clock.advance(-timedelta(hours=6))
    list(calendar.of(["py"]))
    assert gradebook.readings == 2


def test_what_was_known_last_holds_while_a_course_cannot_be_read(gradebook, calendar, clock):
    list(calendar.of(["py"]))
    gradebook.broken = True
    clock.advance(timedelta(minutes=2))
    assert list(calendar.of(["py"])) == gradebook.dates
    assert calendar.troubles == {"course/py": "the gradebook is locked"}
    gradebook.broken = False
    clock.advance(timedelta(minutes=2))
    list(calendar.of(["py"]))
    assert calendar.troubles == {}

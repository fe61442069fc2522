"""Figures of days, weeks and months are counted once they are over, and outlast what was seen."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.actions.usage.keeping import FiguresRequest, keep_figures
from courseops.actions.usage.reporting import ReportedCourse, ReportRequest, counting_of
from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.usage import MemoryUsage
from courseops.model.hub import HubUser, RunningServer
from courseops.model.usage.rollup import Span, first_of, spans_over
from courseops.model.usage.seen import HomeSize, Sample, Window
from tests.support.usage import CLASSES, DAY, HOUR, MONDAY, enrolled, seen_in

PARIS = ZoneInfo("Europe/Paris")
COURSES = [ReportedCourse(course_id=c, title=t, hub=h) for c, (t, h, _) in CLASSES.items()]
FIRST = date(2026, 3, 2)


@pytest.fixture(scope="module")
def seen() -> MemoryUsage:
    return seen_in(28)


@pytest.fixture
def month(seen) -> MemoryUsage:
    # What one test keeps for good is not there for the next.
    return deepcopy(seen)


def keep(usage, at, courses=COURSES, zone=PARIS):
    request = FiguresRequest(zone=zone, courses=courses)
    return keep_figures(request, usage, enrolled(), FixedClock(at))


def figures(usage, span=Span.DAY, hub="campus", course_id=""):
    found = usage.figures(hub, span, date.min, date.max)
    return {it.first_day: it for it in found if it.course_id == course_id}


def test_what_is_over_is_counted_once_and_again_changes_nothing(month):
    keep(month, MONDAY + 14 * DAY)
    first = figures(month)
    keep(month, MONDAY + 28 * DAY)
    whole = figures(month)

    assert keep(month, MONDAY + 28 * DAY) == "0 counted for good"
    assert sorted(whole) == [FIRST + n * DAY for n in range(28)]
    assert {day: whole[day] for day in first} == first
    assert sorted(figures(month, Span.WEEK)) == [FIRST + 7 * n * DAY for n in range(4)]
    assert figures(month, Span.MONTH) == {}
    keep(month, MONDAY + 60 * DAY)
    assert figures(month, Span.MONTH) == {}, "March was not watched to its end"


def test_days_add_up_to_what_a_report_on_all_of_them_counts(month):
    keep(month, MONDAY + 28 * DAY)
    # Clocks are set forward on the last of these days.
    since = datetime(2026, 3, 2, tzinfo=PARIS)
    window = Window(since=since, until=since + 28 * DAY)
    asked = ReportRequest(
        site="",
        title="",
        window=window,
        zone=PARIS,
        hubs=["campus"],
        courses=COURSES[:1],
        progress={},
    )
    counting = counting_of(asked, month, enrolled())

    for course_id, group in {"": counting.whole, **counting.of_courses}.items():
        days = figures(month, course_id=course_id).values()
        whole = counting.figures(group)
        assert sum(it.sessions for it in days) == len(group.track.began)
        assert sum(it.hours for it in days) == pytest.approx(whole.hours, rel=1e-9)
        assert max(it.peak for it in days) == whole.peak.servers
        assert [it.active for it in days] == [it.people for it in whole.days]
        weeks = figures(month, Span.WEEK, course_id=course_id).values()
        assert [it.active for it in weeks] == [it.people for it in whole.weeks]
        assert all(max(it.hourly_peaks) == it.peak for it in days)


def test_the_time_that_was_observed_can_be_said_when_the_samples_are_gone(month):
    keep(month, MONDAY + 28 * DAY)

    observed = {day: it.observed for day, it in figures(month).items()}
    assert observed[FIRST] == pytest.approx((23 + 1 / 4) / 24)
    down = FIRST + 9 * DAY
    assert 0 < observed[down] < 0.2
    gaps = month.gaps("campus", MONDAY, MONDAY + 28 * DAY)
    longest = max(it.until - it.since for it in gaps)
    assert timedelta(hours=30) < longest < timedelta(hours=32)


def test_what_was_not_watched_in_between_is_a_day_without_sight_and_not_a_quiet_one():
    usage = MemoryUsage()
    # A sample speaks for five minutes on either side of it.
    for day in (0, 3):
        usage.add_sample(Sample(hub="campus", taken_at=MONDAY + day * DAY), (), ())
    keep(usage, MONDAY + 9 * DAY, zone=UTC)

    assert [it.observed for it in figures(usage).values()] == [
        pytest.approx(5 / 1440),
        0,
        pytest.approx(5 / 1440),
        pytest.approx(5 / 1440),
    ]


def test_today_is_not_over():
    usage = MemoryUsage()
    server = RunningServer(username="ada", server="", started_at=MONDAY + 9 * HOUR)
    for hour in (9, 10):
        usage.add_sample(Sample(hub="lab", taken_at=MONDAY + hour * HOUR), [server], ())
    keep(usage, MONDAY + 22 * HOUR, zone=UTC)
    assert figures(usage, hub="lab") == {}

    keep(usage, MONDAY + DAY, zone=UTC)
    (day,) = figures(usage, hub="lab").values()
    assert (day.active, day.sessions, day.peak) == (1, 1, 1)
    assert day.hourly_peaks == (*[0] * 9, 1, 1, *[0] * 13)


def test_storage_is_as_it_stood_at_the_end_of_a_day():
    usage = MemoryUsage()
    user = HubUser(name="python101-1", last_activity_at=MONDAY)
    for day in range(3):
        usage.add_sample(Sample(hub="campus", taken_at=MONDAY + day * DAY), (), [user])
    for day, size in enumerate((100, 300)):
        at = MONDAY + day * DAY + HOUR
        names = ("python101-1", "guest")
        usage.note_sizes([HomeSize(hub="campus", username=n, at=at, size_bytes=size, files=1)
                          for n in names])  # fmt: skip
    keep(usage, MONDAY + 3 * DAY, zone=UTC)

    assert [it.storage_bytes for it in figures(usage).values()] == [200, 600, 600]
    of_course = figures(usage, course_id="python101").values()
    assert [(it.homes, it.storage_bytes) for it in of_course] == [(1, 100), (1, 300), (1, 300)]


def test_courses_of_other_hubs_and_those_without_learners_are_left_out(month):
    keep(month, MONDAY + 28 * DAY)

    assert figures(month, hub="lab", course_id="python101") == {}
    assert figures(month, hub="lab", course_id="bio") != {}
    nobody = replace(COURSES[0], course_id="empty")
    usage = MemoryUsage()
    usage.add_sample(Sample(hub="campus", taken_at=MONDAY), (), ())
    keep(usage, MONDAY + 2 * DAY, courses=[nobody])
    assert figures(usage, course_id="empty") == {}


@pytest.mark.parametrize(
    ("span", "day", "first"),
    [
        (Span.DAY, date(2026, 3, 4), date(2026, 3, 4)),
        (Span.WEEK, date(2026, 3, 4), date(2026, 3, 2)),
        (Span.WEEK, date(2026, 3, 1), date(2026, 2, 23)),
        (Span.MONTH, date(2026, 3, 31), date(2026, 3, 1)),
    ],
)
def test_spans_begin_where_calendars_have_them_begin(span, day, first):
    assert first_of(span, day) == first


def test_spans_follow_one_another_up_to_the_last_that_is_over():
    months = [date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    assert list(spans_over(Span.MONTH, date(2026, 12, 15), date(2027, 3, 1))) == months
    assert list(spans_over(Span.MONTH, date(2026, 12, 15), date(2027, 2, 28))) == months[:2]

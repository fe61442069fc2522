"""Counting sessions in one sweep: hours, peaks, days, weeks, months, bursts of starts."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.microseconds import microseconds
from courseops.model.roster import Membership, Role
from courseops.model.usage.calendar import HOUR as HOUR_LONG
from courseops.model.usage.calendar import MINUTE as MINUTE_LONG
from courseops.model.usage.calendar import Calendar
from courseops.model.usage.seen import Activity, Session, Window, by_account, moments_of
from courseops.model.usage.sweeping import Track, percentile
from courseops.model.usage.tally import tally

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = Window(since=NINE - 9 * HOUR, until=NINE + 15 * HOUR)
TEN_MINUTES = 10 * MINUTE


def session(username: str, begin: float, end: float, ended: float | None = None) -> Session:
    """A session from `begin` to `end`, in hours after nine."""
    return Session(
        hub="campus",
        username=username,
        server="",
        started_at=NINE + begin * HOUR,
        last_seen_at=NINE + end * HOUR,
        ended_at=None if ended is None else NINE + ended * HOUR,
    )


def counted(sessions, window=MONDAY, *, activities=(), zone=UTC, members=()):
    ran, there = by_account(sessions), moments_of(activities)
    return tally(ran, there, Calendar(window, zone), TEN_MINUTES, {"py": members})


def hours(sessions, window=MONDAY):
    return counted(sessions, window)[0].worked / HOUR_LONG


def peak(sessions, window=MONDAY):
    calendar = Calendar(window, UTC)
    track = counted(sessions, window)[0].track
    found = track.heights(calendar.base, HOUR_LONG, len(calendar.hours))[1]
    return found.servers, found.at


def active(tallied):
    return tallied.on_days


def test_a_session_lasts_half_a_period_longer_than_it_was_seen():
    assert hours([session("ada", 0, 2)]) == pytest.approx(2 + 5 / 60)


def test_a_session_whose_end_is_known_lasts_until_then():
    assert hours([session("ada", 0, 2, ended=2.01)]) == pytest.approx(2.01)


def test_only_the_hours_inside_the_window_count():
    window = Window(since=NINE, until=NINE + HOUR)
    sessions = [session("ada", -3, 0.5), session("bob", 0.5, 9), session("cyd", 5, 6)]

    assert hours(sessions, window) == pytest.approx(0.5 + 5 / 60 + 0.5)


def test_the_peak_is_where_most_sessions_overlap_first():
    sessions = [session("ada", 0, 3), session("bob", 1, 2), session("cyd", 1.5, 4)]

    assert peak(sessions) == (3, microseconds(NINE + 1.5 * HOUR))
    assert peak([]) == (0, None)


def test_a_session_seen_once_still_makes_a_peak():
    assert peak([session("ada", 1, 1)])[0] == 1


def test_a_session_that_began_before_the_window_peaks_at_its_edge():
    assert peak([session("ada", -20, 1)])[1] == microseconds(MONDAY.since)


def test_a_session_over_midnight_is_active_on_both_days_of_the_schools_zone():
    window = Window(since=NINE, until=NINE + DAY)
    late = session("ada", 13.5, 14.5)  # 22:30 to 23:30 in London, past midnight in Paris

    assert active(counted([late], window, zone=ZoneInfo("Europe/London"))[0]) == [1, 0]
    assert active(counted([late], window, zone=ZoneInfo("Europe/Paris"))[0]) == [1, 1]


def test_someone_counts_once_a_day_however_they_were_seen():
    seen = [session("ada", 0, 1), session("ada", 2, 3)]
    there = [
        Activity(hub="campus", username="ada", active_at=NINE),
        Activity(hub="campus", username="bob", active_at=NINE),
    ]
    everyone, _ = counted(seen, Window(since=NINE, until=NINE + DAY), activities=there)

    assert active(everyone) == [2, 0]
    assert everyone.active == {"ada", "bob"}


def test_a_learner_counts_in_a_course_only_while_they_belong_to_it():
    def member(name, begin, end=None, role=Role.LEARNER):
        ended = None if end is None else NINE + end * HOUR
        return Membership(username=name, role=role, started_at=NINE + begin * HOUR, ended_at=ended)

    members = [member("ada", -9, 2), member("ada", 3), member("bob", 5)]
    seen = [session("ada", 1, 4), session("bob", 1, 2), session("cyd", 0, 9)]
    everyone, of_course = counted(seen, members=members)

    assert len(everyone.starts) == 3
    assert len(of_course["py"].starts) == 1  # once, though she left and came back meanwhile
    assert of_course["py"].active == {"ada"}


def test_an_hour_begins_where_clocks_show_a_whole_one():
    half_past = timezone(timedelta(hours=5, minutes=30))
    window = Window(since=NINE, until=NINE + 3 * HOUR)

    assert {at.minute for at in Calendar(window, half_past).hours} == {0}
    assert len(Calendar(window, UTC).hours) == 3


def test_a_window_that_ends_at_midnight_does_not_hold_the_day_that_begins_there():
    assert Calendar(MONDAY, UTC).days == (date(2026, 3, 2),)


def test_days_and_hours_hold_through_both_changes_of_the_clocks():
    paris = ZoneInfo("Europe/Paris")
    for day, count in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        begin = datetime(day.year, day.month, day.day, tzinfo=paris)
        end = datetime(day.year, day.month, day.day + 1, tzinfo=paris)
        calendar = Calendar(Window(since=begin.astimezone(UTC), until=end.astimezone(UTC)), paris)
        assert len(calendar.hours) == count
        assert calendar.days == (day,)


def test_weeks_begin_on_monday_and_months_on_the_first():
    window = Window(since=NINE - 2 * DAY, until=NINE + 31 * DAY)
    calendar = Calendar(window, UTC)

    firsts = [calendar.days[it.first] for it in calendar.weeks]
    assert firsts[:3] == [date(2026, 2, 28), date(2026, 3, 2), date(2026, 3, 9)]
    assert [calendar.days[it.first] for it in calendar.months] == [
        date(2026, 2, 28),
        date(2026, 3, 1),
        date(2026, 4, 1),
    ]


def test_starts_are_counted_by_the_minute_and_only_those_within():
    seen = [session("ada", 0, 1), session("bob", 0.001, 1), session("cyd", -20, 1)]

    assert counted(seen)[0].track.busiest(MINUTE_LONG) == {microseconds(NINE): 2}


@pytest.mark.parametrize(
    ("numbers", "percent", "expected"),
    [([1], 95, 1), ([*range(1, 21)], 95, 19), ([*range(1, 101)], 50, 50), ([3, 1, 2], 100, 3)],
)
def test_a_percentile_is_one_of_the_numbers(numbers, percent, expected):
    assert percentile(numbers, percent) == expected


@given(
    st.lists(st.tuples(st.integers(-40, 140), st.integers(0, 60)), max_size=25),
    st.integers(1, 30),
)
def test_the_sweep_agrees_with_looking_at_every_moment(spans, width):
    since, until = 0, 100
    sessions = [(start, start + lasts) for start, lasts in spans]
    there = [it for it in sessions if it[1] >= since and it[0] <= until]
    track = Track.cut([it[0] for it in there], [min(it[1], until) for it in there], since)
    count = -(-(until - since) // width)
    highest, top = track.heights(since, width, count)

    def running(at):
        return sum(max(s, since) <= at <= min(e, until) for s, e in sessions if e >= 0 and s <= 100)

    inside = [running(at) for at in range(since, until + 1)]
    assert top.servers == max(inside)
    if top.at is not None:
        assert inside.index(top.servers) == top.at
    for number in range(count - 1):
        assert highest[number] == max(inside[number * width : (number + 1) * width])
    assert highest[-1] == max(inside[(count - 1) * width :])

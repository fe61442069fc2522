"""Counting sessions: hours, peaks, days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.model.usage.seen import (
    Activity,
    DayCount,
    Peak,
    Session,
    Window,
    active_days,
    hours,
    peak,
)

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = Window(since=NINE - 9 * HOUR, until=NINE + 15 * HOUR)
EVERY_TEN_MINUTES = {"campus": 10 * MINUTE}


def session(username: str, begin: float, end: float) -> Session:
    """A session from `begin` to `end`, in hours after nine."""
    return Session(
        hub="campus",
        username=username,
        server="",
        started_at=NINE + begin * HOUR,
        last_seen_at=NINE + end * HOUR,
    )


def test_a_session_lasts_half_a_period_longer_than_it_was_seen():
    assert hours([session("ada", 0, 2)], MONDAY, EVERY_TEN_MINUTES) == 2 + 5 / 60


def test_only_the_hours_inside_the_window_count():
    window = Window(since=NINE, until=NINE + HOUR)
    sessions = [session("ada", -3, 0.5), session("bob", 0.5, 9), session("cyd", 5, 6)]

    counted = hours(sessions, window, EVERY_TEN_MINUTES)
    assert counted == pytest.approx(0.5 + 5 / 60 + 0.5)


def test_the_peak_is_where_most_sessions_overlap_first():
    sessions = [session("ada", 0, 3), session("bob", 1, 2), session("cyd", 1.5, 4)]

    assert peak(sessions, MONDAY) == Peak(servers=3, at=NINE + 1.5 * HOUR)
    assert peak([], MONDAY) == Peak(servers=0, at=None)


def test_a_session_seen_once_still_makes_a_peak():
    assert peak([session("ada", 1, 1)], MONDAY).servers == 1


def test_a_session_that_began_before_the_window_peaks_at_its_edge():
    assert peak([session("ada", -20, 1)], MONDAY).at == MONDAY.since


def test_a_session_over_midnight_is_active_on_both_days_of_the_schools_zone():
    window = Window(since=NINE, until=NINE + DAY)
    late = session("ada", 13.5, 14.5)  # 22:30 to 23:30 in London, past midnight in Paris

    assert active_days([late], [], window, ZoneInfo("Europe/London"))[1].people == 0
    assert active_days([late], [], window, ZoneInfo("Europe/Paris"))[1].people == 1


def test_someone_counts_once_a_day_however_they_were_seen():
    seen = [session("ada", 0, 1), session("ada", 2, 3)]
    active = [
        Activity(hub="campus", username="ada", active_at=NINE),
        Activity(hub="campus", username="bob", active_at=NINE),
        Activity(hub="other", username="bob", active_at=NINE),
        Activity(hub="campus", username="cyd", active_at=NINE - 30 * DAY),
    ]
    window = Window(since=NINE, until=NINE + DAY)

    assert active_days(seen, active, window, UTC) == (
        DayCount(day=date(2026, 3, 2), people=3),
        DayCount(day=date(2026, 3, 3), people=0),
    )

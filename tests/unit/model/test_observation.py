"""How well a hub was watched, and what may be drawn of it."""

from datetime import UTC

import pytest

from courseops.model.usage.calendar import Calendar
from courseops.model.usage.drawing import MOST_POINTS, hours, running
from courseops.model.usage.observation import (
    Gap,
    Point,
    gaps,
    observed_percent,
    sampling_period,
)
from courseops.model.usage.seen import Sample, Session, Window, by_account
from courseops.model.usage.tally import tally
from tests.unit.model.test_usage import HOUR, MINUTE, NINE, session

TEN = 10 * MINUTE
WINDOW = Window(since=NINE, until=NINE + 10 * HOUR)


def samples(*minutes: float, ok: bool = True) -> list[Sample]:
    return [Sample(hub="campus", taken_at=NINE + m * MINUTE, ok=ok) for m in minutes]


def test_the_period_is_the_usual_wait_whatever_gaps_there_were():
    assert sampling_period(samples(0, 10, 20, 300, 310, 320)) == TEN
    assert sampling_period(samples(0)) == 5 * MINUTE


def test_a_sample_every_period_leaves_no_gap():
    assert gaps(samples(*range(0, 600, 10)), WINDOW, TEN) == ()


def test_a_missed_sample_is_no_gap_but_a_missed_hour_is_named():
    watched = samples(0, 10, 30, *range(90, 600, 10))

    assert gaps(watched, WINDOW, TEN) == (Gap(since=NINE + 40 * MINUTE, until=NINE + 80 * MINUTE),)


def test_a_hub_that_did_not_answer_was_not_observed():
    watched = [*samples(0), *samples(*range(10, 600, 10), ok=False)]

    found = gaps(watched, WINDOW, TEN)
    assert found == (Gap(since=NINE + TEN, until=WINDOW.until),)
    assert observed_percent(found, WINDOW) == pytest.approx(100 / 60)


def test_without_samples_nothing_was_observed():
    assert observed_percent(gaps([], WINDOW, TEN), WINDOW) == 0


def line(sessions: list[Session], watched: list[Sample], window: Window = WINDOW) -> list[Point]:
    calendar = Calendar(window, UTC)
    track = tally(by_account(sessions), {}, calendar, TEN, {})[0].track
    hourly, _ = track.heights(*hours(calendar))
    return list(running(track, hourly, watched, calendar, TEN))


def test_the_line_keeps_every_height_and_breaks_where_nobody_watched():
    sessions = [session("ada", 0, 9), session("bob", 2.05, 2.1)]
    watched = samples(*range(0, 240, 10), *range(480, 600, 10))

    points = line(sessions, watched)
    heights = [point.running for point in points]
    assert len(points) == 30
    assert heights[:12] == [1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1]
    assert set(heights[12:24]) == {None}
    assert heights[24:] == [1, 1, 1, 1, 0, 0]


def test_a_height_lasts_through_every_step_until_it_changes():
    points = line([session("ada", 0, 10)], samples(*range(0, 600, 10)))

    assert {point.running for point in points} == {1}


def test_a_line_never_has_more_points_than_can_be_seen():
    long = Window(since=NINE, until=NINE + 24 * 365 * HOUR)

    assert MOST_POINTS // 2 < len(line([], [], long)) <= MOST_POINTS

"""Moments of the past that are read by rule."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from courseops.model.backups.past import plain_past

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 15, 30, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("3d", "2026-11-20 15:30:00"),
        ("2 hours ago", "2026-11-23 13:30:00"),
        ("il y a 3 jours", "2026-11-20 15:30:00"),
        ("il y a 2 h", "2026-11-23 13:30:00"),
        ("90 min ago", "2026-11-23 14:00:00"),
        ("1w", "2026-11-16 15:30:00"),
        ("yesterday", "2026-11-22 23:59:59"),
        ("hier", "2026-11-22 23:59:59"),
        ("today", "2026-11-23 15:30:00"),
        ("yesterday 15:00", "2026-11-22 15:00:00"),
        ("Yesterday at 3 pm", "2026-11-22 15:00:00"),
        ("yesterday 12am", "2026-11-22 00:00:00"),
        ("yesterday at noon", "2026-11-22 12:00:00"),
        ("hier 15h", "2026-11-22 15:00:00"),
        ("hier à 9h05", "2026-11-22 09:05:00"),
        ("avant-hier minuit", "2026-11-21 00:00:00"),
        ("aujourd’hui 8h", "2026-11-23 08:00:00"),
    ],
)
def test_spans_and_near_days_are_read_in_english_and_french(said, meant):
    assert f"{plain_past(said, NOW):%Y-%m-%d %H:%M:%S}" == meant


@pytest.mark.parametrize("said", ["", "3", "lundi 10h", "22 nov", "yesterday evening", "15h30"])
def test_anything_else_is_left_to_others(said):
    assert plain_past(said, NOW) is None


@pytest.mark.parametrize("said", ["yesterday 25:00", "yesterday 15", "hier 13pm", "hier 15h61"])
def test_a_time_that_no_day_has_is_refused(said):
    with pytest.raises(ValueError, match="no time of the day"):
        plain_past(said, NOW)


def test_hours_are_hours_in_the_night_when_clocks_change():
    after = datetime(2026, 10, 25, 4, tzinfo=PARIS)

    assert plain_past("3h", after).astimezone(UTC) == datetime(2026, 10, 25, 0, tzinfo=UTC)

"""Moments of the past in a person's words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from courseops.adapters.spoken import past_moment

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-22T15:00", "2026-11-22 15:00:00+0100"),
        ("2026-07-01T15:00", "2026-07-01 15:00:00+0200"),
        ("2026-11-22T13:00:01Z", "2026-11-22 13:00:01+0000"),
        ("2026-11-22", "2026-11-22 23:59:59+0100"),
        ("2026-11-23", "2026-11-23 15:30:00+0100"),
        ("2026-11-22 15h30", "2026-11-22 15:30:00+0100"),
        ("hier 15h", "2026-11-22 15:00:00+0100"),
        ("monday 10:00", "2026-11-16 10:00:00+0100"),
        ("lundi 10h", "2026-11-16 10:00:00+0100"),
        ("lundi dernier à 10h", "2026-11-16 10:00:00+0100"),
        ("monday", "2026-11-16 23:59:59+0100"),
        ("22 nov", "2026-11-22 23:59:59+0100"),
        ("3 march 2026 at 3pm", "2026-03-03 15:00:00+0100"),
        ("3 months ago", "2026-08-23 15:30:00+0200"),
        ("15:00", "2026-11-23 15:00:00+0100"),
    ],
)
def test_words_mean_a_moment_in_the_sites_own_time(said, meant):
    assert f"{past_moment(said, NOW):%Y-%m-%d %H:%M:%S%z}" == meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "no moment"),
        ("some day", "no moment"),
        ("12", "no moment"),
        ("yesterday at three", "no moment"),
        ("03/04/2026 10:00", "two days"),
        ("tomorrow", "still to come"),
        ("2026-12-01T10:00", "still to come"),
    ],
)
def test_what_could_be_taken_wrongly_is_refused(said, why):
    with pytest.raises(ValueError, match=why):
        past_moment(said, NOW)

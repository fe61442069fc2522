"""Moments as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from courseops.model.moment import parse_moment

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-03-02T15:00", 14),
        ("2026-03-02 15:00", 14),
        ("2026-03-02T15:00Z", 15),
        ("2026-03-02T15:00+05:00", 10),
        ("20260302T1500", 14),
    ],
)
def test_a_time_without_an_offset_is_the_sites_own(text, hour):
    assert parse_moment(text, PARIS) == datetime(2026, 3, 2, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-03-02",
        "2026-13-02T15:00",
        "15:00",
        "0001-01-01T00:00",
        "9999-12-31T23:59",
    ],
)
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="2026-03-02T15:00"):
        parse_moment(text, PARIS)

"""Numbers and times in words, and templates that insist on their values."""

from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from courseops.adapters.pages.render import count, full_moment, hours, moment, percent, render, size

NINE = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        (count(1234567), "1 234 567"),
        (hours(0.0), "0.0"),
        (hours(0.001), "0.01"),
        (hours(0.064), "0.06"),
        (hours(9.44), "9.4"),
        (hours(1478.7), "1 479"),
        (percent(97.94), "97.9 %"),
        (percent(100), "100 %"),
        (percent(99.99), "99.9 %"),
        (percent(0.001), "0.1 %"),
        (percent(0), "0 %"),
        (size(999), "999 B"),
        (size(1_500), "1.5 kB"),
        (size(37_000_000_000), "37 GB"),
        (moment(NINE), "Mon 2 Mar, 09:05"),
        (full_moment(NINE), "Mon 2 Mar 2026, 09:05"),
    ],
)
def test_numbers_and_times_read_well(spelled, expected):
    assert spelled.replace("\u202f", " ") == expected


def test_a_template_without_its_values_fails():
    with pytest.raises(UndefinedError):
        render("reports/usage.txt")

"""A stamp is the same moment for us and for nbgrader."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nbgrader.utils import parse_utc

from courseops.adapters.nbgrader.moments import read_moment


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


ZONES = ["UTC", "GMT", "CET", "CEST", "Europe/Paris", "America/New_York", "EST", "XYZ", "+0100"]


@given(
    at=st.datetimes(min_value=naive("1980-01-01"), max_value=naive("2090-01-01")),
    zone=st.sampled_from(ZONES),
    fraction=st.booleans(),
)
# The hour that a clock shows twice in autumn, and the one that it skips in spring.
@example(at=naive("2026-10-25T02:30"), zone="Europe/Paris", fraction=True)
@example(at=naive("2026-03-29T02:30"), zone="Europe/Paris", fraction=True)
def test_what_submit_writes_is_the_same_moment(at: datetime, zone: str, fraction: bool) -> None:
    text = at.strftime("%Y-%m-%d %H:%M:%S" + (".%f" if fraction else "")) + f" {zone}"

    assert read_moment(text) == parse_utc(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2026-03-02", "2 March 2026 09:00", "2026-03-02T09:00:00+01:00", "2026-03-02 09:00:00"],
)
def test_what_a_person_writes_is_the_same_moment(text: str) -> None:
    assert read_moment(text) == parse_utc(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday, I think", "2026-13-45 09:00:00.000000 UTC", "a b c"])
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=re.compile(".")):
        read_moment(text)


@pytest.mark.parametrize("text", ["", None])
def test_no_stamp_is_no_time(text: str | None) -> None:
    assert read_moment(text) is None

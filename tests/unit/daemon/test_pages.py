"""What a daemon answers on /healthz and /readyz."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import pytest

from courseops.adapters.memory.ambient import FixedClock
from courseops.daemon.pages import healthz, readyz
from courseops.model.jobs.standing import Standing

CLOCK = FixedClock()
WELL = Standing(beat_at=CLOCK.now())


def test_all_is_well():
    for page in (healthz(WELL, CLOCK), readyz(WELL, CLOCK)):
        assert (page.status, page.text) == (HTTPStatus.OK, b"ok\n")


def test_one_that_is_dead_is_neither():
    dead = replace(WELL, beat_at=CLOCK.now() - timedelta(hours=1))
    for page in (healthz(dead, CLOCK), readyz(dead, CLOCK)):
        assert page.status == HTTPStatus.SERVICE_UNAVAILABLE
        assert b"not looked at the clock" in page.text


@pytest.mark.parametrize("change", [{"is_active": False}, {"troubles": ("one", "two")}])
def test_one_that_cannot_work_lives_and_says_why_it_is_not_ready(change):
    hindered = replace(WELL, **change)
    assert healthz(hindered, CLOCK).status == HTTPStatus.OK
    page = readyz(hindered, CLOCK)
    assert page.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert page.text.decode().splitlines() in (
        ["one", "two"],
        ["it stands by: another daemon does the work"],
    )

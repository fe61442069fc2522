"""The daemon's own sign of life: once a minute, and never in anybody's way."""

from datetime import timedelta
from threading import Event

import pytest

from courseops.adapters.memory.ambient import FixedClock
from courseops.adapters.memory.liveness import MemoryDeadMan
from courseops.daemon.pulse import Pulse
from courseops.model.jobs.ping import Ping

SECOND = timedelta(seconds=1)


@pytest.fixture
def clock():
    return FixedClock()


def test_a_sign_is_given_at_once_and_then_each_minute(clock):
    service = MemoryDeadMan()
    pulse = Pulse(service)
    for _ in range(180):
        pulse.beat(clock.now())
        pulse.close()
        clock.advance(SECOND)
    assert service.signs == [Ping.SUCCESS] * 3


def test_a_clock_that_is_put_back_does_not_silence_it(clock):
    service = MemoryDeadMan()
    pulse = Pulse(service)
    pulse.beat(clock.now())
    pulse.close()
    clock.advance(timedelta(days=-1))
    pulse.beat(clock.now())
    pulse.close()
    assert len(service.signs) == 2


def test_a_service_that_hangs_holds_up_nothing_and_is_not_asked_again(clock):
    let_go, signs = Event(), []

    class Hanging:
        def ping(self, sign):
            signs.append(sign)
            let_go.wait(60)

    pulse = Pulse(Hanging())
    pulse.beat(clock.now())
    clock.advance(timedelta(minutes=5))
    pulse.beat(clock.now())
    let_go.set()
    pulse.close()
    assert signs == [Ping.SUCCESS]
    pulse.beat(clock.now())
    pulse.close()
    assert len(signs) == 2


def test_where_nobody_wants_it_none_is_given(clock):
    pulse = Pulse(None)
    pulse.beat(clock.now())
    pulse.close()

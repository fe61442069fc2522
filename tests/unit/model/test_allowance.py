"""How often, and how much, somebody may have brought back alone."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from courseops.model.backups.allowance import DAY, HOUR, Allowance, Earlier, Reason, wait_for
from courseops.model.backups.restore import Content
from courseops.model.backups.restored import receipt, size_in

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FEW = Allowance(restores=3, size_bytes=100)


def earlier(minutes, size_bytes=1):
    return Earlier(at=NOW - timedelta(minutes=minutes), size_bytes=size_bytes)


def test_whoever_had_nothing_yet_may_go_on():
    assert wait_for(FEW, [], 100, NOW) is None


def test_so_many_an_hour_and_then_when_the_first_is_an_hour_ago():
    had = [earlier(50), earlier(40), earlier(10)]
    wait = wait_for(FEW, had, 1, NOW)
    assert wait is not None
    assert (wait.reason, wait.until) == (Reason.OFTEN, NOW + timedelta(minutes=10))
    assert wait_for(FEW, had[1:], 1, NOW) is None
    assert wait_for(FEW, [*had[1:], earlier(60)], 1, NOW) is None


def test_so_much_a_day_and_then_when_enough_of_it_is_a_day_ago():
    had = [earlier(23 * 60, 50), earlier(22 * 60, 30), earlier(21 * 60, 10)]
    assert wait_for(FEW, had, 10, NOW) is None
    wait = wait_for(FEW, had, 61, NOW)
    assert wait is not None
    assert (wait.reason, wait.until) == (Reason.MUCH, NOW + timedelta(hours=2))


def test_what_is_too_large_by_itself_never_comes():
    wait = wait_for(FEW, [], 101, NOW)
    assert wait is not None
    assert (wait.reason, wait.until) == (Reason.LARGE, None)


def test_a_clock_that_was_set_back_holds_nobody_up():
    assert wait_for(FEW, [earlier(-600, 100)] * 5, 100, NOW) is None


@given(
    st.lists(st.builds(earlier, st.integers(0, 3000), st.integers(0, 100)), max_size=12),
    st.integers(0, 100),
)
def test_whoever_waits_as_long_as_told_may_go_on_and_no_sooner(had, size_bytes):
    wait = wait_for(FEW, had, size_bytes, NOW)
    if wait is not None:
        assert wait.until is not None
        assert wait_for(FEW, had, size_bytes, wait.until) is None
        assert wait_for(FEW, had, size_bytes, wait.until - timedelta(microseconds=1)) is not None
        assert wait.until - NOW <= max(HOUR, DAY)


@given(st.integers(0, 10**15))
def test_a_receipt_says_how_much_it_was(size_bytes):
    said = receipt("5a" * 32, NOW, Content(size_bytes=size_bytes, sha256="ab" * 32))
    assert size_in(f"as x, 7 bytes, sha256 aa, {said}") == size_bytes


def test_what_is_no_receipt_was_nothing():
    assert size_in("a link to x") == 0

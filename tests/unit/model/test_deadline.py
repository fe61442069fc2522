"""Each learner's own deadline, and which work counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.assignments.candidate import CLOCK_TOLERANCE
from courseops.model.assignments.deadline import (
    Dated,
    Deadline,
    Ground,
    Terms,
    choose,
    deadline_of,
    later_of,
)
from tests.support.collecting import DAY, DUE, MINUTE, candidate

moments = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
    max_value=datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=60))
terms = st.builds(
    Terms,
    due_at=moments,
    grace=spans,
    released_at=st.none() | moments,
    late_registration=st.none() | spans,
)


@given(terms, st.lists(moments), st.none() | moments)
def test_nothing_ever_moves_a_deadline_forward(terms, extended_to, enrolled_at):
    found = deadline_of(terms, extended_to=extended_to, enrolled_at=enrolled_at)

    assert found.due_at >= max([terms.due_at, *extended_to])
    assert found.until == found.due_at + terms.grace
    assert (found.ground is Ground.ASSIGNMENT) == (found.due_at == terms.due_at)


@given(terms, st.lists(moments), moments)
def test_one_more_extension_never_takes_time_away(terms, extended_to, more):
    without = deadline_of(terms, extended_to=extended_to)
    assert deadline_of(terms, extended_to=[*extended_to, more]).due_at >= without.due_at


@pytest.mark.parametrize(
    ("came", "due_at"),
    [
        (DUE - 20 * DAY, DUE),  # before the release: as everybody
        (DUE - 2 * DAY, DUE + 5 * DAY),
        (DUE - 8 * DAY, DUE),  # seven days of theirs end before the deadline
        (DUE + DAY, DUE + 8 * DAY),
        (None, DUE),
    ],
)
def test_a_newcomer_has_as_long_as_the_course_says(came, due_at):
    terms = Terms(due_at=DUE, released_at=DUE - 10 * DAY, late_registration=7 * DAY)
    assert deadline_of(terms, enrolled_at=came).due_at == due_at


def test_without_a_release_nobody_is_a_newcomer():
    terms = Terms(due_at=DUE, late_registration=7 * DAY)
    assert deadline_of(terms, enrolled_at=DUE).due_at == DUE


def test_the_grace_is_in_time_and_what_follows_is_late_from_the_deadline_on():
    deadline = Deadline(due_at=DUE, grace=10 * MINUTE)
    assert deadline.lateness(DUE + 10 * MINUTE) == timedelta()
    assert deadline.lateness(DUE + 11 * MINUTE) == 11 * MINUTE
    assert Deadline().lateness(DUE) == timedelta()


works = st.lists(st.builds(lambda at, n: Dated(work=n, at=at), moments, st.integers()), max_size=30)


@given(works, moments, spans, st.integers(0, 5))
def test_the_last_in_time_counts_else_the_last_of_all(works, due_at, grace, late_kept):
    deadline = Deadline(due_at=due_at, grace=grace)
    choice = choose(works, deadline, late_kept=late_kept)

    in_time = [it.at for it in works if it.at <= due_at + grace]
    late = sorted((it.at for it in works if it.at > due_at + grace), reverse=True)
    expected = max(in_time, default=late[0] if late else None)
    assert (choice.chosen.at if choice.chosen else None) == expected
    assert [it.at for it in choice.late] == late[:late_kept]


def test_of_two_at_the_same_moment_the_higher_rank_counts():
    low = Dated(work="low", at=DUE)
    high = Dated(work="high", at=DUE, rank=(True, 0.0, ""))
    assert choose([high, low], Deadline()).chosen.work == "high"
    assert choose([low, high], Deadline()).chosen.work == "high"


@pytest.mark.parametrize(
    ("seen_after", "by_claim", "counts_after"),
    [
        (CLOCK_TOLERANCE, False, timedelta()),
        (CLOCK_TOLERANCE + MINUTE, False, CLOCK_TOLERANCE + MINUTE),
        (CLOCK_TOLERANCE + MINUTE, True, timedelta()),
        (-DAY, False, timedelta()),
    ],
)
def test_a_claim_counts_unless_the_clock_contradicts_it(seen_after, by_claim, counts_after):
    it = candidate("ada", DUE, witnessed_at=DUE + seen_after)
    assert it.judged_at(by_claim=by_claim) == DUE + counts_after


def test_whoever_gave_more_time_the_later_moment_counts():
    early = datetime(2026, 3, 2, tzinfo=UTC)
    late = early + timedelta(days=1)
    found = later_of({"ada": early, "bob": late}, {"ada": late, "bob": early, "cyd": early})
    assert found == {"ada": late, "bob": late, "cyd": early}

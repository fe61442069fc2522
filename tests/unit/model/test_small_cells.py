"""No number tells of fewer than five people: alone, as a difference, as the rest of a total."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.usage.small_cells import (
    FEW,
    FEW_OR_NONE,
    FEWEST,
    Range,
    around,
    chain,
    high,
    is_small,
    low,
    part,
    second_to_hide,
    total,
)

counts = st.integers(0, 40)
chains = st.lists(counts, min_size=1, max_size=5).map(lambda found: sorted(found, reverse=True))


@pytest.mark.parametrize(
    ("counted", "shown"),
    [
        ([24, 24, 19, 0], [24, 24, 19, 0]),
        ([24, 23, 3], [24, Range(low=20, high=23), FEW]),
        ([84, 82, 79, 78], [84, Range(low=80, high=83), 79, Range(low=75, high=78)]),
        ([6, 5], [6, Range(low=1, high=5)]),
        ([6, 1], [6, Range(low=1, high=5)]),
        ([4, 4, 0], [FEW, FEW_OR_NONE, FEW_OR_NONE]),
        ([0, 0], [0, 0]),
    ],
)
def test_groups_within_groups_are_shown_from_the_largest(counted, shown):
    assert chain(counted) == shown


@pytest.mark.parametrize(
    ("limits", "spelt"),
    [(FEW, "<5"), (Range(low=20, high=23), "20–23"), (Range(low=1, high=5), "1–5")],
)
def test_a_range_is_spelt_as_a_table_has_it(limits, spelt):
    assert str(limits) == spelt


@given(chains)
def test_what_is_shown_is_true(counted):
    for count, shown in zip(counted, chain(counted), strict=True):
        assert low(shown) <= count <= high(shown)


@given(chains)
def test_neither_a_number_nor_a_difference_of_shown_ones_is_small(counted):
    shown = [it for it in chain(counted) if isinstance(it, int)]

    assert not any(is_small(it) for it in shown)
    assert not any(is_small(outer - inner) for outer, inner in pairwise(shown))


@given(chains)
def test_whoever_knows_the_rule_still_cannot_tell_a_hidden_number(counted):
    shown = chain(counted)
    for number, it in enumerate(shown):
        if isinstance(it, int):
            continue
        # The groups around it may be hidden too: each world moves them as far as it must.
        worlds = {
            other
            for other in range(41)
            for before in ([max(it, other) for it in counted[:number]],)
            for after in ([min(it, other) for it in counted[number + 1 :]],)
            if chain([*before, other, *after]) == shown
        }
        assert len(worlds) > 1, (counted, shown)


@given(st.lists(counts, min_size=1, max_size=5))
def test_a_total_says_no_more_than_its_parts(parts):
    shown = [part(it) for it in parts]
    whole = total(shown)

    assert low(whole) <= sum(parts) <= high(whole)
    for number, count in enumerate(parts):
        if is_small(count):
            others = [it for n, it in enumerate(shown) if n != number]
            least, most = low(whole) - sum(map(high, others)), high(whole) - sum(map(low, others))
            assert max(least, 1) <= 1 < FEWEST - 1 <= most


@given(counts, st.lists(counts, min_size=1, max_size=4), st.integers(0, 9))
def test_the_few_outside_all_parts_stay_unknown(rest, parts, idle):
    people, count = sum(parts) + rest + idle, sum(parts) + rest
    shown = [part(it) for it in parts]
    whole = around(count, part(count, [part(people)]), shown, part(people))

    assert low(whole) <= count <= high(whole)
    if is_small(rest) and any(parts) and all(isinstance(it, int) for it in shown):
        assert isinstance(whole, Range)
        assert whole.low < whole.high


def test_the_second_of_a_total_to_go_is_the_smallest_other_one():
    assert second_to_hide([True, False, False], [1, 30, 20]) == 2
    assert second_to_hide([False, False], [30, 20]) is None
    assert second_to_hide([True, True, False], [1, 1, 20]) is None
    assert second_to_hide([True], [1]) is None

"""Who is backed up in which shard."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.backups.shards import assigned

NAMES = st.sets(st.text("abcdef", min_size=1, max_size=3), max_size=30)
KNOWN = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 5), max_size=30)
SIZES = st.integers(1, 7)


def test_the_first_learners_fill_one_shard_after_the_other():
    assert assigned("edcba", {}, 2) == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2}


def test_newcomers_go_where_the_fewest_are():
    known = {"a": 0, "b": 0, "c": 1, "gone": 1, "d": 2, "e": 2}
    assert assigned("abcdexyz", known, 3) == {
        **{name: known[name] for name in "abcde"},
        "x": 1,
        "y": 0,
        "z": 1,
    }


def test_those_who_left_take_no_place_and_have_it_when_they_come_back():
    known = {"a": 0, "b": 0}
    assert assigned("c", known, 2) == {"c": 0}
    assert assigned("abc", known | {"c": 0}, 2) == {"a": 0, "b": 0, "c": 0}


def test_a_shard_that_holds_nobody_is_refused():
    with pytest.raises(ValueError, match="nobody"):
        assigned("a", {}, 0)


@given(names=NAMES, known=KNOWN, size=SIZES)
def test_who_has_a_shard_keeps_it_and_everybody_has_one(names, known, size):
    shards = assigned(names, known, size)

    assert shards.keys() == names
    assert all(shards[name] == known[name] for name in names & known.keys())
    assert assigned(sorted(names, reverse=True), known, size) == shards
    assert assigned(names, {**known, **shards}, size) == shards


@given(names=NAMES, known=KNOWN, size=SIZES)
def test_no_shard_grows_too_large_and_none_is_opened_while_there_is_room(names, known, size):
    shards = assigned(names, known, size)
    members, before = Counter(shards.values()), Counter(known[it] for it in names & known.keys())

    assert all(members[it] <= max(size, before[it]) for it in members)
    opened = set(members) - set(known.values())
    if opened:
        assert all(members[it] >= size for it in set(known.values()) | (opened - {max(opened)}))

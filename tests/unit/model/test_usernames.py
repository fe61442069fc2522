"""The hub's own rule for names, as its configuration has it, and ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.rosters.usernames import UsernameRule


def test_names_are_lowered_and_then_looked_up_in_the_hubs_map():
    rule = UsernameRule(renamed={"adalovelace": "ada", "Bob": "never"})
    names = [rule.name_of(name) for name in ("AdaLovelace", "Bob", "CYD")]
    assert names == ["ada", "bob", "cyd"]


@pytest.mark.parametrize("name", ["ada", "0042", "ada@univ.example", "a-b_c.d", "x" * 64])
def test_a_name_that_is_the_same_everywhere_is_good(name):
    assert UsernameRule().fault_of(name) == ""


@pytest.mark.parametrize("name", ["", "a/b", "a+b", "_ada", "ada lovelace", "zoé", "x" * 65])
def test_any_other_is_refused(name):
    assert UsernameRule().fault_of(name)


def test_a_pattern_is_matched_at_the_beginning_only_as_the_hub_does():
    rule = UsernameRule(pattern="[a-z]{3}")
    assert rule.fault_of("ada-2") == ""
    assert rule.fault_of("2ada") == "is refused by the hub's username_pattern [a-z]{3}"


def test_our_own_rule_stays_where_a_hub_has_a_pattern():
    assert "can be no username" in UsernameRule(pattern=".*").fault_of("a b")


@pytest.mark.parametrize("renamed", [{"ada": "x", "x": "y"}, {"ada": "X"}])
def test_a_name_that_the_hub_would_rename_once_more_is_refused(renamed):
    rule = UsernameRule(renamed=renamed)
    assert "the hub would make it" in rule.fault_of(rule.name_of("ada"))


@given(st.text(), st.dictionaries(st.text(max_size=3), st.text(max_size=3)))
def test_a_name_without_fault_is_what_the_hub_keeps(name, renamed):
    rule = UsernameRule(renamed=renamed)
    made = rule.name_of(name)
    assert rule.fault_of(made) or rule.name_of(made) == made

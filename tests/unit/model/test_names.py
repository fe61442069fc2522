"""Names that change upstream: never followed by themselves, and nobody is lost on the way."""

from dataclasses import replace

import pytest

from courseops.model.diff import diff
from courseops.model.plan import Target, Verb
from courseops.model.roster import Person, may_be_same
from tests.unit.model.test_plan import LEARNERS, applied, called, enrolment, roster, world

ADA, BOB = enrolment("ada", email="ada@x"), enrolment("bob", email="bob@x")


def blocked(plan):
    return {change.username: change.detail for change in plan.of(Verb.RENAME, Target.HUB_USER)}


def test_a_renamed_person_keeps_account_and_group_under_the_old_name():
    desired = roster(called(ADA, username="ada.lovelace"), BOB)
    plan = diff(desired, world(ADA, BOB))
    assert blocked(plan) == {"ada": "is called ada.lovelace now; files and grades stand under ada"}
    assert all(change.is_blocked for change in plan.changes)


def test_other_changes_of_a_renamed_person_go_on():
    desired = roster(called(ADA, username="ada.lovelace", email="new@x"), BOB)
    plan = diff(desired, world(ADA, BOB))
    assert [(c.username, c.detail) for c in plan.of(Verb.UPDATE, Target.GRADEBOOK)] == [
        ("ada", "email: ada@x → new@x")
    ]


def test_a_rename_that_was_made_on_the_hub_is_written_down():
    renamed = called(ADA, username="ada.lovelace")
    by_hand = replace(
        world(ADA, BOB),
        hub_users=frozenset({"ada.lovelace", "bob"}),
        groups={LEARNERS: frozenset({"ada.lovelace", "bob"})},
        credentials=None,
        gradebook=None,
    )
    desired = roster(renamed, BOB)
    plan = diff(desired, by_hand)
    assert [(c.verb, c.target, c.username) for c in plan.changes] == [
        (Verb.UPDATE, Target.RECORD, "ada.lovelace")
    ]


def test_grades_under_the_old_name_wait_for_a_person_after_a_rename_on_the_hub():
    by_hand = replace(world(ADA), hub_users=frozenset({"ada.lovelace"}), credentials=None)
    plan = diff(roster(called(ADA, username="ada.lovelace")), by_hand)
    (change,) = plan.of(Verb.RENAME, Target.GRADEBOOK)
    assert change.origin == "ada"


def test_two_who_exchange_their_names_both_keep_what_they_have():
    desired = roster(called(ADA, username="bob"), called(BOB, username="ada"))
    plan = diff(desired, world(ADA, BOB))
    assert set(blocked(plan)) == {"ada", "bob"}
    assert all(change.is_blocked for change in plan.changes)


def test_who_takes_the_name_of_one_that_was_renamed_has_to_wait():
    newcomer = called(enrolment("ada"), id="id-new", email="other@x")
    plan = diff(roster(called(ADA, username="countess"), newcomer), world(ADA))
    assert "somebody else is called ada" in blocked(plan)["ada"]
    assert all(change.is_blocked for change in plan.changes)


def test_a_name_that_went_to_another_person_is_not_handed_over():
    other = called(ADA, id="id-new", email="other@x", family_name="Byron")
    had = called(ADA, family_name="Lovelace")
    plan = diff(roster(other, BOB), world(had, BOB))
    assert "somebody else" in blocked(plan)["ada"]
    assert plan.dropped == ()


def test_a_new_id_of_the_same_person_is_written_down():
    moved = called(ADA, id="uuid-1")
    existing = world(ADA, BOB)
    desired = roster(moved, BOB)
    plan = diff(desired, existing)
    assert [(c.verb, c.target, c.username) for c in plan.changes] == [
        (Verb.UPDATE, Target.RECORD, "ada")
    ]
    assert diff(desired, applied(plan, desired, existing)).changes == ()


def test_an_entry_that_a_killed_run_left_under_the_old_id_is_cleared_away():
    moved = called(ADA, id="uuid-1")
    existing = replace(world(ADA), managed=(ADA, moved))
    plan = diff(roster(moved), existing)
    assert [(c.verb, c.target) for c in plan.changes] == [(Verb.UPDATE, Target.RECORD)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({"email": "A@x"}, {"email": "a@X"}, True),
        ({"email": "a@x"}, {"email": "b@x"}, True),
        ({"email": "a@x", "family_name": "Été"}, {"email": "b@x", "family_name": "ETE"}, True),
        ({"email": "a@x", "family_name": "A"}, {"email": "b@x", "family_name": "B"}, False),
    ],
)
def test_two_descriptions_are_of_two_people_only_if_address_and_name_say_so(one, other, same):
    first, second = (Person(id="1", username="u", **words) for words in (one, other))
    assert may_be_same(first, second) is same

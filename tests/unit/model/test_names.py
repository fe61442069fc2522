"""Names that change upstream: never followed by themselves, and nobody is lost on the way."""

from dataclasses import replace

import pytest

from courseops.model.roster import Person
from courseops.model.rosters.diff import diff
from courseops.model.rosters.plan import Target, Verb
from courseops.model.sameness import are_one_person, are_two_people
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
    by_hand = replace(by_hand, groups={LEARNERS: frozenset({"ada.lovelace"})})
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


def person(number, **words):
    return Person(id=str(number), username="u", **words)


@pytest.mark.parametrize(
    ("one", "other", "is_one", "are_two"),
    [
        ({}, {}, False, False),
        ({"email": "A@x"}, {"email": "a@X", "family_name": "Other"}, True, False),
        ({"email": "a@x"}, {"email": "b@x"}, False, False),
        ({"family_name": "Été", "given_name": "Zoé"}, {"given_name": "ETE zoe"}, True, False),
        # Who shares a family name often shares the beginning of a username too.
        (
            {"given_name": "Jean", "family_name": "D", "email": "jean@x"},
            {"given_name": "Julie", "family_name": "D", "email": "julie@x"},
            False,
            True,
        ),
        ({"email": "a@x", "family_name": "A"}, {"family_name": "B"}, False, True),
        ({"email": "a@x"}, {"family_name": "B"}, False, False),
        (
            {"given_name": "Bob", "family_name": "B"},
            {"given_name": "Robert", "family_name": "B"},
            False,
            False,
        ),
    ],
)
def test_two_descriptions_are_judged_by_address_and_whole_name(one, other, is_one, are_two):
    first, second = person(1, **one), person(2, **other)
    assert are_one_person(first, second) is is_one
    assert are_two_people(first, second) is are_two


def test_whom_only_the_username_was_known_of_is_whoever_has_it_unless_words_contradict():
    bare = Person(id="u", username="u", email="a@x")
    assert are_one_person(bare, person(2, family_name="B"))
    assert not are_one_person(bare, person(2, email="b@x"))


STRANGER = called(ADA, id="id-new", email="other@x", given_name="Adam")


def test_a_name_that_an_earlier_drop_freed_is_not_handed_over():
    existing = replace(world(BOB, others=frozenset()), ended=(ADA,))
    existing = replace(existing, hub_users=existing.hub_users | {"ada"})
    plan = diff(roster(STRANGER, BOB), existing)
    assert set(blocked(plan)) == {"ada"}
    assert all(change.is_blocked for change in plan.changes)


def test_a_name_whose_account_was_deleted_is_free():
    existing = replace(world(BOB), ended=(ADA,))
    plan = diff(roster(STRANGER, BOB), existing)
    assert plan.blocked == ()
    assert plan.of(Verb.CREATE, Target.HUB_USER)


def test_a_name_that_another_course_of_the_hub_knows_as_somebody_else_is_not_shared():
    existing = replace(world(BOB), neighbours=(ADA.person,))
    existing = replace(existing, hub_users=existing.hub_users | {"ada"})
    assert set(blocked(diff(roster(STRANGER, BOB), existing))) == {"ada"}
    assert blocked(diff(roster(called(ADA, id="uuid"), BOB), existing)) == {}


def test_grades_under_a_name_of_somebody_else_are_not_handed_over():
    row = Person(id="ada", username="ada", given_name="Ada", family_name="Lovelace")
    existing = replace(world(BOB), gradebook={"bob": BOB.person, "ada": row})
    newcomer = called(STRANGER, family_name="Smith")
    (change,) = diff(roster(newcomer, BOB), existing).blocked
    assert (change.target, change.origin) == (Target.GRADEBOOK, "ada")


def test_who_returns_under_another_name_gets_back_what_they_had():
    existing = replace(world(BOB), ended=(ADA,))
    existing = replace(existing, hub_users=existing.hub_users | {"ada"})
    plan = diff(roster(called(ADA, username="ada2"), BOB), existing)
    assert [c.username for c in plan.of(Verb.RETURN, Target.GROUP)] == ["ada"]
    assert set(blocked(plan)) == {"ada"}


def test_an_account_that_was_deleted_is_not_taken_for_a_rename():
    cy = enrolment("cy", email="cy@x")
    gone = replace(world(ADA, BOB), hub_users=frozenset({"bob", "cy"}), ended=(cy,))
    for stolen in ("bob", "cy"):
        plan = diff(roster(called(ADA, username=stolen)), gone)
        assert "ada" in blocked(plan), stolen
    # An account that somebody has just made is in no group yet.
    gone = replace(gone, hub_users=frozenset({"bob", "new"}))
    assert "ada" in blocked(diff(roster(called(ADA, username="new"), BOB), gone))

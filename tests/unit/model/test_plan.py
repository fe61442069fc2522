"""Plans: equal worlds need nothing, and applying a plan reaches the roster."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courseops.model.roster import (
    Enrolment,
    Person,
    Role,
    Roster,
    graders_group,
    learners_group,
    section_groups_of,
)
from courseops.model.rosters.diff import diff
from courseops.model.rosters.plan import (
    Change,
    Existing,
    Plan,
    Target,
    Verb,
    bare,
    read_plan,
    spell_plan,
)

COURSE = "py"
LEARNERS, GRADERS = learners_group(COURSE), graders_group(COURSE)


def enrolment(
    name: str, role: Role = Role.LEARNER, section: str = "", email: str = ""
) -> Enrolment:
    return Enrolment(
        person=Person(id=f"id-{name}", username=name, email=email), role=role, section=section
    )


def called(one: Enrolment, **words: str) -> Enrolment:
    return replace(one, person=replace(one.person, **words))


def roster(*enrolments: Enrolment) -> Roster:
    return Roster(course_id=COURSE, source="test", enrolments=enrolments)


def groups_of(one: Enrolment) -> set[str]:
    group = LEARNERS if one.role is Role.LEARNER else GRADERS
    return {group, *section_groups_of(one.section, COURSE)}


def world(*managed: Enrolment, others: frozenset[str] = frozenset()) -> Existing:
    """A world in which everything is as `managed` says."""
    groups: dict[str, set[str]] = {LEARNERS: set(others), GRADERS: set()}
    for one in managed:
        for group in groups_of(one):
            groups.setdefault(group, set()).add(one.person.username)
    names = frozenset(e.person.username for e in managed) | others
    return Existing(
        hub_users=names,
        groups={group: frozenset(members) for group, members in groups.items()},
        gradebook={e.person.student_id: e.person for e in managed if e.role is Role.LEARNER},
        credentials=names,
        managed=managed,
    )


def applied(plan: Plan, desired: Roster, before: Existing) -> Existing:
    """Make a plan's changes to a world of plain values, as the action makes them to a real one."""
    users, groups = set(before.hub_users), {g: set(m) for g, m in before.groups.items()}
    gradebook, credentials = dict(before.gradebook or {}), set(before.credentials or ())
    managed = {e.person.id: e for e in before.managed}
    wanted = {e.person.username: e for e in desired.enrolments}
    for change in plan.changes:
        match change.verb, change.target:
            case Verb.RENAME, _:
                pass
            case _, Target.CREDENTIAL:
                credentials.add(change.username)
            case _, Target.HUB_USER:
                assert change.username in credentials
                users.add(change.username)
            case Verb.DROP, Target.GROUP:
                groups[change.where].discard(change.username)
            case _, Target.GROUP:
                assert change.username in users
                groups.setdefault(change.where, set()).add(change.username)
                groups.get(change.origin, set()).discard(change.username)
            case _, Target.GRADEBOOK:
                person = wanted[change.username].person
                gradebook[person.student_id] = person
            case _, Target.RECORD:
                managed = {i: e for i, e in managed.items() if e.person.username != change.username}
                if change.verb is not Verb.DROP:
                    managed[wanted[change.username].person.id] = wanted[change.username]
    return replace(
        before,
        hub_users=frozenset(users),
        groups={g: frozenset(m) for g, m in groups.items()},
        gradebook=gradebook,
        credentials=frozenset(credentials),
        managed=tuple(managed.values()),
    )


people = st.builds(
    enrolment,
    name=st.sampled_from("abcdefgh"),
    role=st.sampled_from(Role),
    section=st.sampled_from(["", "1", "2", "1, 2"]),
    email=st.sampled_from(["", "x@y"]),
)
classes = st.lists(people, max_size=8, unique_by=lambda e: e.person.id).map(tuple)


def planned(desired: Roster, existing: Existing) -> Plan:
    return diff(desired, existing, section_groups=True)


@given(classes)
def test_a_class_that_is_as_its_roster_needs_nothing(enrolments):
    assert planned(roster(*enrolments), world(*enrolments)).changes == ()


@given(classes, classes, st.frozensets(st.sampled_from("xyz")))
def test_applying_a_plan_reaches_the_roster_and_a_second_plan_is_empty(before, after, others):
    desired, existing = roster(*after), world(*before, others=others)

    reached = applied(planned(desired, existing), desired, existing)

    assert planned(desired, reached).changes == ()
    for group in {LEARNERS, GRADERS, *(g for e in (*before, *after) for g in groups_of(e))}:
        listed = {e.person.username for e in after if group in groups_of(e)}
        assert reached.groups.get(group, frozenset()) == listed | (
            others if group == LEARNERS else frozenset()
        )
    assert sorted(reached.managed, key=str) == sorted(after, key=str)


@given(classes, classes)
def test_nobody_who_stays_is_ever_in_no_group_while_a_plan_is_applied(before, after):
    desired, existing = roster(*after), world(*before)
    staying = {e.person.username for e in before} & {e.person.username for e in after}
    members = {(e.person.username, group) for e in before for group in groups_of(e)}

    for change in planned(desired, existing).changes:
        if change.target is not Target.GROUP:
            continue
        if change.verb is Verb.DROP:
            members.discard((change.username, change.where))
        else:
            members.add((change.username, change.where))
            assert staying <= {name for name, _ in members}
            members.discard((change.username, change.origin))
        in_the_course = {name for name, group in members if group in (LEARNERS, GRADERS)}
        assert staying <= in_the_course


@given(classes, classes)
def test_the_fingerprint_ignores_the_order_of_the_roster(before, after):
    one = planned(roster(*after), world(*before))
    other = planned(roster(*reversed(after)), world(*reversed(before)))
    assert one.fingerprint == other.fingerprint


@given(classes, classes)
def test_a_plan_that_is_kept_is_the_same_plan(before, after):
    plan = planned(roster(*after), world(*before))
    kept = read_plan(spell_plan(plan))
    assert (kept.fingerprint, kept.changes) == (plan.fingerprint, plan.changes)
    assert (set(kept.before), set(kept.after)) == (set(plan.before), set(plan.after))


@given(classes, classes)
def test_a_plan_says_what_its_enrolments_were_and_shall_be_and_nothing_else_of_people(
    before, after
):
    plan = planned(roster(*after), world(*before))
    was, will = ({e.person.id: bare(e) for e in some} for some in (before, after))
    told = {e.person.id for e in (*plan.before, *plan.after)}
    assert {i for i in {*was, *will} if was.get(i) != will.get(i)} <= told
    assert all(was[e.person.id] == e for e in plan.before)
    assert all(will[e.person.id] == e for e in plan.after)


def test_a_plan_for_another_roster_has_another_fingerprint_even_with_the_same_changes():
    # The name of who is created stands in no change.
    one = diff(roster(enrolment("ada", email="a@x")), world())
    other = diff(roster(enrolment("ada", email="b@x")), world())
    assert one.changes == other.changes
    assert one.fingerprint != other.fingerprint


def test_only_whom_we_enrolled_is_dropped():
    plan = diff(roster(enrolment("ada")), world(enrolment("ada"), others=frozenset({"guest"})))
    assert plan.changes == ()
    assert plan.unmanaged == ("guest",)


def test_a_member_whom_somebody_else_added_is_left_alone_though_the_roster_lists_them():
    plan = planned(roster(enrolment("ada", section="1")), world(others=frozenset({"ada"})))
    assert [(c.verb, c.target) for c in plan.changes] == [(Verb.CREATE, Target.GRADEBOOK)]
    assert plan.unmanaged == ("ada",)


def test_a_protected_account_is_never_dropped():
    existing = replace(world(enrolment("ada"), enrolment("boss")), protected=frozenset({"boss"}))
    assert diff(roster(enrolment("ada")), existing).dropped == ()


def test_a_protected_account_gets_no_password_from_a_roster():
    existing = Existing(
        hub_users=frozenset({"boss"}),
        groups={},
        credentials=frozenset(),
        protected=frozenset({"boss"}),
    )
    plan = diff(roster(enrolment("boss"), enrolment("ada")), existing)
    assert [c.username for c in plan.of(Verb.CREATE, Target.CREDENTIAL)] == ["ada"]


def test_a_credential_comes_before_the_account_that_it_protects():
    bare = Existing(hub_users=frozenset(), groups={}, credentials=frozenset())
    targets = [c.target for c in diff(roster(enrolment("ada")), bare).changes]
    assert targets[:2] == [Target.CREDENTIAL, Target.HUB_USER]


def test_a_changed_role_is_one_move_and_no_drop():
    plan = diff(roster(enrolment("ada", Role.ASSISTANT)), world(enrolment("ada")))
    moves = [(c.verb, c.where, c.origin) for c in plan.changes if c.target is Target.GROUP]
    assert moves == [(Verb.MOVE, GRADERS, LEARNERS)]
    assert plan.dropped == ()


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        ("1", "2", [("move", "section-py--2", "section-py--1")]),
        ("1", "1, 2", [("enrol", "section-py--2", "")]),
        ("1, 2", "2", [("move", "section-py--2", "section-py--1")]),
        ("1", "", [("move", LEARNERS, "section-py--1")]),
        ("", "1", [("enrol", "section-py--1", "")]),
    ],
)
def test_a_changed_section_is_a_move(before, after, moves):
    plan = planned(roster(enrolment("ada", section=after)), world(enrolment("ada", section=before)))
    in_groups = [(c.verb, c.where, c.origin) for c in plan.changes if c.target is Target.GROUP]
    (written,) = (c for c in plan.changes if c.target is Target.RECORD)
    assert in_groups == moves
    assert written.verb is Verb.MOVE
    assert written.detail == f"section: {before or '–'} → {after or '–'}"


def test_without_groups_for_sections_a_move_is_written_down_only():
    plan = diff(roster(enrolment("ada", section="2")), world(enrolment("ada", section="1")))
    assert [(c.verb, c.target) for c in plan.changes] == [(Verb.MOVE, Target.RECORD)]


def test_who_was_here_before_returns():
    left = {"ended": (enrolment("ada"),), "hub_users": frozenset({"ada"})}
    existing = replace(world(), **left, credentials=None)
    plan = diff(roster(enrolment("ada")), existing)
    assert [(c.verb, c.target) for c in plan.changes if c.target is not Target.GRADEBOOK] == [
        (Verb.RETURN, Target.RECORD),
        (Verb.RETURN, Target.GROUP),
    ]


def test_whose_account_is_gone_leaves_our_record_only():
    existing = replace(world(enrolment("ada")), hub_users=frozenset(), groups={})
    assert [(c.verb, c.target) for c in diff(roster(), existing).changes] == [
        (Verb.DROP, Target.RECORD)
    ]


def test_a_changed_address_is_one_update_that_says_what_changed():
    plan = diff(roster(enrolment("ada", email="new@x")), world(enrolment("ada", email="old@x")))
    in_gradebook = [c for c in plan.changes if c.target is Target.GRADEBOOK]
    assert in_gradebook == [
        Change(
            verb=Verb.UPDATE,
            target=Target.GRADEBOOK,
            username="ada",
            where=COURSE,
            detail="email: old@x → new@x",
        )
    ]


def test_a_course_without_a_gradebook_gets_no_gradebook_changes():
    bare = replace(world(), gradebook=None)
    targets = {c.target for c in diff(roster(enrolment("ada")), bare).changes}
    assert targets == {Target.CREDENTIAL, Target.HUB_USER, Target.RECORD, Target.GROUP}


def test_the_gradebook_knows_people_by_the_id_it_has_for_them():
    ada = called(enrolment("ada"), gradebook_id="s42")
    plan = diff(roster(ada), world(ada))
    assert plan.changes == ()


def test_a_changed_gradebook_id_waits_for_a_person():
    ada = called(enrolment("ada"), gradebook_id="s42")
    plan = diff(roster(called(ada, gradebook_id="s43")), world(ada))
    (blocked,) = plan.blocked
    assert (blocked.target, blocked.origin) == (Target.GRADEBOOK, "s42")
    assert plan.of(Verb.CREATE, Target.GRADEBOOK) == ()


def test_groups_of_sections_that_were_off_for_a_while_are_put_right():
    moved, left = enrolment("ada", section="2"), enrolment("bob", section="1")
    existing = world(moved, enrolment("cy", section="1"))
    groups = dict(existing.groups) | {"section-py--1": frozenset({"ada", "bob", "cy"})}
    existing = replace(existing, groups=groups, ended=(left,))
    plan = planned(roster(moved, enrolment("cy", section="1")), existing)
    assert [(c.verb, c.username, c.where, c.origin) for c in plan.changes] == [
        (Verb.MOVE, "ada", "section-py--2", "section-py--1"),
        (Verb.DROP, "bob", "section-py--1", ""),
    ]


def test_no_two_sections_share_a_group():
    pairs = [("1 A", "C"), ("A", "C-1"), ("A+", "C"), ("A-", "C"), ("甲", "C"), ("乙", "C")]
    groups = [section_groups_of(section, course) for section, course in pairs]
    assert len(set(groups)) == len(pairs)
    assert section_groups_of("Groupe été, B", "py") == ("section-py--groupe-ete", "section-py--b")

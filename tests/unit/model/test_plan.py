"""Plans: equal worlds need nothing, and applying a plan reaches the roster."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from courseops.model.plan import Change, Existing, Plan, Target, Verb, diff
from courseops.model.roster import Enrolment, Person, Role, Roster, graders_group, learners_group

COURSE = "py"
LEARNERS, GRADERS = learners_group(COURSE), graders_group(COURSE)


def enrolment(
    name: str, role: Role = Role.LEARNER, section: str = "", email: str = ""
) -> Enrolment:
    return Enrolment(
        person=Person(id=f"id-{name}", username=name, email=email), role=role, section=section
    )


def roster(*enrolments: Enrolment) -> Roster:
    return Roster(course_id=COURSE, source="test", enrolments=enrolments)


def world(*managed: Enrolment, others: frozenset[str] = frozenset()) -> Existing:
    """A world in which everything is as `managed` says."""
    return Existing(
        hub_users=frozenset(e.person.username for e in managed) | others,
        groups={
            LEARNERS: frozenset(e.person.username for e in managed if e.role is Role.LEARNER)
            | others,
            GRADERS: frozenset(e.person.username for e in managed if e.role is not Role.LEARNER),
        },
        gradebook={e.person.username: e.person for e in managed if e.role is Role.LEARNER},
        managed=managed,
    )


def applied(plan: Plan, desired: Roster, before: Existing) -> Existing:
    """Make a plan's changes to a world of plain values, as the action makes them to a real one."""
    users, groups = set(before.hub_users), {g: set(m) for g, m in before.groups.items()}
    gradebook = dict(before.gradebook or {})
    managed = {e.person.id: e for e in before.managed}
    wanted = {e.person.username: e for e in desired.enrolments}
    for change in plan.changes:
        match change.verb, change.target:
            case Verb.CREATE, Target.HUB_USER:
                users.add(change.username)
            case Verb.ENROL, _:
                groups.setdefault(change.where, set()).add(change.username)
                managed.setdefault(wanted[change.username].person.id, wanted[change.username])
            case Verb.DROP, _:
                groups.get(change.where, set()).discard(change.username)
                if change.username not in wanted:
                    managed.pop(f"id-{change.username}", None)
            case _, Target.GRADEBOOK:
                gradebook[change.username] = wanted[change.username].person
            case _, Target.RECORD:
                managed[wanted[change.username].person.id] = wanted[change.username]
    return replace(
        before,
        hub_users=frozenset(users),
        groups={g: frozenset(m) for g, m in groups.items()},
        gradebook=gradebook,
        managed=tuple(managed.values()),
    )


people = st.builds(
    enrolment,
    name=st.sampled_from("abcdefgh"),
    role=st.sampled_from(Role),
    section=st.sampled_from(["", "1", "2"]),
    email=st.sampled_from(["", "x@y"]),
)
classes = st.lists(people, max_size=8, unique_by=lambda e: e.person.id).map(tuple)


@given(classes)
def test_a_class_that_is_as_its_roster_needs_nothing(enrolments):
    assert diff(roster(*enrolments), world(*enrolments)).changes == ()


@given(classes, classes, st.frozensets(st.sampled_from("xyz")))
def test_applying_a_plan_reaches_the_roster_and_a_second_plan_is_empty(before, after, others):
    desired, existing = roster(*after), world(*before, others=others)

    reached = applied(diff(desired, existing), desired, existing)

    assert diff(desired, reached).changes == ()
    learners = {e.person.username for e in after if e.role is Role.LEARNER}
    assert reached.groups[LEARNERS] == learners | others


@given(classes, classes)
def test_nobody_who_stays_is_ever_in_no_group_while_a_plan_is_applied(before, after):
    desired, existing = roster(*after), world(*before)
    staying = {e.person.username for e in before} & {e.person.username for e in after}
    members = {(e.person.username, e.role is Role.LEARNER) for e in before}

    for change in diff(desired, existing).changes:
        pair = (change.username, change.where == LEARNERS)
        if change.target is Target.GROUP:
            members = members | {pair} if change.verb is Verb.ENROL else members - {pair}
        assert staying <= {name for name, _ in members}


@given(classes, classes)
def test_the_fingerprint_ignores_the_order_of_the_roster(before, after):
    one = diff(roster(*after), world(*before))
    other = diff(roster(*reversed(after)), world(*reversed(before)))
    assert one.fingerprint == other.fingerprint


def test_only_whom_we_enrolled_is_dropped():
    plan = diff(roster(enrolment("ada")), world(enrolment("ada"), others=frozenset({"guest"})))
    assert plan.changes == ()
    assert plan.unmanaged == ("guest",)


def test_a_protected_account_is_never_dropped():
    existing = replace(world(enrolment("ada"), enrolment("boss")), protected=frozenset({"boss"}))
    assert diff(roster(enrolment("ada")), existing).dropped == ()


def test_a_changed_role_is_enrolled_in_the_new_group_before_it_leaves_the_old():
    plan = diff(roster(enrolment("ada", Role.ASSISTANT)), world(enrolment("ada")))
    moves = [(c.verb, c.where) for c in plan.changes if c.target is Target.GROUP]
    assert moves == [(Verb.ENROL, GRADERS), (Verb.DROP, LEARNERS)]


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
    assert targets == {Target.HUB_USER, Target.GROUP}

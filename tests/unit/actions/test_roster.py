"""Applying rosters: everyone accounted for, nothing lost by a crash at any point."""

from dataclasses import replace
from datetime import timedelta

import pytest

from courseops.actions.rosters.course_ports import CoursePorts, PasswordPorts
from courseops.actions.rosters.roster import apply_roster, plan_roster
from courseops.adapters.memory.accounts import MemoryCredentials, MemoryFirstPasswords
from courseops.adapters.memory.gradebook import MemoryGradebook
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.store import MemoryEnrolments, MemoryPlans
from courseops.errors import (
    CourseOpsError,
    PlanHeldError,
    PlanRefusedError,
    RefusedError,
    UnreachableError,
)
from courseops.model.hub import HubUser
from courseops.model.roster import Role, Roster, SourceSize, graders_group, learners_group
from courseops.model.rosters.guard import Limits
from courseops.model.run import Ending, Phase, Status
from tests.unit.model.test_plan import COURSE, called, enrolment, roster

CLASS = (enrolment("ada"), enrolment("bob"), enrolment("prof", Role.INSTRUCTOR))
SCOPE = f"course/{COURSE}"


class ListSource:
    """A source that gives what it was told."""

    def __init__(self, *enrolments):
        self.roster = roster(*enrolments)

    def read(self) -> Roster:
        return self.roster


@pytest.fixture
def ports() -> CoursePorts:
    return CoursePorts(
        course_id=COURSE,
        source=ListSource(*CLASS),
        hub=MemoryHub(),
        gradebook=MemoryGradebook(),
        enrolments=MemoryEnrolments(),
        plans=MemoryPlans(),
        limits=Limits(),
    )


def but(ports, *enrolments):
    return replace(ports, source=ListSource(*enrolments))


def members(ports):
    return {group: names for group, names in ports.hub.groups().items() if names}


def test_a_class_reaches_hub_groups_and_gradebook_and_then_needs_nothing(ports, journal):
    applied = apply_roster(ports, journal)

    assert {o.subject for o in applied.outcomes} == {"ada", "bob", "prof"}
    assert members(ports) == {
        learners_group(COURSE): {"ada", "bob"},
        graders_group(COURSE): {"prof"},
    }
    assert set(ports.gradebook.students()) == {"ada", "bob"}
    assert plan_roster(ports, journal).changes == ()


def test_planning_changes_nothing_and_leaves_no_run(ports, journal):
    plan_roster(ports, journal)
    assert ports.hub.users() == []
    assert journal.runs.recent() == []


def test_one_name_that_the_hub_refuses_fails_alone_and_goes_no_further(ports, journal):
    hub = MemoryHub(refused={"bob": "no such person"})
    applied = apply_roster(replace(ports, hub=hub), journal)

    failed = [o for o in applied.outcomes if o.status is Status.FAILED]
    assert [o.subject for o in failed] == ["bob"]
    assert hub.groups()[learners_group(COURSE)] == {"ada"}
    assert set(ports.gradebook.students()) == {"ada"}
    assert journal.runs.recent()[0].ending is Ending.INCOMPLETE


def test_to_drop_someone_ends_an_enrolment_and_keeps_account_and_grades(ports, journal):
    apply_roster(ports, journal)
    apply_roster(but(ports, CLASS[0], CLASS[2]), journal)

    assert members(ports)[learners_group(COURSE)] == {"ada"}
    assert "bob" in {user.name for user in ports.hub.users()}
    assert "bob" in ports.gradebook.students()
    assert {e.person.username for e in ports.enrolments.active(COURSE)} == {"ada", "prof"}


def test_who_returns_gets_everything_back(ports, journal):
    apply_roster(ports, journal)
    apply_roster(but(ports, CLASS[0], CLASS[2]), journal)
    apply_roster(ports, journal)
    assert members(ports)[learners_group(COURSE)] == {"ada", "bob"}


def test_a_guests_membership_is_shown_and_kept(ports, journal):
    apply_roster(ports, journal)
    ports.hub.create_users(["guest"])
    ports.hub.add_to_group(learners_group(COURSE), ["guest"])

    planned = plan_roster(ports, journal)
    apply_roster(but(ports, CLASS[0], CLASS[2]), journal)

    assert planned.unmanaged == ("guest",)
    assert members(ports)[learners_group(COURSE)] == {"ada", "guest"}


def test_an_admin_is_never_dropped(ports, journal):
    hub = MemoryHub(users=[HubUser(name="bob", admin=True)])
    ports = replace(ports, hub=hub)
    apply_roster(ports, journal)
    apply_roster(but(ports, CLASS[0], CLASS[2]), journal)
    assert "bob" in members(ports)[learners_group(COURSE)]


def test_a_refused_plan_changes_nothing_and_is_on_record(ports, journal):
    apply_roster(ports, journal)
    before = members(ports)
    with pytest.raises(PlanRefusedError):
        apply_roster(but(ports), journal)
    assert members(ports) == before
    assert journal.runs.recent()[0].ending is Ending.REFUSED


def test_another_plan_than_the_reviewed_one_is_refused(ports, journal):
    reviewed = plan_roster(ports, journal).fingerprint
    changed = but(ports, *CLASS, enrolment("newcomer"))
    with pytest.raises(PlanRefusedError, match="no longer"):
        apply_roster(changed, journal, fingerprint=reviewed)
    assert ports.hub.users() == []


def test_every_change_has_an_audit_record_before_and_after_it(ports, journal):
    applied = apply_roster(ports, journal)
    audit = journal.runs.audit_of(applied.run_id)
    for phase in (Phase.INTENDED, Phase.MADE):
        assert ("ada", "create hub user hub") in {
            (r.subject, r.change) for r in audit if r.phase is phase
        }


def test_a_changed_section_is_a_move_and_with_groups_nobody_is_between_two(ports, journal):
    ports = replace(ports, section_groups=True)
    first = tuple(replace(e, section="A") for e in CLASS)
    apply_roster(but(ports, *first), journal)
    apply_roster(but(ports, replace(first[0], section="B"), *first[1:]), journal)

    assert members(ports)["section-py--b"] == {"ada"}
    assert members(ports)["section-py--a"] == {"bob", "prof"}
    assert {e.section for e in ports.enrolments.active(COURSE)} == {"A", "B"}


def test_a_renamed_person_fails_with_what_to_do_and_the_others_go_on(ports, journal):
    apply_roster(ports, journal)
    renamed = called(CLASS[0], username="ada.lovelace")
    applied = apply_roster(but(ports, renamed, *CLASS[1:], enrolment("newcomer")), journal)

    (failed,) = [o for o in applied.outcomes if o.status is Status.FAILED]
    assert (failed.subject, failed.kind) == ("ada", "renamed")
    assert "identities" in failed.mend
    assert members(ports)[learners_group(COURSE)] == {"ada", "bob", "newcomer"}
    assert "ada.lovelace" not in {user.name for user in ports.hub.users()}


def test_a_hub_that_says_no_in_the_middle_leaves_a_class_that_the_next_run_completes(
    ports, journal
):
    class Moody(MemoryHub):
        def add_to_group(self, group, names):
            raise UnreachableError(f"500 for {group}: {names}")

    moody = Moody()
    with pytest.raises(UnreachableError):
        apply_roster(replace(ports, hub=moody), journal)
    assert journal.runs.recent()[0].ending is Ending.FAILED
    assert members(replace(ports, hub=moody)) == {}

    well = MemoryHub(users=moody.users(), groups=moody.groups())
    apply_roster(replace(ports, hub=well), journal)
    assert members(replace(ports, hub=well))[learners_group(COURSE)] == {"ada", "bob"}


def test_a_source_that_cannot_be_read_is_a_failed_run_and_changes_nothing(ports, journal):
    class Torn:
        def read(self):
            raise CourseOpsError("cut off in the middle")

    apply_roster(ports, journal)
    before = members(ports)
    with pytest.raises(CourseOpsError):
        apply_roster(replace(ports, source=Torn()), journal)
    assert members(ports) == before
    assert journal.runs.recent()[0].ending is Ending.FAILED


def test_a_list_that_cannot_be_read_is_said_even_if_the_hub_is_away(ports, journal):
    class Torn:
        def read(self):
            raise CourseOpsError("cut off in the middle")

    away = replace(ports, source=Torn(), hub=MemoryHub(reachable=False))
    with pytest.raises(CourseOpsError, match="cut off"):
        plan_roster(away, journal)
    with pytest.raises(UnreachableError):
        plan_roster(replace(ports, hub=away.hub), journal)


def test_a_source_smaller_than_at_its_last_good_run_is_held(ports, journal):
    def sized(people):
        source = ListSource(*CLASS)
        source.roster = replace(source.roster, sizes=(SourceSize(source="moodle", people=people),))
        return replace(ports, source=source)

    apply_roster(sized(20), journal)
    with pytest.raises(PlanHeldError) as held:
        apply_roster(sized(15), journal)
    assert "moodle lists 15 people" in held.value.problems[0]
    # A run that was held is no good run: the next one is still compared with the twenty.
    with pytest.raises(PlanRefusedError):
        apply_roster(sized(15), journal)
    apply_roster(sized(17), journal)


def test_a_plan_older_than_a_day_is_refused(ports, journal, clock):
    reviewed = plan_roster(ports, journal).fingerprint
    clock.advance(timedelta(hours=25))
    with pytest.raises(PlanRefusedError, match="not within the last 24 hours"):
        apply_roster(ports, journal, fingerprint=reviewed)
    assert ports.hub.users() == []
    plan_roster(ports, journal)
    assert apply_roster(ports, journal, fingerprint=reviewed).outcomes


def test_a_plan_that_nobody_was_shown_is_refused(ports, journal):
    elsewhere = replace(ports, plans=MemoryPlans())
    fingerprint = plan_roster(elsewhere, journal).fingerprint
    with pytest.raises(PlanRefusedError, match="reviewed never here"):
        apply_roster(ports, journal, fingerprint=fingerprint)


def guarded(ports, **credentials):
    passwords = PasswordPorts(
        credentials=MemoryCredentials(**credentials), first=MemoryFirstPasswords()
    )
    return replace(ports, passwords=passwords)


def users(ports):
    return {user.name for user in ports.hub.users()}


def test_open_sign_up_refuses_the_sync_before_anything_is_made(ports, journal):
    site = guarded(ports, open_sign_up=True)
    with pytest.raises(RefusedError):
        apply_roster(site, journal)
    # Nor where everybody has a password already: the account that is made could be claimed.
    there = guarded(ports, open_sign_up=True, passwords=dict.fromkeys(["ada", "bob", "prof"], "x"))
    with pytest.raises(RefusedError):
        apply_roster(there, journal)
    assert users(ports) == set()


@pytest.mark.parametrize("kind", [None, "ldap"])
def test_a_hub_where_the_first_comer_chooses_the_password_must_be_configured_so(
    kind, ports, journal
):
    hub = MemoryHub(authenticator="firstuseauthenticator.FirstUseAuthenticator")
    with pytest.raises(RefusedError, match="whoever comes first"):
        apply_roster(replace(ports, hub=hub, accounts=kind), journal)
    assert hub.users() == []


def test_a_name_that_somebody_signed_up_under_is_not_made_an_account(ports, journal):
    site = guarded(ports, passwords={"ada": "theirs"}, claimed={"ada"})
    applied = apply_roster(site, journal)
    (failed,) = [o for o in applied.outcomes if o.status is Status.FAILED]
    assert (failed.subject, failed.kind) == ("ada", "claimed")
    assert users(site) == {"bob", "prof"}


def test_a_protected_name_without_a_password_is_not_made_an_account(ports, journal):
    site = replace(guarded(ports), protected=frozenset({"ada"}))
    applied = apply_roster(site, journal)
    (failed,) = [o for o in applied.outcomes if o.status is Status.FAILED]
    assert (failed.subject, failed.kind) == ("ada", "protected")
    assert users(site) == {"bob", "prof"}


class Killed(BaseException):
    """The process is gone; nothing that would have followed happens."""


class MortalPort:
    """A port whose process dies at the n-th call, before or after the call had its effect."""

    def __init__(self, port, life):
        self._port, self._life = port, life

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*args, **kwargs):
            self._life.spend()
            result = method(*args, **kwargs)
            self._life.spend()
            return result

        return call


class Life:
    def __init__(self, calls):
        self.left = calls

    def spend(self):
        self.left -= 1
        if self.left < 0:
            raise Killed


def state(ports):
    """Everything that an apply may change, in a form that compares."""
    return {
        "groups": members(ports),
        "users": {user.name for user in ports.hub.users()},
        "gradebook": dict(ports.gradebook.students()),
        "record": ports.enrolments.active(COURSE),
        "passwords": set(ports.passwords.credentials.passwords),
        "handed out": {
            name
            for name, first in ports.passwords.first.waiting(COURSE).items()
            if ports.passwords.credentials.opens(name, first.password)
        },
    }


def empty(ports, source):
    """A site on which nothing was done yet."""
    return replace(
        ports,
        hub=MemoryHub(),
        gradebook=MemoryGradebook(),
        enrolments=MemoryEnrolments(),
        passwords=PasswordPorts(credentials=MemoryCredentials(), first=MemoryFirstPasswords()),
        section_groups=True,
        source=ListSource(*source),
    )


def mortal(ports, life):
    """The same site, for a process that dies after so many calls."""
    passwords = PasswordPorts(
        credentials=MortalPort(ports.passwords.credentials, life),
        first=MortalPort(ports.passwords.first, life),
    )
    return replace(
        ports,
        hub=MortalPort(ports.hub, life),
        gradebook=MortalPort(ports.gradebook, life),
        enrolments=MortalPort(ports.enrolments, life),
        passwords=passwords,
    )


BEFORE = (*(replace(e, section="A") for e in CLASS), enrolment("left", section="A", email="left@x"))
AFTER = (
    replace(BEFORE[0], role=Role.ASSISTANT, section="B"),
    replace(BEFORE[2], section="B"),
    called(enrolment("newcomer", section="A"), given_name="New"),
    called(BEFORE[3], id="another-id"),
)
# What was, what shall be; "returns" has been everything before.
CHANGES = {
    "first sync": [(), AFTER],
    "class changes": [BEFORE, AFTER],
    "returns": [BEFORE, AFTER, BEFORE],
}


@pytest.mark.parametrize("classes", CHANGES.values(), ids=CHANGES)
def test_a_kill_at_any_step_is_mended_by_the_same_command(classes, ports, journal):
    *earlier, last = classes

    def before():
        site = empty(ports, last)
        for people in filter(None, earlier):
            apply_roster(but(site, *people), journal)
        return site

    undisturbed = before()
    apply_roster(undisturbed, journal)
    for calls in range(1000):
        site, life = before(), Life(calls)
        try:
            apply_roster(mortal(site, life), journal)
        except Killed:
            now = state(site)
            assert now["users"] <= now["passwords"], "an account without what protects it"
            apply_roster(site, journal)
            assert state(site) == state(undisturbed), calls
            assert plan_roster(site, journal).changes == ()
        else:
            assert calls > 10
            return
    pytest.fail("it never came to its end")

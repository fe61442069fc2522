"""Applying rosters: everyone accounted for, nothing lost by a crash at any point."""

from dataclasses import replace

import pytest

from courseops.actions.roster import CoursePorts, apply_roster, plan_roster
from courseops.adapters.memory.gradebook import MemoryGradebook
from courseops.adapters.memory.hub import MemoryHub
from courseops.adapters.memory.store import MemoryEnrolments, MemoryPlans
from courseops.errors import PlanRefusedError
from courseops.model.guard import Limits
from courseops.model.hub import HubUser
from courseops.model.roster import Role, Roster, graders_group, learners_group
from courseops.model.run import Ending, Phase, Status
from tests.unit.model.test_plan import COURSE, enrolment, roster

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


def snapshot(ports):
    kept = sorted(ports.enrolments.active(COURSE), key=lambda e: e.person.id)
    return members(ports), dict(ports.gradebook.students()), kept


@pytest.mark.parametrize("before", [(), CLASS], ids=["first sync", "class changes"])
def test_a_kill_at_any_step_is_mended_by_the_same_command(before, ports, journal):
    after = (replace(CLASS[0], role=Role.ASSISTANT), CLASS[2], enrolment("newcomer"))
    calls = 0
    while True:
        fresh = replace(
            ports,
            hub=MemoryHub(),
            gradebook=MemoryGradebook(),
            enrolments=MemoryEnrolments(),
            source=ListSource(*before),
        )
        if before:
            apply_roster(fresh, journal)
        life = Life(calls)
        mortal = replace(
            but(fresh, *after),
            hub=MortalPort(fresh.hub, life),
            gradebook=MortalPort(fresh.gradebook, life),
            enrolments=MortalPort(fresh.enrolments, life),
        )
        try:
            apply_roster(mortal, journal)
        except Killed:
            apply_roster(but(fresh, *after), journal)
            assert plan_roster(but(fresh, *after), journal).changes == ()
            assert members(fresh) == {
                learners_group(COURSE): {"newcomer"},
                graders_group(COURSE): {"ada", "prof"},
            }, calls
            calls += 1
        else:
            assert calls > 10
            return

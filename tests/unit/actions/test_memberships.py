"""Taking over what others added, taking back what a run did, and what waits for a person."""

from dataclasses import replace

import pytest

from courseops.actions.rosters.approvals import approve, held_run, reject
from courseops.actions.rosters.memberships import adopt, plan_undo, undo_roster
from courseops.actions.rosters.roster import apply_roster, plan_roster
from courseops.errors import CourseOpsError, LockedError, PlanHeldError, PlanRefusedError
from courseops.model.roster import Role, graders_group, learners_group
from courseops.model.rosters.guard import Permission
from courseops.model.run import Ending, Status
from tests.unit.actions.test_roster import (
    AFTER,
    BEFORE,
    COURSE,
    but,
    empty,
    members,
    ports,  # noqa: F401
    state,
)
from tests.unit.model.test_plan import enrolment

MANY = tuple(enrolment(f"learner{n:02}") for n in range(30))


class Told:
    """Whoever is told, and may be out of reach."""

    def __init__(self, *, trouble=None):
        self.notices, self.trouble = [], trouble

    def tell(self, notice):
        self.notices.append(notice)
        if self.trouble:
            raise self.trouble


@pytest.fixture
def site(ports):  # noqa: F811
    return empty(ports, BEFORE)


def run_of(journal, applied):
    return journal.runs.get(applied.run_id)


def memberships(site):
    return {key: state(site)[key] for key in ("groups", "record")}


@pytest.mark.parametrize("after", [AFTER, BEFORE[:1], BEFORE], ids=["changes", "drops", "nothing"])
def test_undo_restores_memberships_to_what_they_were_before_a_run(after, site, journal):
    apply_roster(site, journal)
    before = memberships(site)
    # The last instructor and all of a class may not leave without a word; here they stay.
    after = (*after, *(e for e in BEFORE if e.role is Role.INSTRUCTOR and e not in after))
    after = tuple({e.person.username: e for e in reversed(after)}.values())
    fingerprint = plan_roster(but(site, *after), journal).fingerprint
    approved = {"fingerprint": fingerprint, "permission": Permission(approved=True)}
    applied = apply_roster(but(site, *after), journal, **approved)

    undone = undo_roster(but(site, *after), journal, run_of(journal, applied))

    restored = memberships(site)
    assert restored["groups"] == before["groups"]
    assert {(e.person.username, e.role, e.section) for e in restored["record"]} == {
        (e.person.username, e.role, e.section) for e in before["record"]
    }
    assert all(o.status is Status.DONE for o in undone.outcomes)
    assert plan_undo(site, journal, run_of(journal, applied)).changes == ()


def test_undoing_the_first_sync_leaves_accounts_gradebook_and_passwords(site, journal):
    applied = apply_roster(site, journal)
    undo_roster(site, journal, run_of(journal, applied))
    now = state(site)
    assert (now["groups"], now["record"]) == ({}, [])
    names = {e.person.username for e in BEFORE}
    assert names == now["users"] == now["passwords"] == now["handed out"]
    assert len(now["gradebook"]) == 3


def test_an_undo_can_be_undone(site, journal):
    applied = apply_roster(site, journal)
    there = memberships(site)
    undone = undo_roster(site, journal, run_of(journal, applied))
    undo_roster(site, journal, journal.runs.get(undone.run_id))
    assert memberships(site) == there


def test_a_run_of_another_course_cannot_be_undone_here(site, journal):
    applied = apply_roster(site, journal)
    with pytest.raises(CourseOpsError, match="nobody knows which memberships of other"):
        undo_roster(replace(site, course_id="other"), journal, run_of(journal, applied))


def test_whom_others_added_can_be_adopted_and_then_follows_the_roster(site, journal):
    site.hub.create_users(["guest", "helper", "ada"])
    for group, name in [("learners", "guest"), ("graders", "helper"), ("learners", "ada")]:
        of = learners_group if group == "learners" else graders_group
        site.hub.ensure_group(of(COURSE))
        site.hub.add_to_group(of(COURSE), [name])
    apply_roster(site, journal)
    assert plan_roster(site, journal).unmanaged == ("ada", "guest", "helper")

    adopted = adopt(site, journal, ["guest", "ada", "nobody"])
    assert {o.subject: o.status for o in adopted.outcomes} == {
        "guest": Status.DONE,
        "ada": Status.DONE,
        "nobody": Status.FAILED,
    }
    planned = plan_roster(site, journal)
    assert planned.unmanaged == ("helper",)
    assert {c.username for c in planned.changes if c.verb == "drop"} == {"guest"}
    apply_roster(site, journal)
    assert members(site)[learners_group(COURSE)] == {"ada", "bob", "left"}

    # Of the staff, only by name: a teacher whom no list names would be dropped by the next sync.
    assert adopt(site, journal).outcomes == ()
    assert [o.status for o in adopt(site, journal, ["helper"]).outcomes] == [Status.DONE]


def test_a_blocked_plan_is_held_and_people_are_told_once(site, journal):
    told = Told()
    site = replace(site, source=but(site, *MANY).source, notifier=told, site="École du Lac")
    apply_roster(site, journal)
    short = but(site, *MANY[:15])
    for _ in range(2):
        with pytest.raises(PlanRefusedError) as refused:
            apply_roster(short, journal)

    # Whoever was told of the first one may still approve it.
    first, second = journal.runs.recent(limit=2)[::-1]
    assert (first.ending, second.ending) == (Ending.HELD, Ending.REFUSED)
    assert first.id in refused.value.hint
    (notice,) = told.notices
    assert (notice.run_id, notice.site, notice.scope) == (
        first.id,
        "École du Lac",
        f"course/{COURSE}",
    )
    assert "15 of 30 learners would be dropped" in notice.reasons[0]
    assert any(change.startswith("drop learner15") for change in notice.changes)
    assert len(members(site)[learners_group(COURSE)]) == 30


def test_a_message_that_nobody_takes_does_not_hide_the_refusal(site, journal):
    site = but(replace(site, notifier=Told(trouble=CourseOpsError("no mail server"))), *MANY)
    apply_roster(site, journal)
    with pytest.raises(PlanHeldError) as held:
        apply_roster(but(site, *MANY[:15]), journal)
    assert "nobody could be told: no mail server" in held.value.problems


def test_people_are_told_later_if_nobody_could_be_told_at_once(site, journal):
    told = Told(trouble=CourseOpsError("no mail server"))
    site = but(replace(site, notifier=told), *MANY)
    apply_roster(site, journal)
    for trouble in (told.trouble, None, None):
        told.trouble = trouble
        with pytest.raises(PlanRefusedError):
            apply_roster(but(site, *MANY[:15]), journal)
    assert len(told.notices) == 2


def test_another_plan_takes_the_place_of_a_held_one(site, journal):
    _, held = held_plan(site, journal)
    with pytest.raises(PlanHeldError):
        apply_roster(but(site, *MANY[:14]), journal)
    assert "superseded" in journal.runs.get(held.id).error
    assert len(journal.runs.held()) == 1


def held_plan(site, journal):
    apply_roster(but(site, *MANY), journal)
    short = but(site, *MANY[:15])
    with pytest.raises(PlanHeldError):
        apply_roster(short, journal)
    return short, journal.runs.held()[0]


def test_approval_lets_the_held_plan_through_once(site, journal):
    short, held = held_plan(site, journal)
    approve(short, journal, held_run(journal, held.id))

    assert len(members(site)[learners_group(COURSE)]) == 15
    settled = journal.runs.get(held.id)
    assert settled.ending is Ending.DONE
    assert "approved by tester" in settled.error
    with pytest.raises(CourseOpsError, match="does not wait"):
        held_run(journal, held.id)


def test_approval_is_refused_when_the_world_has_changed(site, journal):
    _, held = held_plan(site, journal)
    with pytest.raises(PlanRefusedError, match="no longer"):
        approve(but(site, *MANY[:14]), journal, held)
    assert len(members(site)[learners_group(COURSE)]) == 30


def test_a_rejected_plan_waits_no_longer_and_changes_nothing(site, journal):
    _, held = held_plan(site, journal)
    reject(journal, held)
    assert journal.runs.get(held.id).ending is Ending.REFUSED
    assert journal.runs.get(held.id).error == "rejected by tester"
    assert journal.runs.audit_of(held.id)[-1].change == "reject the held plan"
    assert len(members(site)[learners_group(COURSE)]) == 30


def test_an_empty_roster_cannot_be_approved(site, journal):
    apply_roster(site, journal)
    with pytest.raises(PlanRefusedError):
        apply_roster(but(site), journal)
    assert journal.runs.held() == []
    assert journal.runs.recent()[0].ending is Ending.REFUSED


def test_a_plan_is_not_rejected_while_somebody_applies_it(site, journal):
    _, held = held_plan(site, journal)
    with journal.locks.hold(site.scope), pytest.raises(LockedError):
        reject(journal, held)
    assert journal.runs.get(held.id).ending is Ending.HELD


def test_undo_leaves_alone_whom_a_later_run_has_changed(site, journal):
    first = apply_roster(site, journal)
    without = tuple(e for e in BEFORE if e.person.username != "left")
    dropped = apply_roster(but(site, *without), journal)
    apply_roster(site, journal)
    assert members(site)[learners_group(COURSE)] == {"ada", "bob", "left"}

    undone = undo_roster(site, journal, run_of(journal, first))
    (alone,) = [o for o in undone.outcomes if o.status is Status.SKIPPED]
    assert alone.subject == "left"
    assert "was changed again by run" in alone.reason
    assert members(site) == {learners_group(COURSE): {"left"}, "section-py--a": {"left"}}

    again = undo_roster(site, journal, run_of(journal, dropped))
    assert [o.status for o in again.outcomes] == [Status.SKIPPED]


def test_undo_never_brings_back_under_a_name_that_somebody_else_has_now(site, journal):
    bob = replace(BEFORE[1], person=replace(BEFORE[1].person, email="bob@x", family_name="Bo"))
    people = (BEFORE[0], bob, *BEFORE[2:])
    apply_roster(but(site, *people), journal)
    dropped = apply_roster(but(site, BEFORE[0], *BEFORE[2:]), journal)
    site.hub.delete_user("bob")
    person = replace(bob.person, id="id-new", email="new@x", family_name="Ne")
    newcomer = replace(bob, person=person)
    apply_roster(but(site, BEFORE[0], newcomer, *BEFORE[2:]), journal)

    undone = undo_roster(site, journal, run_of(journal, dropped))
    (failed,) = [o for o in undone.outcomes if o.status is Status.FAILED]
    assert failed.subject == "bob"
    kept = {e.person.username: e.person.id for e in site.enrolments.active(COURSE)}
    assert kept["bob"] == "id-new"


def test_an_adoption_can_be_undone(site, journal):
    apply_roster(site, journal)
    site.hub.create_users(["guest"])
    site.hub.add_to_group(learners_group(COURSE), ["guest"])
    adopted = adopt(site, journal)
    assert plan_roster(site, journal).unmanaged == ()

    undo_roster(site, journal, run_of(journal, adopted))
    assert plan_roster(site, journal).changes == ()
    assert {e.person.username for e in site.enrolments.active(COURSE)} == {
        e.person.username for e in BEFORE
    }

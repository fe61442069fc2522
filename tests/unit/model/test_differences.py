"""A plan as people read it: one line a person."""

import pytest

from courseops.model.roster import Enrolment, Person, Role
from courseops.model.rosters.differences import Difference, differences
from courseops.model.rosters.plan import Change, Plan, Target, Verb


def change(verb, target, who, detail=""):
    return Change(verb=verb, target=target, username=who, where="py", detail=detail)


def enrolled(who, role=Role.LEARNER):
    return Enrolment(person=Person(id=who, username=who), role=role)


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ([(Verb.CREATE, Target.HUB_USER), (Verb.ENROL, Target.RECORD)], Difference.ADDED),
        ([(Verb.RETURN, Target.GROUP)], Difference.ADDED),
        ([(Verb.DROP, Target.GROUP), (Verb.DROP, Target.RECORD)], Difference.DROPPED),
        ([(Verb.MOVE, Target.GROUP), (Verb.MOVE, Target.RECORD)], Difference.CHANGED),
        ([(Verb.MOVE, Target.RECORD), (Verb.DROP, Target.GROUP)], Difference.CHANGED),
        ([(Verb.UPDATE, Target.GRADEBOOK)], Difference.CHANGED),
        ([(Verb.ENROL, Target.GROUP), (Verb.RENAME, Target.HUB_USER)], Difference.BLOCKED),
    ],
)
def test_what_a_plan_comes_to_for_one_person(steps, what):
    plan = Plan(course_id="py", changes=tuple(change(*step, "ada") for step in steps))
    (found,) = differences(plan)
    assert (found.username, found.what, len(found.changes)) == ("ada", what, len(steps))


def test_people_come_by_what_happens_to_them_and_then_by_name():
    plan = Plan(
        course_id="py",
        changes=(
            change(Verb.DROP, Target.RECORD, "ada"),
            change(Verb.ENROL, Target.RECORD, "zoe"),
            change(Verb.ENROL, Target.RECORD, "bob"),
        ),
        before=(enrolled("ada"),),
        after=(enrolled("bob", Role.ASSISTANT), enrolled("zoe")),
    )
    found = differences(plan)
    assert [it.username for it in found] == ["bob", "zoe", "ada"]
    assert found[0].after == enrolled("bob", Role.ASSISTANT)
    assert (found[2].before, found[2].after) == (enrolled("ada"), None)
    assert differences(Plan(course_id="py", changes=())) == ()

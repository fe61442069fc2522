"""Guards: what looks like a mistake upstream is refused, a real change of class is not."""

from dataclasses import replace

import pytest

from courseops.errors import PlanHeldError, PlanRefusedError
from courseops.model.roster import Role, SourceSize
from courseops.model.rosters.diff import diff
from courseops.model.rosters.guard import Limits, Permission, objections, refuse
from tests.unit.model.test_plan import called, enrolment, roster, world

CLASS = tuple(enrolment(f"learner{n:03}") for n in range(200))


def judged(after, before=CLASS, **options):
    desired, existing = roster(*after), world(*before)
    plan = diff(desired, existing)
    return objections(plan, desired, existing, options.pop("limits", Limits()), **options)


def test_an_empty_roster_is_refused_even_for_one_learner():
    assert any("empty" in reason for reason in judged((), before=CLASS[:1]))


@pytest.mark.parametrize(
    ("size", "leaving", "refused"),
    [(200, 20, False), (200, 21, True), (30, 10, False), (30, 11, True), (5, 5, True)],
)
def test_drops_are_limited_to_a_tenth_or_ten_people_and_never_everyone(size, leaving, refused):
    newcomer = enrolment("newcomer")
    reasons = judged((*CLASS[leaving:size], newcomer), before=CLASS[:size])
    assert bool(reasons) is refused


@pytest.mark.parametrize(("allowed", "refused"), [(50, False), (49, True), (51, True)])
def test_only_the_exact_number_lifts_the_limit(allowed, refused):
    assert bool(judged(CLASS[50:], permission=Permission(drops=allowed))) is refused


def test_approval_lifts_everything_but_an_empty_roster():
    approved = Permission(approved=True)
    assert judged(CLASS[50:], permission=approved) == ()
    assert judged((), permission=approved) != ()


def test_each_role_is_counted_by_itself():
    assistants = tuple(enrolment(f"ta{n}", Role.ASSISTANT) for n in range(4))
    reason, last = judged(CLASS, before=(*CLASS, *assistants))
    assert "4 of 4 assistants would be dropped" in reason
    assert "the last who may grade" in last


def test_who_changes_section_or_role_is_not_counted_as_leaving():
    moved = tuple(replace(e, section="2") for e in CLASS[:50])
    moved = (replace(moved[0], role=Role.ASSISTANT), *moved[1:])
    assert judged((*moved, *CLASS[50:])) == ()


def test_a_source_that_shrank_is_refused_though_few_would_be_dropped():
    now = replace(roster(*CLASS[:30]), sizes=(SourceSize(source="group B", people=15),))
    existing = world(*CLASS[:30])
    plan = diff(now, existing)

    def reasons(people):
        last = [SourceSize(source="group B", people=people)]
        return objections(plan, now, existing, Limits(), last_sizes=last)

    assert reasons(18) == ()
    assert "group B lists 15 people, and listed 20" in reasons(20)[0]
    assert objections(plan, now, existing, Limits(), last_sizes=[]) == ()


@pytest.mark.parametrize(
    ("last", "refused"),
    [
        ({"old name": 30}, False),
        ({"old name": 40}, True),
        ({"new name": 20, "taken away": 20}, True),
        ({"new name": 25, "taken away": 5}, False),
    ],
)
def test_a_source_that_was_renamed_or_taken_away_is_compared_as_a_whole(last, refused):
    now = replace(roster(*CLASS[:30]), sizes=(SourceSize(source="new name", people=30),))
    existing = world(*CLASS[:30])
    sizes = [SourceSize(source=name, people=people) for name, people in last.items()]
    reasons = objections(diff(now, existing), now, existing, Limits(), last_sizes=sizes)
    assert bool(reasons) is refused


def test_the_list_of_another_course_is_refused_for_a_small_class_too():
    others = tuple(enrolment(f"other{n}") for n in range(8))
    reasons = judged((CLASS[0], *others), before=CLASS[:9])
    assert "8 of 9 learners would be dropped; the limit is 4" in reasons[0]


@pytest.mark.parametrize(("changed", "refused"), [(3, False), (4, True), (12, True)])
def test_many_new_roles_at_once_are_refused(changed, refused):
    promoted = tuple(replace(e, role=Role.INSTRUCTOR) for e in CLASS[:changed])
    reasons = judged((*promoted, *CLASS[changed:12]), before=CLASS[:12])
    assert bool(reasons) is refused


def test_the_last_who_may_grade_stays():
    before = (*CLASS[:3], enrolment("helper", Role.ASSISTANT))
    (reason,) = judged(CLASS[:3], before)
    assert "the last who may grade (helper)" in reason


def test_a_list_that_ends_in_the_middle_of_a_name_is_refused():
    cut = enrolment("learner01")
    (reason,) = judged((*CLASS[:11], cut), before=CLASS[:12])
    assert "learner01 would come as learner011 leaves" in reason


def test_the_last_instructor_stays():
    before = (*CLASS[:3], enrolment("prof", Role.INSTRUCTOR))
    assert any("last instructor (prof)" in reason for reason in judged(CLASS[:3], before))


@pytest.mark.parametrize(("size", "changed", "refused"), [(20, 3, False), (20, 4, True)])
def test_a_few_usernames_may_change_but_not_many_at_once(size, changed, refused):
    renamed = tuple(called(e, username=f"{e.person.username}@x") for e in CLASS[:changed])
    reasons = judged((*renamed, *CLASS[changed:size]), CLASS[:size])
    assert bool(reasons) is refused


def test_a_refusal_says_the_number_that_would_allow_it():
    desired, existing = roster(*CLASS[50:]), world(*CLASS)
    plan = diff(desired, existing)
    with pytest.raises(PlanHeldError) as refusal:
        refuse(plan, desired, objections(plan, desired, existing, Limits()))
    assert "--allow-drops 50" in refusal.value.hint
    assert "50 of 200" in refusal.value.problems[0]


def test_nobody_may_let_an_empty_roster_through():
    desired, existing = roster(), world(*CLASS[:3])
    plan = diff(desired, existing)
    with pytest.raises(PlanRefusedError) as refusal:
        refuse(plan, desired, objections(plan, desired, existing, Limits()))
    assert not isinstance(refusal.value, PlanHeldError)

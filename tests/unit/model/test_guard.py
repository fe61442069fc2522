"""Guards: what looks like a mistake upstream is refused, a real change of class is not."""

from dataclasses import replace

import pytest

from courseops.errors import PlanHeldError, PlanRefusedError
from courseops.model.diff import diff
from courseops.model.guard import Limits, Permission, objections, refuse
from courseops.model.roster import Role, SourceSize
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
    (reason,) = judged(CLASS, before=(*CLASS, *assistants))
    assert "4 of 4 assistants would be dropped" in reason


def test_who_changes_section_or_role_is_not_counted_as_leaving():
    moved = tuple(replace(e, section="2", role=Role.ASSISTANT) for e in CLASS[:50])
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


def test_two_of_a_handful_may_leave():
    now = replace(roster(*CLASS[:3]), sizes=(SourceSize(source="x", people=3),))
    existing = world(*CLASS[:5])
    last = [SourceSize(source="x", people=5)]
    assert objections(diff(now, existing), now, existing, Limits(), last_sizes=last) == ()


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

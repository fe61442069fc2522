"""Guards: what looks like a mistake upstream is refused, a real change of class is not."""

from dataclasses import replace

import pytest

from courseops.errors import PlanRefusedError
from courseops.model.guard import Limits, objections, refuse
from courseops.model.plan import diff
from courseops.model.roster import Role
from tests.unit.model.test_plan import enrolment, roster, world

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
    assert bool(judged(CLASS[50:], allow_drops=allowed)) is refused


def test_the_last_instructor_stays():
    before = (*CLASS[:3], enrolment("prof", Role.INSTRUCTOR))
    assert any("last instructor (prof)" in reason for reason in judged(CLASS[:3], before))


def test_a_changed_username_is_refused_with_what_to_do():
    renamed = replace(CLASS[0], person=replace(CLASS[0].person, username="new.name"))
    reasons = judged((renamed, *CLASS[1:3]), CLASS[:3])
    assert any("learner000 is now called new.name" in reason for reason in reasons)


def test_a_refusal_says_the_number_that_would_allow_it():
    desired, existing = roster(*CLASS[50:]), world(*CLASS)
    plan = diff(desired, existing)
    with pytest.raises(PlanRefusedError) as refusal:
        refuse(plan, objections(plan, desired, existing, Limits()))
    assert "--allow-drops 50" in refusal.value.hint
    assert "50 of 200" in refusal.value.problems[0]

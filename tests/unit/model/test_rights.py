"""What scopes of a visitor's token, or roles on our rosters, let them do."""

import pytest

from courseops.model.rights import GRADE, OPERATE, TEACH, Rights, rights_of_roles, rights_of_scopes
from courseops.model.roster import Role

COURSES = ("py", "bio")


def of(*scopes):
    return rights_of_scopes(scopes, COURSES)


def test_a_scope_is_held_to_the_course_of_its_group_or_to_none():
    assert of(f"{TEACH}!group=nbgrader-py") == Rights(teaches=frozenset({"py"}))
    assert of(f"{GRADE}!group=nbgrader-bio") == Rights(grades=frozenset({"bio"}))
    assert of(TEACH) == Rights(teaches=frozenset(COURSES))
    assert of(OPERATE) == Rights(operates=True)


@pytest.mark.parametrize(
    "scope",
    [
        f"{TEACH}!group=nbgrader-p",
        f"{TEACH}!group=nbgrader-py2",
        f"{TEACH}!group=formgrade-py",
        f"{TEACH}!user=nbgrader-py",
        f"{OPERATE}!group=nbgrader-py",
        f"{TEACH}er!group=nbgrader-py",
        "admin:users",
        "admin-ui",
        "access:services",
        "",
    ],
)
def test_what_is_like_a_scope_of_ours_is_none(scope):
    assert of(scope) == Rights()


def test_courses_of_other_hubs_are_nobodys_here():
    assert of(f"{TEACH}!group=nbgrader-elsewhere").courses == frozenset()


def test_who_teaches_may_grade_and_who_grades_may_not_teach():
    prof, helper = of(f"{TEACH}!group=nbgrader-py"), of(f"{GRADE}!group=nbgrader-py")
    assert prof.may_teach("py")
    assert prof.may_grade("py")
    assert helper.may_grade("py")
    assert not helper.may_teach("py")
    assert not prof.may_grade("bio")
    assert not Rights(operates=True).may_teach("py")


def test_rosters_tell_instructors_from_assistants_and_learners():
    roles = {"py": Role.INSTRUCTOR, "bio": Role.ASSISTANT, "art": Role.LEARNER}
    rights = rights_of_roles(roles, operates=False)
    assert rights == Rights(teaches=frozenset({"py"}), grades=frozenset({"py", "bio"}))

"""What somebody may do on the page of a hub, decided from what the hub or the roster says of them.

A hub says it in scopes of our own, which its roles grant to its groups, each held to the group
of a course's learners: `custom:courseops:teach!group=nbgrader-python101`. Without a filter a
scope is for every course. See https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from courseops.model.roster import Role, learners_group

TEACH = "custom:courseops:teach"
GRADE = "custom:courseops:grade"
OPERATE = "custom:courseops:operate"


@dataclass(frozen=True, kw_only=True)
class Rights:
    """
    What one visitor may do; who may teach in a course may grade there, too.

    Ops look after the hub as a whole: its backups and runs. They are no teachers.
    """

    teaches: frozenset[str] = frozenset()
    grades: frozenset[str] = frozenset()
    operates: bool = False

    def may_teach(self, course_id: str) -> bool:
        """Say whether they decide in a course: who is in it, what is approved."""
        return course_id in self.teaches

    def may_grade(self, course_id: str) -> bool:
        """Say whether they see a course's submissions and grades."""
        return course_id in self.grades or course_id in self.teaches

    @property
    def courses(self) -> frozenset[str]:
        """Name the courses that they see anything of."""
        return self.teaches | self.grades


def rights_of_scopes(scopes: Iterable[str], courses: Collection[str]) -> Rights:
    """Read rights from the scopes of a visitor's token; `courses` are those of the hub."""
    held = set(scopes)

    def granted(scope: str) -> frozenset[str]:
        return frozenset(
            it for it in courses if held & {scope, f"{scope}!group={learners_group(it)}"}
        )

    return Rights(teaches=granted(TEACH), grades=granted(GRADE), operates=OPERATE in held)


def rights_of_roles(roles: Mapping[str, Role], *, operates: bool) -> Rights:
    """Take rights from the roles that somebody has on our own rosters, by course."""
    return Rights(
        teaches=frozenset(it for it, role in roles.items() if role is Role.INSTRUCTOR),
        grades=frozenset(it for it, role in roles.items() if role is not Role.LEARNER),
        operates=operates,
    )

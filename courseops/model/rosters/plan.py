"""A plan: the changes that bring a course to its roster, as a value.

It can be printed, reviewed, kept and thrown away. `diff` computes one, `guard` judges it, and
applying it is the work of courseops.actions.rosters.roster.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from courseops.model.roster import Enrolment, Person, Role, SourceSize

# Who reviewed a plan looked at a world that moves on.
LASTS = timedelta(hours=24)


class Verb(StrEnum):
    """What a change does. To drop someone ends an enrolment; it never deletes anything."""

    CREATE = "create"
    ENROL = "enrol"
    RETURN = "return"
    MOVE = "move"
    UPDATE = "update"
    RENAME = "rename"
    DROP = "drop"


class Target(StrEnum):
    """What a change is made to."""

    CREDENTIAL = "first password"
    HUB_USER = "hub user"
    GROUP = "hub group"
    GRADEBOOK = "gradebook"
    RECORD = "our record"


# The order of applying. The credential that protects an account comes before the account, our
# record of an enrolment before the membership and its end after it, and every addition before
# any removal, so that someone who changes role or section is never briefly in no group.
_STEPS = (
    (Verb.CREATE, Target.CREDENTIAL),
    (Verb.CREATE, Target.HUB_USER),
    (Verb.ENROL, Target.RECORD),
    (Verb.RETURN, Target.RECORD),
    (Verb.ENROL, Target.GROUP),
    (Verb.RETURN, Target.GROUP),
    (Verb.MOVE, Target.GROUP),
    (Verb.CREATE, Target.GRADEBOOK),
    (Verb.UPDATE, Target.GRADEBOOK),
    (Verb.DROP, Target.GROUP),
    (Verb.DROP, Target.RECORD),
    (Verb.MOVE, Target.RECORD),
    (Verb.UPDATE, Target.RECORD),
    (Verb.RENAME, Target.HUB_USER),
    (Verb.RENAME, Target.GRADEBOOK),
)
_ORDER = {step: number for number, step in enumerate(_STEPS)}


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    One step of a plan.

    `username` is whom it is about, `where` the group or gradebook, `origin` what a move leaves
    or a rename would replace.
    """

    verb: Verb
    target: Target
    username: str
    where: str
    origin: str = ""
    detail: str = ""

    @property
    def place(self) -> tuple[int, str, str, str]:
        """Say where the change stands in a plan: by step, then by group, then by name."""
        return _ORDER[self.verb, self.target], self.where, self.origin, self.username

    @property
    def is_blocked(self) -> bool:
        """Say whether only a person can make this change."""
        return self.verb is Verb.RENAME


@dataclass(frozen=True, kw_only=True)
class Existing:
    """
    What there is now, as read from the hub, the gradebook and our own record.

    `gradebook` (by nbgrader's id) is None for a course that has none, `credentials` for a hub
    that keeps no passwords; `claimed` names who chose one before they had an account. `ended`
    are those who were in the course and left it, `neighbours` whom our record of other courses
    of the hub knows by the names of those who are new here.
    """

    hub_users: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    gradebook: Mapping[str, Person] | None = None
    credentials: frozenset[str] | None = None
    claimed: frozenset[str] = frozenset()
    managed: tuple[Enrolment, ...] = ()
    ended: tuple[Enrolment, ...] = ()
    neighbours: tuple[Person, ...] = ()
    protected: frozenset[str] = frozenset()

    def members(self, group: str) -> frozenset[str]:
        """Give the members of a hub group, none for one that does not exist yet."""
        return self.groups.get(group, frozenset())


@dataclass(frozen=True, kw_only=True)
class KeptPlan:
    """A plan's document as it was kept, and when that was last."""

    document: str
    kept_at: datetime

    def is_stale(self, now: datetime) -> bool:
        """Say whether it was reviewed too long ago to be applied."""
        return now - self.kept_at > LASTS


@dataclass(frozen=True, kw_only=True)
class Plan:
    """
    The changes that bring a course to its roster, in the order to make them.

    `desired` is a digest of the roster; `before` and `after` are the enrolments that the plan
    changes, as they were and as they shall be; `sizes` how many people each source lists.
    """

    course_id: str
    changes: tuple[Change, ...]
    unmanaged: tuple[str, ...] = field(default=(), metadata={"about": "added by others, kept"})
    desired: str = ""
    before: tuple[Enrolment, ...] = ()
    after: tuple[Enrolment, ...] = ()
    sizes: tuple[SourceSize, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Name this exact plan, so that `apply` can insist on the reviewed one."""
        rows = [self.course_id, self.desired, *map(vars, self.changes)]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def blocked(self) -> tuple[Change, ...]:
        """Give the changes that only a person can make."""
        return tuple(change for change in self.changes if change.is_blocked)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Name those whose enrolment ends, sorted."""
        return tuple(sorted(c.username for c in self.of(Verb.DROP, Target.RECORD)))

    def of(self, verb: Verb, target: Target) -> tuple[Change, ...]:
        """Give the changes of one step."""
        return tuple(c for c in self.changes if (c.verb, c.target) == (verb, target))


def in_words(changes: Iterable[Change]) -> tuple[str, ...]:
    """Say on a line each what changes would do, for people; what only we keep is not among it."""
    return tuple(
        f"{it.verb} {it.username} ({it.target} {it.where})"
        for it in changes
        if it.target is not Target.RECORD
    )


def bare(enrolment: Enrolment) -> Enrolment:
    """Give an enrolment as a plan keeps it: who, where and as what, and nothing else of them."""
    person = Person(id=enrolment.person.id, username=enrolment.person.username)
    return Enrolment(person=person, role=enrolment.role, section=enrolment.section)


def read_plan(document: str) -> Plan:
    """Read a plan from the JSON document that `spell_plan` wrote."""
    plan = json.loads(document)
    return Plan(
        course_id=plan["course_id"],
        changes=tuple(
            Change(**each | {"verb": Verb(each["verb"]), "target": Target(each["target"])})
            for each in plan["changes"]
        ),
        unmanaged=tuple(plan["unmanaged"]),
        desired=plan.get("desired", ""),
        before=tuple(map(_read_enrolment, plan.get("before", ()))),
        after=tuple(map(_read_enrolment, plan.get("after", ()))),
        sizes=_read_sizes(plan),
    )


def _read_enrolment(words: Mapping[str, Any]) -> Enrolment:
    person = Person(**words["person"])
    return Enrolment(person=person, role=Role(words["role"]), section=words["section"])


def sizes_in(document: str) -> tuple[SourceSize, ...]:
    """Read of a plan's document only how many people each source listed."""
    return _read_sizes(json.loads(document))


def _read_sizes(plan: Mapping[str, Any]) -> tuple[SourceSize, ...]:
    return tuple(SourceSize(**each) for each in plan.get("sizes", ()))


def spell_plan(plan: Plan) -> str:
    """Write a plan as one JSON document, to be kept."""
    document = {each.name: getattr(plan, each.name) for each in fields(plan)}
    return json.dumps(document, default=vars, sort_keys=True)

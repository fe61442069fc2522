"""Compare the roster we want with what a hub and a gradebook have, and say what must change.

Nothing here reaches a hub, a file or a directory. A plan is computed from values, so it can
be printed, reviewed, kept and thrown away; applying one is the work of courseops.actions.roster.

Only what courseops enrolled may it drop. Its own record of enrolments (`managed`) is written
before a membership is added and ended after it is removed, so a run that was killed at any
point leaves a state from which the next plan finishes the work.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from courseops.model.roster import Enrolment, Person, Role, Roster, group_of


class Verb(StrEnum):
    """What a change does. To drop someone ends an enrolment; it never deletes anything."""

    CREATE = "create"
    ENROL = "enrol"
    UPDATE = "update"
    DROP = "drop"


class Target(StrEnum):
    """What a change is made to."""

    HUB_USER = "hub user"
    GROUP = "hub group"
    GRADEBOOK = "gradebook"
    RECORD = "our record"


# The order of applying: an account before its groups, and every addition before any drop,
# so that someone who changes role or section is never briefly in no group. Our own record
# follows last: until then it says what was, which is what a killed run must find.
_STEPS = (
    (Verb.CREATE, Target.HUB_USER),
    (Verb.ENROL, Target.GROUP),
    (Verb.CREATE, Target.GRADEBOOK),
    (Verb.UPDATE, Target.GRADEBOOK),
    (Verb.DROP, Target.GROUP),
    (Verb.UPDATE, Target.RECORD),
)
_ORDER = {step: number for number, step in enumerate(_STEPS)}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One step of a plan: `username` is whom it is about, `where` the group or gradebook."""

    verb: Verb
    target: Target
    username: str
    where: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Existing:
    """
    What there is now, as read from the hub, the gradebook and our own record.

    `gradebook` is None for a course that has none.
    """

    hub_users: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    gradebook: Mapping[str, Person] | None = None
    managed: tuple[Enrolment, ...] = ()
    protected: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The changes that bring a course to its roster, in the order to make them."""

    course_id: str
    changes: tuple[Change, ...]
    unmanaged: tuple[str, ...] = field(default=(), metadata={"about": "added by others, kept"})

    @property
    def fingerprint(self) -> str:
        """Name this exact plan, so that `apply` can insist on the reviewed one."""
        rows = json.dumps([self.course_id, *map(asdict, self.changes)], sort_keys=True)
        return hashlib.sha256(rows.encode()).hexdigest()[:12]

    def of(self, verb: Verb, target: Target) -> tuple[Change, ...]:
        """Give the changes of one step."""
        return tuple(c for c in self.changes if (c.verb, c.target) == (verb, target))

    @property
    def dropped(self) -> tuple[str, ...]:
        """Name those who leave a group of the course, sorted."""
        return tuple(sorted({c.username for c in self.of(Verb.DROP, Target.GROUP)}))


def diff(desired: Roster, existing: Existing) -> Plan:
    """
    Say how to bring a course from `existing` to `desired`.

    The same values give the same plan, whatever order they arrive in; what already is as
    desired needs nothing.
    """
    changes = [
        *_accounts(desired, existing),
        *_memberships(desired, existing),
        *_students(desired, existing),
        *_drops(desired, existing),
        *_records(desired, existing),
    ]
    changes.sort(key=lambda c: (_ORDER[c.verb, c.target], c.where, c.username))
    return Plan(
        course_id=desired.course_id,
        changes=tuple(changes),
        unmanaged=_unmanaged(desired, existing),
    )


def _accounts(desired: Roster, existing: Existing) -> Iterator[Change]:
    names = {enrolment.person.username for enrolment in desired.enrolments}
    for name in names - existing.hub_users:
        yield Change(verb=Verb.CREATE, target=Target.HUB_USER, username=name, where="hub")


def _memberships(desired: Roster, existing: Existing) -> Iterator[Change]:
    for name, group in _pairs(desired.enrolments, desired.course_id):
        if name not in existing.groups.get(group, frozenset()):
            yield Change(verb=Verb.ENROL, target=Target.GROUP, username=name, where=group)


def _students(desired: Roster, existing: Existing) -> Iterator[Change]:
    for enrolment in desired.enrolments:
        if existing.gradebook is None or enrolment.role is not Role.LEARNER:
            continue
        person = enrolment.person
        have = existing.gradebook.get(person.username)
        verb = Verb.CREATE if have is None else Verb.UPDATE
        detail = "" if have is None else _what_differs(have, person)
        if have is None or detail:
            yield Change(
                verb=verb,
                target=Target.GRADEBOOK,
                username=person.username,
                where=desired.course_id,
                detail=detail,
            )


def _drops(desired: Roster, existing: Existing) -> Iterator[Change]:
    wanted = set(_pairs(desired.enrolments, desired.course_id))
    for name, group in sorted(set(_pairs(existing.managed, desired.course_id)) - wanted):
        if name not in existing.protected:
            yield Change(verb=Verb.DROP, target=Target.GROUP, username=name, where=group)


def _records(desired: Roster, existing: Existing) -> Iterator[Change]:
    kept = {enrolment.person.id: enrolment for enrolment in existing.managed}
    for enrolment in desired.enrolments:
        have = kept.get(enrolment.person.id)
        if have is not None and have != enrolment:
            yield Change(
                verb=Verb.UPDATE,
                target=Target.RECORD,
                username=enrolment.person.username,
                where=desired.course_id,
                detail=_what_moved(have, enrolment),
            )


def _unmanaged(desired: Roster, existing: Existing) -> tuple[str, ...]:
    ours = {enrolment.person.username for enrolment in existing.managed}
    groups = {group_of(role, desired.course_id) for role in Role}
    members = {name for group in groups for name in existing.groups.get(group, frozenset())}
    return tuple(sorted(members - ours))


def _pairs(enrolments: Iterable[Enrolment], course_id: str) -> Iterator[tuple[str, str]]:
    for enrolment in enrolments:
        yield enrolment.person.username, group_of(enrolment.role, course_id)


def _what_differs(have: Person, want: Person) -> str:
    fields = ("given_name", "family_name", "email")
    return "; ".join(
        f"{name.replace('_', ' ')}: {getattr(have, name) or '–'} → {getattr(want, name) or '–'}"
        for name in fields
        if getattr(have, name) != getattr(want, name)
    )


def _what_moved(have: Enrolment, want: Enrolment) -> str:
    moved = [
        f"{name}: {getattr(have, name) or '–'} → {getattr(want, name) or '–'}"
        for name in ("role", "section")
        if getattr(have, name) != getattr(want, name)
    ]
    differs = _what_differs(have.person, want.person)
    return "; ".join([*moved, *([differs] if differs else [])])

"""A plan as people read it: person by person, who comes, who goes, who changes, who is stuck."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from courseops.model.roster import Enrolment
from courseops.model.rosters.plan import Change, Plan, Target, Verb


class Difference(StrEnum):
    """What a plan comes to for one person."""

    ADDED = "added"
    DROPPED = "dropped"
    CHANGED = "changed"
    BLOCKED = "blocked"


@dataclass(frozen=True, kw_only=True)
class PersonDiffers:
    """One person of a plan; `before` and `after` are how they are enrolled, where that changes."""

    username: str
    what: Difference
    before: Enrolment | None
    after: Enrolment | None
    changes: tuple[Change, ...]


def differences(plan: Plan) -> tuple[PersonDiffers, ...]:
    """Go through a plan person by person: the kinds in their order, then by name."""
    return differences_of(plan.changes, plan.before, plan.after)


def differences_of(
    changes: Iterable[Change], before: Iterable[Enrolment] = (), after: Iterable[Enrolment] = ()
) -> tuple[PersonDiffers, ...]:
    """Go through changes person by person, as `differences` does."""
    was = {it.person.username: it for it in before}
    will_be = {it.person.username: it for it in after}
    of: dict[str, list[Change]] = {}
    for change in changes:
        of.setdefault(change.username, []).append(change)
    order = list(Difference)
    found = [
        PersonDiffers(
            username=who,
            what=_kind(theirs),
            before=was.get(who),
            after=will_be.get(who),
            changes=tuple(theirs),
        )
        for who, theirs in of.items()
    ]
    return tuple(sorted(found, key=lambda it: (order.index(it.what), it.username)))


def _kind(changes: Sequence[Change]) -> Difference:
    if any(it.is_blocked for it in changes):
        return Difference.BLOCKED
    verbs = {it.verb for it in changes if it.target in (Target.GROUP, Target.RECORD)}
    if verbs & {Verb.ENROL, Verb.RETURN}:
        return Difference.ADDED
    if Verb.DROP in verbs and Verb.MOVE not in verbs:
        return Difference.DROPPED
    return Difference.CHANGED

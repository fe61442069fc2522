"""Whose name is whose: people who were renamed, and names that another person has now.

A home, a gradebook and an exchange know people by username. A name that changed upstream, or
that belongs to somebody else now, is therefore never followed: it waits for a person, and
everyone keeps the name they have until then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from courseops.model.roster import Enrolment, may_be_same


@dataclass(frozen=True, kw_only=True)
class Settled:
    """
    Who is in a course, by the names they go by.

    `blocked` says of a username why only a person can go on.
    """

    wanted: tuple[Enrolment, ...]
    managed: tuple[Enrolment, ...]
    blocked: Mapping[str, str]


def settle_names(
    desired: Iterable[Enrolment], managed: Iterable[Enrolment], hub_users: Collection[str]
) -> Settled:
    """
    Say under which names a roster and our record of it are to be compared.

    A rename that somebody made on the hub (the old account is gone, the new one is there) is
    followed; any other keeps the old name and is blocked.
    """
    recorded = {e.person.id: e for e in managed}
    wanted: dict[str, Enrolment] = {}
    blocked: dict[str, str] = {}
    arrivals, listed = [], set()
    for enrolment in desired:
        listed.add(enrolment.person.id)
        have, new = recorded.get(enrolment.person.id), enrolment.person.username
        old = have.person.username if have else new
        if have is not None and old != new and old not in hub_users and new in hub_users:
            recorded[have.person.id] = _called(have, new)
        if old == new or new == recorded[enrolment.person.id].person.username:
            arrivals.append(enrolment)
        else:
            wanted[old] = _called(enrolment, old)
            blocked[old] = f"is called {new} now; files and grades stand under {old}"
    left = {e.person.username: e for e in recorded.values() if e.person.id not in listed}
    for enrolment in arrivals:
        name, known = enrolment.person.username, enrolment.person.id in recorded
        if name in wanted:
            blocked[name] += f", and somebody else is called {name}"
        elif not known and name in left and not may_be_same(left[name].person, enrolment.person):
            wanted[name] = left[name]
            blocked[name] = "is the name of somebody else now; files and grades stand under it"
        else:
            wanted[name] = enrolment
    return Settled(wanted=tuple(wanted.values()), managed=tuple(recorded.values()), blocked=blocked)


def _called(enrolment: Enrolment, name: str) -> Enrolment:
    return replace(enrolment, person=replace(enrolment.person, username=name))

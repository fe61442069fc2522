"""Who is who: what may belong to one person only, and what a school's own list says of people.

A source knows people by an id that never changes. A list of identities says, by that id, what
the hub, the gradebook and the learning platform call them, where these differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from courseops.model.roster import Person
from courseops.model.usernames import UsernameRule


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the person with an id is called elsewhere; "" where the list does not say."""

    id: str
    username: str = ""
    gradebook_id: str = ""
    lms_id: str = ""


class Naming:
    """
    What people are called on a hub: by a list of identities, else by their source, and by rule.

    With `alone`, the list alone gives usernames, and who is not in it has none. Ids are
    compared without case.
    """

    def __init__(
        self, rule: UsernameRule, identities: Iterable[Identity] = (), *, alone: bool = False
    ) -> None:
        self.rule = rule
        self._identities = {identity.id.casefold(): identity for identity in identities}
        self._alone = alone

    def is_listed(self, person: Person) -> bool:
        """Say whether the list is what gives this person a username."""
        identity = self._identities.get(person.id.casefold())
        return identity is not None and bool(identity.username)

    def named(self, person: Person) -> Person:
        """Give the person with the names that the hub and others know them by."""
        identity = self._identities.get(person.id.casefold()) or Identity(id=person.id)
        own = "" if self._alone else person.username
        return replace(
            person,
            username=self.rule.name_of(identity.username or own),
            gradebook_id=identity.gradebook_id or person.gradebook_id,
            lms_id=identity.lms_id or person.lms_id,
        )

    def fault_of(self, person: Person) -> str:
        """Say why someone, as `named` gave them, can have no account; "" for one who can."""
        words = f"{person.given_name} {person.family_name}".strip()
        who = f" ({words})" if words else ""
        if self._alone and not person.username:
            return f"{person.id}{who} has no username in the list of identities"
        fault = self.rule.fault_of(person.username)
        return f"{person.username!r}{who} {fault}" if fault and person.username else fault


class Claims:
    """What each person has for themselves: an id, an e-mail address, a name elsewhere."""

    def __init__(self) -> None:
        self._holders: dict[tuple[str, str], str] = {}

    def of(self, person: Person) -> Iterator[tuple[str, str]]:
        """Enter a person; give what someone else has already, in words, and who that is."""
        for what, value in _own(person):
            holder = self._holders.setdefault((what, value.casefold()), person.username)
            if value and holder != person.username:
                yield f"{what} {value}", holder


def _own(person: Person) -> Iterator[tuple[str, str]]:
    yield "number", person.id
    yield "e-mail address", person.email
    yield "gradebook name", person.student_id
    yield "LMS id", person.lms_id

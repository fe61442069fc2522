"""Who is who: what may belong to one person only, and what a school's own list says of people.

A source knows people by an id that never changes. A list of identities says, by that id, what
the hub, the gradebook and the learning platform call them, where these differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from courseops.model.roster import Person
from courseops.model.rosters.usernames import UsernameRule


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the person with an id is called elsewhere; "" where the list does not say."""

    id: str
    username: str = ""
    gradebook_id: str = ""
    lms_id: str = ""


# Whom the list does not know.
_NOBODY = Identity(id="")


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
        identity = self._identities.get(person.id.casefold(), _NOBODY)
        own = "" if self._alone else person.username
        username = self.rule.name_of(identity.username or own)
        if identity is _NOBODY and username == person.username:
            return person
        return replace(
            person,
            username=username,
            gradebook_id=identity.gradebook_id or person.gradebook_id,
            lms_id=identity.lms_id or person.lms_id,
        )

    def fault_of(self, person: Person) -> str:
        """Say why someone, as `named` gave them, can have no account; "" for one who can."""
        fault = self.rule.fault_of(person.username)
        if not fault:
            return ""
        words = f"{person.given_name} {person.family_name}".strip()
        who = f" ({words})" if words else ""
        if person.username:
            return f"{person.username!r}{who} {fault}"
        if self._alone:
            return f"{person.id}{who} has no username in the list of identities"
        return fault


class Claims:
    """What each person has for themselves: an id, an e-mail address, a name elsewhere."""

    def __init__(self) -> None:
        self._holders: dict[tuple[str, str], str] = {}

    def of(self, person: Person, emails: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
        """
        Enter a person; give what someone else has already, in words, and who that is.

        `emails` are all of their addresses, where there are several.
        """
        own = (
            ("number", person.id),
            *(("e-mail address", email) for email in emails or (person.email,)),
            ("gradebook name", person.student_id),
            ("LMS id", person.lms_id),
        )
        for what, value in own:
            if value:
                holder = self._holders.setdefault((what, value.casefold()), person.username)
                if holder != person.username:
                    yield f"{what} {value}", holder

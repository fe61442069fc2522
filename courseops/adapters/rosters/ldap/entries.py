"""One entry of a directory, as bytes from the wire.

ldap3 decodes a value that happens to be UTF-8 and leaves the next one as bytes; taking the raw
ones makes the same attribute mean the same on every server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MEMBERS_BY_NAME = ("member", "uniqueMember")
MEMBERS_BY_LOGIN = "memberUid"

_GROUPS = {"group", "groupofnames", "groupofuniquenames", "groupofmembers", "posixgroup"}
# Everything else is taken for someone: an unknown class must not make a roster short.
_THINGS = {
    "applicationprocess",
    "computer",
    "contact",  # an address in Active Directory, with no account
    "device",
    "foreignsecurityprincipal",  # somebody of another Active Directory, without a name
    "organization",
    "organizationalrole",
    "organizationalunit",
}


@dataclass(frozen=True)
class Entry:
    """What a search found at one name; attributes by name in lower case, never empty."""

    dn: str
    attributes: Mapping[str, tuple[bytes, ...]]

    def raw(self, attribute: str) -> tuple[bytes, ...]:
        """Give an attribute's values as they came; none for an attribute that is not there."""
        return self.attributes.get(attribute.lower(), ())

    def values(self, attribute: str) -> list[str]:
        """Give an attribute's values as text."""
        return [value.decode("utf-8", "replace") for value in self.raw(attribute)]

    @property
    def is_group(self) -> bool:
        """Say whether this entry stands for others."""
        names_members = any(map(self.raw, (*MEMBERS_BY_NAME, MEMBERS_BY_LOGIN)))
        return names_members or self._is_any(_GROUPS)

    @property
    def is_person(self) -> bool:
        """Say whether this entry is someone, as far as its classes tell."""
        return not self.is_group and not self._is_any(_THINGS)

    def _is_any(self, classes: Iterable[str]) -> bool:
        return not {name.lower() for name in self.values("objectClass")}.isdisjoint(classes)


def same_name(dn: str) -> str:
    """Fold a name, so that two spellings of it by one server compare equal."""
    return dn.casefold()

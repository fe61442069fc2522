"""Turn an entry into a person: which attribute is the name, which the immutable id."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields

from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.words import clean
from courseops.model.roster import Person
from courseops.model.rosters.identity import Naming
from courseops.model.rosters.usernames import UsernameRule


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """Which attribute of an entry is what of a person; "" for the server's usual one."""

    username: str = ""
    id: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    gradebook_id: str = ""
    lms_id: str = ""

    def over(self, usual: Attributes) -> Attributes:
        """Give these where they say something, and `usual` elsewhere."""
        chosen = {at.name: getattr(self, at.name) or getattr(usual, at.name) for at in fields(self)}
        return Attributes(**chosen)

    @property
    def names(self) -> list[str]:
        """Name the attributes to ask for."""
        return [name for at in fields(self) if (name := getattr(self, at.name))]


@dataclass
class Reader:
    """Reads people out of entries; `problems` and `warnings` grow on the way."""

    attributes: Attributes
    naming: Naming = field(default_factory=lambda: Naming(UsernameRule()))
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def person(self, entry: Entry) -> Person | None:
        """Read one person; None, and a problem, for an entry that cannot be one."""
        id_ = self._id(entry)
        chosen = self.attributes
        person = self.naming.named(
            Person(
                id=id_,
                username=self._one(entry, chosen.username),
                given_name=self._one(entry, chosen.given_name),
                family_name=self._one(entry, chosen.family_name),
                email=self._one(entry, chosen.email),
                gradebook_id=self._one(entry, chosen.gradebook_id),
                lms_id=self._one(entry, chosen.lms_id),
            )
        )
        fault = self.naming.fault_of(person)
        if fault:
            self.problems.append(f"{entry.dn}, {chosen.username}: {fault}")
        return person if id_ and not fault else None

    def _one(self, entry: Entry, attribute: str) -> str:
        """Choose the same value every time: the entry's own name, else the first in order."""
        values = sorted({clean(value) for value in entry.values(attribute)}) if attribute else []
        if len(values) < 2:  # noqa: PLR2004  - nothing to choose
            return values[0] if values else ""
        named = entry.dn.partition(",")[0].casefold()
        chosen = next((v for v in values if f"{attribute}={v}".casefold() == named), values[0])
        self.warnings.append(
            f"{entry.dn}: {attribute} has {len(values)} values; {chosen!r} was taken"
        )
        return chosen

    def _id(self, entry: Entry) -> str:
        attribute = self.attributes.id
        values = entry.raw(attribute)
        if len(values) != 1:
            self.problems.append(
                f"{entry.dn}, {attribute}: has {len(values) or 'no'} values, and an id is one"
            )
            return ""
        # Microsoft's order of bytes: the first three parts are little-endian.
        if attribute.lower() == "objectguid":
            return str(uuid.UUID(bytes_le=values[0]))
        return clean(entry.values(attribute)[0])

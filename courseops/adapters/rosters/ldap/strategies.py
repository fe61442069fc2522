"""Say who is meant: by a filter, by membership of a group, or by a SupAnn enrolment.

Whatever comes from the configuration's names or from the directory itself is escaped before it
stands in a filter (https://www.rfc-editor.org/rfc/rfc4515#section-3); a `Filter` is trusted.
SupAnn: https://services.renater.fr/documentation/supann/supann2021/recommandations/attributs/
supannetuinscription.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ldap3.utils.conv import escape_filter_chars

from courseops.adapters.rosters.ldap.entries import Entry
from courseops.adapters.rosters.ldap.membership import Search, members_of

_ENROLMENT = "supannEtuInscription"
_PAIR = re.compile(r"\[([^=\]]+)=(?:\{[^}]*\})?([^\]]*)\]")


class Selection(Protocol):
    """One way to say who is meant."""

    def entries(self, search: Search) -> list[Entry]:
        """Give everyone who is meant; what was strange on the way goes to `search.warnings`."""
        ...


@dataclass(frozen=True)
class Filter:
    """Whoever an LDAP filter matches, for example (eduPersonAffiliation=student)."""

    filter: str

    def entries(self, search: Search) -> list[Entry]:
        """Give everyone below the base whom the filter matches."""
        return search.matching(self.filter)


@dataclass(frozen=True)
class MemberOf:
    """Whoever has a group among their own `memberOf`; groups in it are not followed."""

    dn: str

    def entries(self, search: Search) -> list[Entry]:
        """Give everyone below the base who says to be a member."""
        direct = f"(memberOf={escape_filter_chars(self.dn)})"
        return search.matching(direct, keep=lambda entry: not entry.is_group)


@dataclass(frozen=True)
class Group:
    """Whom a group names, by DN or by login, and whom the groups in it name."""

    dn: str

    def entries(self, search: Search) -> list[Entry]:
        """Give every member, near and far, once."""
        return members_of(self.dn, search)


@dataclass(frozen=True, kw_only=True)
class SupannElement:
    """Whoever is enrolled in a teaching element in a year, as French universities publish it."""

    year: int
    element: str

    def entries(self, search: Search) -> list[Entry]:
        """Give everyone who has year and element in one and the same enrolment."""
        element = escape_filter_chars(self.element)
        # An enrolment is one value, and a filter cannot say "in the same value" for any order.
        both = f"({_ENROLMENT}=*[anneeinsc={self.year}]*)({_ENROLMENT}=*{element}]*)"
        return search.matching(
            f"(&{both})",
            _ENROLMENT,
            keep=lambda entry: any(map(self._enrols, entry.values(_ENROLMENT))),
        )

    def _enrols(self, value: str) -> bool:
        pairs = set(_pairs(value))
        return {
            ("anneeinsc", str(self.year)),
            ("eltpedago", self.element.casefold()),
        } <= pairs


def _pairs(value: str) -> Iterator[tuple[str, str]]:
    """Split `[anneeinsc=2026][eltpedago={UAI:…}PY101]…`, without the labels."""
    for key, content in _PAIR.findall(value):
        yield key.casefold(), content.casefold()

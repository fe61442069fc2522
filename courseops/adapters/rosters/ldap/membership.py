"""Look for people below a base, and follow groups down to them.

A group names its members by DN (`member`, `uniqueMember`) or by login (`memberUid`, RFC 2307);
the entry itself tells which. Active Directory follows groups in groups itself, by a rule that
others take for no match at all, so it is sent to no other server:
https://learn.microsoft.com/en-us/windows/win32/adsi/search-filter-syntax
The rule goes from each candidate upwards, so it is asked about groups, which are few, and not
about people. Who has a group as their primary one is in neither `member` nor `memberOf`:
https://learn.microsoft.com/en-us/windows/win32/adschema/a-primarygroupid
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ldap3.utils.conv import escape_filter_chars

from courseops.adapters.rosters.ldap.connection import Connection
from courseops.adapters.rosters.ldap.entries import (
    MEMBERS_BY_LOGIN,
    MEMBERS_BY_NAME,
    Entry,
    same_name,
)
from courseops.errors import RefusedError
from courseops.model.batches import batches

_IN_CHAIN = "1.2.840.113556.1.4.1941"
_LOGIN = "uid"  # what memberUid holds, whatever a site makes its usernames of
_PRIMARY = "primaryGroupToken"
_A_FILTER_HOLDS = 100
_NOTHING = ("1.1",)  # no attributes, https://www.rfc-editor.org/rfc/rfc4511#section-4.5.1.8


@dataclass(kw_only=True)
class Search:
    """Finds entries for one roster; who is switched off goes to `disabled` and is not found."""

    connection: Connection
    base: str
    attributes: Sequence[str]
    disabled_filter: str = ""
    domain: str = ""  # of an Active Directory
    in_domain: bool = False
    warnings: list[str] = field(default_factory=list)
    disabled: dict[str, Entry] = field(default_factory=dict)

    def matching(
        self, filter_: str, *more: str, keep: Callable[[Entry], bool] | None = None
    ) -> list[Entry]:
        """Give everything below the base that matches; `keep` may look at `more` attributes."""
        wanted = [*self.attributes, "objectClass", *more]
        found = self._found(filter_, wanted)
        if keep is not None:
            found = [entry for entry in found if keep(entry)]
        if not self.disabled_filter or not found:
            return found
        # Asked for by name, not left out by (!…): where an attribute may not be read, a
        # negation matches nobody, and that would be a short roster.
        both = f"(&{self.disabled_filter}{filter_})"
        off = {same_name(it.dn) for it in self._found(both, _NOTHING)}
        self.disabled.update((same_name(it.dn), it) for it in found if same_name(it.dn) in off)
        return [entry for entry in found if same_name(entry.dn) not in off]

    def _found(self, filter_: str, wanted: Sequence[str]) -> list[Entry]:
        return self.connection.search(self.base, filter_, wanted, in_domain=self.in_domain)

    def named(self, dn: str) -> Entry | None:
        """Give the entry called `dn`, whoever or whatever it is; None where there is none."""
        # Active Directory gives long lists of members in parts.
        members = (_PRIMARY,) if self.domain else (*MEMBERS_BY_NAME, MEMBERS_BY_LOGIN)
        return self.connection.entry(dn, [*self.attributes, "objectClass", *members])

    def is_disabled(self, entry: Entry) -> bool:
        """Say whether someone found by name is switched off."""
        if not self.disabled_filter:
            return False
        off = self.connection.entry(entry.dn, _NOTHING, filter_=self.disabled_filter)
        if off is not None:
            self.disabled[same_name(entry.dn)] = entry
        return off is not None


def members_of(dn: str, search: Search) -> list[Entry]:
    """
    Give everyone whom the group called `dn` names, and the groups in it, each once.

    Raises:
        RefusedError: there is no such group.
    """
    group = search.named(dn)
    if group is None:
        raise RefusedError(
            f"{search.connection.url} has no group {dn}",
            hint="check the group's name, and that courseops' account may read it",
        )
    if search.domain:
        return _in_any(group, replace(search, base=search.domain, in_domain=True))
    return _walked(group, search)


def _in_any(group: Entry, search: Search) -> list[Entry]:
    """Ask Active Directory which groups are in `group`, and then who is in any of them."""
    in_chain = f"(memberOf:{_IN_CHAIN}:={escape_filter_chars(group.dn)})"
    inner = search.connection.search(
        search.base, f"(&(objectCategory=group){in_chain})", [_PRIMARY], in_domain=True
    )
    people: dict[str, Entry] = {}
    for either in _filters_of(map(_belonging, (group, *inner))):
        found = search.matching(either, keep=lambda entry: not entry.is_group)
        people.update((same_name(entry.dn), entry) for entry in found)
    known = {same_name(it.dn) for it in (group, *inner)} | people.keys() | search.disabled.keys()
    for here in (group, *inner):
        search.warnings.extend(
            _unseen(here, dn)
            for dn in search.connection.all_values(here.dn, "member")
            if same_name(dn) not in known
        )
    return list(people.values())


def _unseen(group: Entry, dn: str) -> str:
    return f"{group.dn} names {dn}, who is not there, or not for courseops to see"


def _belonging(group: Entry) -> str:
    tokens = (f"(primaryGroupID={escape_filter_chars(it)})" for it in group.values(_PRIMARY))
    return f"(memberOf={escape_filter_chars(group.dn)})" + "".join(tokens)


def _filters_of(parts: Iterable[str]) -> Iterator[str]:
    """Put filters together, so that any of them matches, in pieces that a server takes."""
    for some in batches(parts, _A_FILTER_HOLDS):
        yield f"(|{''.join(some)})"


def _walked(group: Entry, search: Search) -> list[Entry]:
    people: dict[str, Entry] = {}
    logins: set[str] = set()
    seen = {same_name(group.dn)}  # a group may hold itself, round some corners
    waiting = deque([group])
    while waiting:
        here = waiting.popleft()
        if here is group or here.is_group:
            logins.update(here.values(MEMBERS_BY_LOGIN))
            waiting.extend(_named_in(here, seen, search))
        elif not search.is_disabled(here):
            people[same_name(here.dn)] = here
    for entry in _with_logins(sorted(logins), search):
        people[same_name(entry.dn)] = entry
    return list(people.values())


def _named_in(group: Entry, seen: set[str], search: Search) -> Iterator[Entry]:
    for dn in (dn for attribute in MEMBERS_BY_NAME for dn in group.values(attribute)):
        # Classes that demand a member are often given an empty name.
        if not dn or same_name(dn) in seen:
            continue
        seen.add(same_name(dn))
        entry = search.named(dn)
        if entry is not None:
            yield entry
        else:
            search.warnings.append(_unseen(group, dn))


def _with_logins(logins: Sequence[str], search: Search) -> Iterator[Entry]:
    found: list[Entry] = []
    for either in _filters_of(f"({_LOGIN}={escape_filter_chars(login)})" for login in logins):
        found.extend(search.matching(either, _LOGIN))
    yield from found
    known = _logins_of([*found, *search.disabled.values()])
    search.warnings.extend(
        f"a group names the login {login}, which nobody below {search.base} has"
        for login in logins
        if login.casefold() not in known
    )


def _logins_of(entries: Iterable[Entry]) -> set[str]:
    return {login.casefold() for entry in entries for login in entry.values(_LOGIN)}

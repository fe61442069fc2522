"""The roster of one course from an LDAP directory: each role a selection of people.

Complete or nothing: a role that selects nobody, an entry without a username or id, and an answer
of which a part is missing all mean that there is no roster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from courseops.adapters.rosters.identities import IdentityFile
from courseops.adapters.rosters.ldap.connection import PAGE_SIZE, Connection
from courseops.adapters.rosters.ldap.directory import Directory, directory_of
from courseops.adapters.rosters.ldap.entries import Entry, same_name
from courseops.adapters.rosters.ldap.membership import Search
from courseops.adapters.rosters.ldap.opening import connected
from courseops.adapters.rosters.ldap.people import Attributes, Reader
from courseops.adapters.rosters.ldap.strategies import Selection
from courseops.adapters.rosters.people import Register
from courseops.errors import RefusedError
from courseops.model.roster import BY_RIGHTS, Enrolment, Role, Roster
from courseops.model.rosters.identity import Naming
from courseops.model.rosters.usernames import UsernameRule


class LdapRoster:
    """
    The roster of one course in one directory.

    `rule` is the hub's for usernames, `identities` the school's own list of who is who, and
    with `only_identities` that list alone gives usernames.

    `password` is fetched when the roster is read. `disabled_filter` matches accounts to leave
    out; Active Directory's own are known without it.
    """

    def __init__(
        self,
        *,
        course_id: str,
        url: str,
        bind_dn: str,
        password: Callable[[], str],
        base: str,
        selections: Mapping[Role, Selection],
        ca_file: Path | None = None,
        attributes: Attributes | None = None,
        disabled_filter: str = "",
        rule: UsernameRule | None = None,
        identities: IdentityFile | None = None,
        only_identities: bool = False,
        page_size: int = PAGE_SIZE,
    ) -> None:
        self._course_id = course_id
        self._url = url
        self._bind_dn = bind_dn
        self._password = password
        self._base = base
        self._selections = selections
        self._ca_file = ca_file
        self._attributes = attributes or Attributes()
        self._disabled_filter = disabled_filter
        self._rule = rule or UsernameRule()
        self._identities = identities
        self._only_identities = only_identities
        self._page_size = page_size

    def read(self) -> Roster:
        """
        Ask the directory for everyone.

        Raises:
            ConfigError: a filter, the password or the certificate authority cannot be used.
            RefusedError: the server, its certificate or its entries are not as they should be.
            UnreachableError: the server does not answer.
        """
        naming = self._naming()
        with connected(
            self._url,
            bind_dn=self._bind_dn,
            password=self._password(),
            ca_file=self._ca_file,
            page_size=self._page_size,
        ) as connection:
            directory = directory_of(connection)
            reader = Reader(self._attributes.over(directory.attributes), naming)
            search = self._search(connection, directory, reader.attributes)
            selected = self._selected(search)
        return self._roster(directory, selected, reader, search)

    def _naming(self) -> Naming:
        listed = self._identities.read(self._rule) if self._identities else ()
        return Naming(self._rule, listed, alone=self._only_identities)

    def _search(
        self, connection: Connection, directory: Directory, attributes: Attributes
    ) -> Search:
        return Search(
            connection=connection,
            base=self._base,
            attributes=attributes.names,
            disabled_filter=self._disabled_filter or directory.disabled_filter,
            domain=directory.domain,
        )

    def _selected(self, search: Search) -> dict[str, _Selected]:
        """Give who is selected, by the folded name of their entry, in the role that counts."""
        selected: dict[str, _Selected] = {}
        for role in BY_RIGHTS:
            if role not in self._selections:
                continue
            before = set(search.disabled)
            found = self._selections[role].entries(search)
            search.warnings.extend(
                f"{entry.dn} is selected, but is no person; left out"
                for entry in found
                if not entry.is_person
            )
            people = [entry for entry in found if entry.is_person]
            if not people:
                raise self._nobody(role, len(search.disabled.keys() - before))
            for entry in people:
                who = selected.setdefault(same_name(entry.dn), _Selected(entry, role))
                who.others |= {role} - {who.role}
        return selected

    def _nobody(self, role: Role, disabled: int) -> RefusedError:
        but = f", but {disabled} whose account is disabled" if disabled else ""
        return RefusedError(
            f"{self._url} has nobody who is {role} of {self._course_id}{but}; nothing was changed",
            hint=f"{self._selections[role]} finds no person: mend it in the roster's ldap "
            "section, or take it out; memberOf needs an overlay that many servers lack, "
            "and groups in groups are followed by group = … only",
        )

    def _roster(
        self,
        directory: Directory,
        selected: Mapping[str, _Selected],
        reader: Reader,
        search: Search,
    ) -> Roster:
        register = Register()
        for _, who in sorted(selected.items()):
            reader.warnings.extend(who.warnings())
            person = reader.person(who.entry)
            if person is not None:
                register.enter(who.entry.dn, Enrolment(person=person, role=who.role))
        if problems := [*reader.problems, *register.problems]:
            raise RefusedError(
                f"the entries in {self._url} make no roster; nothing was changed",
                problems=problems,
                hint="choose other attributes in the roster's ldap section, select fewer people, "
                'or say who is who in a list, beside that section: identities = "identities.csv"',
            )
        people = len(register.enrolments)
        left_out = f", {len(search.disabled)} disabled left out" if search.disabled else ""
        return Roster(
            course_id=self._course_id,
            source=f"{self._url} ({directory.name}, {people} people{left_out})",
            enrolments=register.enrolments,
            warnings=(*search.warnings, *reader.warnings, *register.warnings),
        )


@dataclass
class _Selected:
    """An entry, the role it is selected for, and lesser ones."""

    entry: Entry
    role: Role
    others: set[Role] = field(default_factory=set)

    def warnings(self) -> Iterator[str]:
        if self.others:
            lesser = ", ".join(sorted(self.others))
            yield f"{self.entry.dn} is selected as {self.role} and {lesser}; {self.role} counts"

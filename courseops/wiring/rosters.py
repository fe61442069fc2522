"""Open a course's roster source: what is configured, or a file named for once.

Adapters are imported where they are opened, so that a command pays only for what it uses.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from courseops.adapters.rosters.united import NamedSource, UnitedRoster
from courseops.config import (
    AccountsSection,
    LdapSection,
    RosterSection,
    SelectionSection,
    SourceSection,
)
from courseops.errors import ConfigError
from courseops.model.roster import Role
from courseops.model.rosters.usernames import UsernameRule
from courseops.ports.rosters import RosterSource
from courseops.wiring.secrets import secret_of

if TYPE_CHECKING:
    from courseops.adapters.rosters.identities import IdentityFile
    from courseops.adapters.rosters.ldap import Selection


def open_source(
    course_id: str,
    section: RosterSection | None,
    csv_file: Path | None = None,
    encoding: str = "",
    *,
    accounts: AccountsSection | None = None,
) -> RosterSource:
    """
    Give where a course's roster comes from; `csv_file` and `encoding` go before what is configured.

    `accounts` says what the course's hub makes of usernames.

    Raises:
        ConfigError: there is neither a configured source nor a file.
    """
    opening = _Opening(course_id, encoding, accounts)
    if csv_file is not None:
        named = [opening.file(csv_file, _section_of(csv_file, section), csv_file.name)]
    elif section is None:
        raise ConfigError(
            f"the course {course_id} has no roster",
            hint=f'add to the configuration: [courses.{course_id}.roster] csv = "class.csv", '
            "or name a file with --csv FILE",
        )
    elif section.sources:
        named = [opening.source(source, among_others=True) for source in section.sources]
    elif section.seats is not None:
        named = [opening.seats(section.seats, section.seat_name)]
    else:
        named = [opening.source(section)]
    return UnitedRoster(course_id, named)


class _Opening:
    """What all sources of a course are opened with."""

    def __init__(self, course_id: str, encoding: str, accounts: AccountsSection | None) -> None:
        self._course_id = course_id
        self._encoding = encoding
        self._rule = (
            UsernameRule(pattern=accounts.username_pattern, renamed=accounts.username_map)
            if accounts
            else UsernameRule()
        )

    def source(self, section: SourceSection, *, among_others: bool = False) -> NamedSource:
        """Open a file or a directory, as its section says."""
        if section.ldap is None:
            assert section.csv is not None  # a source is one or the other
            return self.file(section.csv, section, section.title, among_others=among_others)
        source = self._directory(section, section.ldap)
        return NamedSource(name=section.title, source=source, section=section.section)

    def file(
        self, path: Path, section: SourceSection, title: str, *, among_others: bool = False
    ) -> NamedSource:
        """Open a file, to be read as a section says."""
        from courseops.adapters.rosters.files import FileRoster  # noqa: PLC0415

        roster = f"courses.{self._course_id}.roster"
        source = FileRoster(
            path,
            course_id=self._course_id,
            encoding=self._encoding or section.encoding,
            roles=section.roles,
            username_from=section.username_from,
            rule=self._rule,
            identities=_identities(section),
            configured_in=f"[[{roster}.sources]] of {title}" if among_others else f"[{roster}]",
        )
        return NamedSource(name=title, source=source, section=section.section)

    def seats(self, number: int, seat_name: str) -> NamedSource:
        """Open a number of seats."""
        from courseops.adapters.rosters.seats import SeatRoster  # noqa: PLC0415

        source = SeatRoster(
            course_id=self._course_id, seats=number, seat_name=seat_name, rule=self._rule
        )
        return NamedSource(name="seats", source=source)

    def _directory(self, section: SourceSection, ldap: LdapSection) -> RosterSource:
        from courseops.adapters.rosters.ldap import Attributes, LdapRoster  # noqa: PLC0415

        chosen = {
            Role.LEARNER: ldap.learners,
            Role.ASSISTANT: ldap.assistants,
            Role.INSTRUCTOR: ldap.instructors,
        }
        return LdapRoster(
            course_id=self._course_id,
            url=ldap.url,
            bind_dn=ldap.bind_dn,
            password=secret_of(ldap.password),
            base=ldap.base,
            selections={role: _selection(it) for role, it in chosen.items() if it is not None},
            ca_file=ldap.ca_file,
            attributes=Attributes(**ldap.attributes.model_dump()),
            disabled_filter=ldap.disabled_filter,
            rule=self._rule,
            identities=_identities(section),
            only_identities=section.username_from == "identities",
        )


def _section_of(csv_file: Path, section: RosterSection | None) -> SourceSection:
    """Give what says how a file is read: its own source's section, if it is one of several."""
    for source in section.sources if section else ():
        if source.csv is not None and source.csv.resolve() == csv_file.resolve():
            return source
    return section or SourceSection()


def _identities(section: SourceSection) -> IdentityFile | None:
    from courseops.adapters.rosters.identities import IdentityFile  # noqa: PLC0415

    return IdentityFile(section.identities) if section.identities else None


def _selection(section: SelectionSection) -> Selection:
    from courseops.adapters.rosters import ldap  # noqa: PLC0415

    if section.filter is not None:
        return ldap.Filter(section.filter)
    if section.member_of is not None:
        return ldap.MemberOf(section.member_of)
    if section.group is not None:
        return ldap.Group(section.group)
    assert section.supann is not None  # a selection has exactly one of the four
    return ldap.SupannElement(year=section.supann.year, element=section.supann.element)

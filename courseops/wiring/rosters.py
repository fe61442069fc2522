"""Open a course's roster source: the configured file or directory, or a file named for once.

Adapters are imported where they are opened, so that a command pays only for what it uses.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from courseops.config import LdapSection, RosterSection, SelectionSection
from courseops.errors import ConfigError
from courseops.model.roster import Role
from courseops.ports import RosterSource
from courseops.wiring.secrets import secret_of

if TYPE_CHECKING:
    from courseops.adapters.rosters.ldap import Selection


def open_source(
    course_id: str,
    section: RosterSection | None,
    csv_file: Path | None = None,
    encoding: str = "",
) -> RosterSource:
    """
    Give where a course's roster comes from; `csv_file` and `encoding` go before what is configured.

    Raises:
        ConfigError: there is neither.
    """
    if section is not None and section.ldap is not None and csv_file is None:
        return _directory(course_id, section.ldap)
    path = csv_file or (section.csv if section else None)
    if path is None:
        raise ConfigError(
            f"the course {course_id} has no roster",
            hint=f'add to the configuration: [courses.{course_id}.roster] csv = "class.csv", '
            "or name a file with --csv FILE",
        )
    from courseops.adapters.rosters.files import FileRoster  # noqa: PLC0415

    return FileRoster(
        path,
        course_id=course_id,
        encoding=encoding or (section.encoding if section else ""),
        roles=section.roles if section else {},
        username_from=section.username_from if section else "username",
    )


def _directory(course_id: str, section: LdapSection) -> RosterSource:
    from courseops.adapters.rosters.ldap import Attributes, LdapRoster  # noqa: PLC0415

    chosen = {
        Role.LEARNER: section.learners,
        Role.ASSISTANT: section.assistants,
        Role.INSTRUCTOR: section.instructors,
    }
    return LdapRoster(
        course_id=course_id,
        url=section.url,
        bind_dn=section.bind_dn,
        password=secret_of(section.password),
        base=section.base,
        selections={role: _selection(it) for role, it in chosen.items() if it is not None},
        ca_file=section.ca_file,
        attributes=Attributes(**section.attributes.model_dump()),
        disabled_filter=section.disabled_filter,
    )


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

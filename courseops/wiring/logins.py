"""Gather what is known of how people log in at a hub, for `doctor` and for the hub's lines."""

from __future__ import annotations

from collections.abc import Iterator

from courseops.config import Config, RosterSection
from courseops.config.rosters import SourceSection
from courseops.model.logins.judging import HubSettings, Logins


def logins_of(config: Config, hub: str, *, read: bool = True) -> Logins | None:
    """
    Give what is configured of a hub's logins and, with `read`, what the hub's own file says.

    Raises:
        CourseOpsError: the hub's own configuration is named, and cannot be read.
    """
    section = config.hubs[hub].accounts
    if section is None:
        return None
    sources = list(_sources(config, hub))
    return Logins(
        kind=section.kind,
        username_pattern=section.username_pattern,
        username_map=section.username_map,
        attributes=frozenset(
            it.ldap.attributes.username for it in sources if it.ldap and it.ldap.attributes.username
        ),
        columns=frozenset(it.username_from for it in sources if it.csv is not None),
        settings=hub_settings(config, hub) if read else None,
    )


def hub_settings(config: Config, hub: str) -> HubSettings | None:
    """
    Read the hub's own configuration; None where `hub_config` does not name it.

    Raises:
        CourseOpsError: it cannot be read.
    """
    from courseops.adapters.hub.settings import read_settings  # noqa: PLC0415

    section = config.hubs[hub].accounts
    if section is None or section.hub_config is None:
        return None
    return read_settings(section.hub_program, section.hub_config)


def _sources(config: Config, hub: str) -> Iterator[SourceSection]:
    for course in config.courses.values():
        roster: RosterSection | None = course.roster
        if course.hub == hub and roster is not None:
            yield from (roster, *roster.sources)

"""What a course's roster is brought to: its hub, gradebook and first passwords, our record."""

from __future__ import annotations

from pathlib import Path

from courseops.actions.rosters.course_ports import CoursePorts, PasswordPorts
from courseops.model.rosters.guard import Limits
from courseops.ports.rosters import RosterSource
from courseops.wiring.accounts import open_credentials
from courseops.wiring.logins import hub_settings
from courseops.wiring.notices import open_notifier
from courseops.wiring.rosters import open_source
from courseops.wiring.site import Site


def roster_source(
    site: Site, course_id: str, csv_file: Path | None = None, encoding: str = ""
) -> RosterSource:
    """
    Give where a course's roster comes from: as configured, or `csv_file`.

    `encoding` comes before the configured one.
    """
    course = site.course_section(course_id)
    accounts = site.hub_section(course.hub).accounts
    return open_source(course_id, course.roster, csv_file, encoding, accounts=accounts)


def roster_ports(
    site: Site, course_id: str, csv_file: Path | None = None, encoding: str = ""
) -> CoursePorts:
    """Give what the roster actions need for one course."""
    course = site.course_section(course_id)
    accounts = site.hub_section(course.hub).accounts
    return CoursePorts(
        course_id=course_id,
        source=roster_source(site, course_id, csv_file, encoding),
        hub=site.hub(course.hub),
        gradebook=site.gradebook(course_id),
        enrolments=site.store.enrolments,
        plans=site.store.plans,
        limits=Limits(**course.guard.model_dump()),
        notifier=open_notifier(site),
        passwords=password_ports(site, course.hub),
        protected=frozenset(site.hub_section(course.hub).protected),
        section_groups=course.roster.section_groups if course.roster else False,
        neighbours=tuple(it for it in site.courses_on(course.hub) if it != course_id),
        site=site.config.site.name,
        accounts=accounts.kind if accounts else None,
    )


def password_ports(site: Site, hub: str) -> PasswordPorts | None:
    """Give where a hub keeps passwords and where first ones wait; None if it keeps none."""
    section = site.hub_section(hub)
    credentials = open_credentials(
        hub,
        section.url,
        section.accounts,
        homes=section.plain_homes,
        ca_file=section.ca_file,
        protected=frozenset(section.protected),
        settings=lambda: hub_settings(site.config, hub),
        listed=lambda: [user.name for user in site.hub(hub).users()],
    )
    if credentials is None:
        return None
    from courseops.adapters.first_passwords import FirstPasswordFiles  # noqa: PLC0415

    first = FirstPasswordFiles(site.state / "first-passwords")
    return PasswordPorts(credentials=credentials, first=first)

"""Open what persons' rights need: keys of pseudonyms, our records of one person."""

from __future__ import annotations

from functools import partial

from courseops.actions.assignments.standings import course_status
from courseops.actions.leaving.erase_ports import archives_of
from courseops.actions.people.ports import PersonPorts
from courseops.actions.people.pseudonyms import Pseudonyms
from courseops.actions.people.showing import ShownCourse, ShowPorts
from courseops.errors import CourseOpsError
from courseops.model.assignments.matrix import Matrix
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.people.pseudonym import Terms
from courseops.model.people.whom import Whom
from courseops.wiring.offboarding import erase_ports, kept_by_courses
from courseops.wiring.site import Site


def pseudonyms(site: Site) -> Pseudonyms:
    """Give what gives the people of a site their pseudonyms."""
    from courseops.adapters.pseudonyms import PseudonymKeyFiles  # noqa: PLC0415

    days = [day.split("-") for day in site.config.site.terms]
    return Pseudonyms(
        keys=PseudonymKeyFiles(site.state / "pseudonyms"),
        terms=Terms(begins=[(int(month), int(day)) for month, day in days], zone=site.time_zone),
    )


def person_ports(site: Site, hub: str) -> PersonPorts:
    """
    Give what exporting and forgetting the people of a hub needs.

    Raises:
        CourseOpsError: there is no such hub.
    """
    from courseops.adapters.first_passwords import FirstPasswordFiles  # noqa: PLC0415

    site.hub_section(hub)
    courses = site.courses_on(hub)
    return PersonPorts(
        site=site.config.site.name,
        hub=hub,
        courses=tuple(courses),
        others=tuple(it for it in site.config.courses if it not in courses),
        is_only_hub=len(site.config.hubs) == 1,
        records=site.store.people,
        enrolments=site.store.enrolments,
        plans=site.store.plans,
        first=FirstPasswordFiles(site.state / "first-passwords"),
        pseudonyms=pseudonyms(site),
        has_account=partial(_has_account, site, hub),
        volume=partial(_volume, site, hub),
        elsewhere=partial(_elsewhere, site),
    )


def _has_account(site: Site, hub: str, username: str) -> bool | None:
    try:
        return any(user.name == username for user in site.hub(hub).users())
    except CourseOpsError:
        return None


def _volume(site: Site, hub: str, username: str) -> str:
    if hub not in site.hubs_with_volumes():
        return ""
    try:
        return site.volumes(hub).volume_of(username).path
    except CourseOpsError:
        return ""


def _elsewhere(site: Site, whom: Whom) -> tuple[Elsewhere, ...]:
    """Name what is kept of somebody beside our record, where it is, and what would remove it."""
    hub, username = whom.hub, whom.username
    found = list(kept_by_courses(site, hub, username))
    if site.hub_section(hub).backup is not None:
        found += archives_of(erase_ports(site, hub), site.journal, username)
        found.append(
            Elsewhere(
                what="their files, in the backups of the hub",
                where=f"the repository of {hub}",
                mend=f"to have them: courseops restore find {hub} {username}; to remove them: "
                f"courseops offboard erase {hub} {username}",
            )
        )
    if whom.volume:
        found.append(
            Elsewhere(
                what="their home, if they have one still",
                where=f"{whom.volume} in {site.volumes(hub).root}",
                mend=f"courseops offboard plan --user {username} --hub {hub}",
            )
        )
    return (
        *found,
        Elsewhere(
            what="what was said during the runs of jobs, which may name them",
            where=str(site.state / "logs"),
            mend="the job housekeeping removes it when it is old",
        ),
        Elsewhere(
            what="the list that says who is in a course, and the hub's own database",
            where="the school's, and the hub's",
            mend="ask whoever keeps them",
        ),
    )


def show_ports(site: Site, hub: str) -> ShowPorts:
    """
    Give what showing one person's use of a hub needs.

    Raises:
        CourseOpsError: there is no such hub.
    """
    site.hub_section(hub)
    return ShowPorts(
        hub=hub,
        courses=[
            ShownCourse(course_id=it, title=site.course_section(it).title or it)
            for it in site.courses_on(hub)
        ],
        usage=site.store.usage,
        accounts=site.store.account_usage,
        enrolments=site.store.enrolments,
        copies=site.store.copies,
        standings=partial(_standings, site),
        zone=site.time_zone,
    )


def _standings(site: Site, course_id: str) -> tuple[Matrix | None, str]:
    """Read where everybody stands in a course; a course without a folder has no assignments."""
    try:
        gradebook = site.gradebook(course_id)
        if gradebook is None:
            return None, ""
        return course_status(site.course(course_id), gradebook, site.history).matrix, ""
    except CourseOpsError as error:
        return None, str(error)

"""What handing out needs of the configuration: the calendar, and where homes are."""

from __future__ import annotations

from courseops.actions.assignments.pushing import HomePorts
from courseops.errors import ConfigError
from courseops.model.assignments.push import folder_for
from courseops.model.assignments.release import Timetable
from courseops.wiring.site import Site


def timetables(site: Site, course_id: str) -> dict[str, Timetable]:
    """Give the calendar of a course, by assignment, in the school's own time."""
    return {
        name: Timetable(
            release_at=it.release_at and it.release_at.astimezone(site.time_zone),
            due_at=it.due_at and it.due_at.astimezone(site.time_zone),
        )
        for name, it in site.course_section(course_id).assignments.items()
    }


def courses_with_calendar(site: Site) -> list[str]:
    """Name the courses whose calendar says when something goes out."""
    return [
        course_id
        for course_id, course in site.config.courses.items()
        if course.folder and any(it.release_at for it in course.assignments.values())
    ]


def home_ports(site: Site, course_id: str, name: str) -> HomePorts:
    """
    Give where an assignment goes in the homes of the course's hub.

    Raises:
        ConfigError: the configuration does not say where the homes are.
    """
    from courseops.adapters.placing.pushing import HomePusher  # noqa: PLC0415

    course = site.course_section(course_id)
    volumes = site.volumes(course.hub)
    return HomePorts(
        volumes=volumes,
        pusher=HomePusher(root=volumes.root, staging=site.folders.staging),
        enrolments=site.store.enrolments,
        folder=folder_for(course.push_to, course_id, name),
    )


def known_homes(site: Site, course_id: str, name: str) -> HomePorts | None:
    """Give the same, or None where the configuration does not say where the homes are."""
    try:
        return home_ports(site, course_id, name)
    except ConfigError:
        return None

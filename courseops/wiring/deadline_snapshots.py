"""What a snapshot for a deadline needs of the configuration: whose homes, and when it is due."""

from __future__ import annotations

from datetime import datetime, timedelta

from courseops.actions.backups.deadline_snapshots import back_up_deadline, just_due
from courseops.config import AssignmentSection
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.run import Outcome
from courseops.wiring.backups import backup_ports
from courseops.wiring.collecting import volumes_of
from courseops.wiring.site import Site


def courses_with_deadlines(site: Site) -> list[str]:
    """Name the courses that may have deadlines, on hubs that have a repository."""
    return [
        course_id
        for course_id, course in site.config.courses.items()
        if course.hub in site.hubs_with_backup() and (course.folder or course.assignments)
    ]


def course_volumes(site: Site, course_id: str) -> list[Volume]:
    """Give the home of everybody in a course."""
    return list(volumes_of(site, course_id).values())


def take_due(site: Site, course_id: str) -> tuple[Outcome, ...]:
    """
    Take a snapshot for each deadline of a course that has just passed; one outcome each learner.

    Raises:
        CourseOpsError: one of them could not be taken; the others were.
    """
    now = site.journal.clock.now()
    names = list(just_due(site.store.runs, course_id, _due(site, course_id), now))
    outcomes: list[Outcome] = []
    trouble: list[CourseOpsError] = []
    for name in names:
        ports, volumes = backup_ports(site, _hub(site, course_id)), course_volumes(site, course_id)
        try:
            taken = back_up_deadline(ports, site.journal, course_id, name, volumes)
        except CourseOpsError as error:
            trouble.append(error)
        else:
            outcomes.extend(taken.outcomes)
    if trouble:
        raise trouble[0]
    return tuple(outcomes)


def _hub(site: Site, course_id: str) -> str:
    return site.course_section(course_id).hub


def _due(site: Site, course_id: str) -> dict[str, datetime | None]:
    """Say when each assignment is due, grace and all, by the calendar, else by the gradebook."""
    section = site.course_section(course_id)
    due: dict[str, datetime | None] = {}
    if section.folder is not None:
        known = site.course(course_id).assignments(counting=False)
        due = {it.name: it.due_at for it in known}
    for name, it in section.assignments.items():
        due[name] = it.due_at or due.get(name)
    calendar = section.assignments
    return {
        name: at and at + timedelta(minutes=calendar.get(name, AssignmentSection()).grace_minutes)
        for name, at in due.items()
    }

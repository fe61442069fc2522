"""What a snapshot for a deadline needs of the configuration: whose homes, and when it is due."""

from __future__ import annotations

from collections.abc import Collection

from courseops.actions.backups.deadline_snapshots import back_up_deadline, just_due, refuse_late
from courseops.errors import CourseOpsError
from courseops.model.backups.backup import Volume
from courseops.model.jobs.calendar import Dates
from courseops.model.run import Outcome
from courseops.wiring.backups import backup_ports
from courseops.wiring.calendar import dates_of
from courseops.wiring.collecting import volumes_of
from courseops.wiring.site import Site


def courses_with_deadlines(site: Site) -> list[str]:
    """Name the courses that may have deadlines, on hubs that have a repository."""
    return [
        course_id
        for course_id, course in site.config.courses.items()
        if course.hub in site.hubs_with_backup() and (course.folder or course.assignments)
    ]


def course_volumes(
    site: Site, course_id: str, learners: Collection[str] | None = None
) -> list[Volume]:
    """Give the home of everybody in a course, or of some `learners` only."""
    volumes = volumes_of(site, course_id)
    return [it for who, it in volumes.items() if learners is None or who in learners]


def take_due(site: Site, course_id: str) -> tuple[Outcome, ...]:
    """
    Take a snapshot for each deadline of a course that has just passed; one outcome each learner.

    Raises:
        CourseOpsError: one of them could not be taken; the others were.
    """
    now = site.journal.clock.now()
    dates = {it.name: it for it in dates_of(site, course_id)}
    due = {name: it.until for name, it in dates.items()}
    outcomes: list[Outcome] = []
    trouble: list[CourseOpsError] = []
    for name in list(just_due(site.store.runs, course_id, due, now)):
        try:
            outcomes.extend(_take(site, course_id, name))
        except CourseOpsError as error:
            trouble.append(error)
    if trouble:
        raise trouble[0]
    return tuple(outcomes)


def take_for(
    site: Site, dates: Dates, learners: Collection[str] | None = None
) -> tuple[Outcome, ...]:
    """
    Take the snapshot for a deadline that was just due, for the whole class or some `learners`.

    Raises:
        RefusedError: it passed too long ago.
        CourseOpsError: it could not be taken.
    """
    until = dates.until if learners is None else max(dates.own[who] for who in learners)
    refuse_late(dates.about, until, site.journal.clock.now())
    return _take(site, dates.course_id, dates.name, learners)


def _take(
    site: Site, course_id: str, name: str, learners: Collection[str] | None = None
) -> tuple[Outcome, ...]:
    ports = backup_ports(site, site.course_section(course_id).hub)
    volumes = course_volumes(site, course_id, learners)
    return back_up_deadline(ports, site.journal, course_id, name, volumes).outcomes

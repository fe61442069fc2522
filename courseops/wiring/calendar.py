"""The calendar of a course: from the configuration, the gradebook, and what learners were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from courseops.actions.assignments.deadlines import Deadlines, terms_of
from courseops.config import AssignmentSection
from courseops.model.assignments.deadline import Terms, deadline_of
from courseops.model.jobs.calendar import Dates
from courseops.wiring.collecting import collect_ports
from courseops.wiring.site import Site


def configured_dates(site: Site, course_id: str) -> list[Dates]:
    """Give what the configuration alone says of a course's assignments."""
    return [
        _in_file(course_id, name, calendar)
        for name, calendar in site.course_section(course_id).assignments.items()
    ]


def _in_file(course_id: str, name: str, calendar: AssignmentSection) -> Dates:
    terms = Terms(due_at=calendar.due_at, grace=timedelta(minutes=calendar.grace_minutes))
    until = deadline_of(terms).until
    own = {it: deadline_of(terms, extended_to=[at]).until for it, at in calendar.extensions.items()}
    return _dates_with(course_id, name, calendar.release_at, until, own)


def dates_of(site: Site, course_id: str) -> Sequence[Dates]:
    """
    Give the dates of each assignment of a course, and of learners who have longer.

    Raises:
        CourseOpsError: the gradebook cannot be read.
    """
    section = site.course_section(course_id)
    if section.folder is None:
        return configured_dates(site, course_id)
    due: dict[str, datetime | None] = dict.fromkeys(section.assignments)
    for it in site.course(course_id).assignments(counting=False):
        due[it.name] = it.due_at
    return [_dates(site, course_id, name, due_at) for name, due_at in due.items()]


def _dates(site: Site, course_id: str, name: str, due_at: datetime | None) -> Dates:
    calendar = site.course_section(course_id).calendar(name)
    ports = collect_ports(site, course_id, name)
    terms = terms_of(ports, site.journal, name, due_at)
    deadlines = Deadlines.of(ports, name, terms)
    until = deadlines.of_learner("").until
    own = {who: deadlines.of_learner(who).until for who in deadlines.of_their_own}
    return _dates_with(course_id, name, calendar.release_at, until, own)


def _dates_with(
    course_id: str,
    name: str,
    release_at: datetime | None,
    until: datetime | None,
    own: Mapping[str, datetime | None],
) -> Dates:
    return Dates(
        course_id=course_id,
        name=name,
        release_at=release_at,
        until=until,
        own={who: at for who, at in own.items() if at is not None and at != until},
    )

"""What is a learner's own: courses, deadlines, receipts, and how safe their files are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from courseops.actions.assignments.own_work import OwnAssignment, own_work
from courseops.actions.people.showing import show_learner
from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.assignments.deadline import later_of
from courseops.model.roster import Enrolment, Role
from courseops.model.usage.learner import LearnerUsage
from courseops.model.usage.seen import Window
from courseops.web.asked import Asked
from courseops.wiring.people import show_ports

_OF_LATE = timedelta(days=28)


@dataclass(frozen=True, kw_only=True)
class OwnCourse:
    """
    One course that the visitor learns in.

    `coming` is what is due next, `past` what was due before or never is, the newest first; `unread`
    says that neither can be known at present.
    """

    id: str
    title: str
    coming: tuple[OwnAssignment, ...] = ()
    past: tuple[OwnAssignment, ...] = ()
    unread: bool = False


@dataclass(frozen=True, kw_only=True)
class OwnFiles:
    """How safe the visitor's files are: `copied_at` is None before their first good copy."""

    copied_at: datetime | None


def own_hours(asked: Asked) -> LearnerUsage:
    """Give how much the visitor worked on the hub of late; nobody needs a record of that."""
    now = asked.site.journal.clock.now()
    window = Window(since=now - _OF_LATE, until=now)
    # Where they stand in their courses is told beside.
    ports = replace(show_ports(asked.site, asked.hub), courses=())
    return show_learner(ports, asked.site.journal, asked.who, window, is_own=True)


def own_courses(asked: Asked) -> list[OwnCourse]:
    """Give the courses that the visitor learns in, by our record; one that fails stops no other."""
    enrolled = asked.site.store.enrolments.enrolled_in(asked.who, asked.page.courses)
    learns = {it: word for it, word in sorted(enrolled.items()) if word.role is Role.LEARNER}
    return [_course(asked, course_id, word) for course_id, word in learns.items()]


def own_files(asked: Asked) -> OwnFiles | None:
    """Say of when the newest good copy of the visitor's files is; None where none are taken."""
    if asked.page.config.hubs[asked.hub].backup is None:
        return None
    found = asked.site.store.copies.last_good_of(asked.hub, asked.who)
    return OwnFiles(copied_at=found.at if found else None)


def _course(asked: Asked, course_id: str, enrolment: Enrolment) -> OwnCourse:
    section = asked.site.course_section(course_id)
    title = section.title or course_id
    if section.folder is None:
        return OwnCourse(id=course_id, title=title)
    try:
        work = _work(asked, course_id, enrolment.person.student_id)
    except CourseOpsError as error:
        log().warning("course cannot be read", action="web", course=course_id, error=str(error))
        return OwnCourse(id=course_id, title=title, unread=True)
    now = asked.site.journal.clock.now()
    coming = tuple(it for it in work if it.due_at is not None and it.due_at > now)
    past = tuple(it for it in reversed(work) if it not in coming)
    return OwnCourse(id=course_id, title=title, coming=coming, past=past)


def _work(asked: Asked, course_id: str, student_id: str) -> tuple[OwnAssignment, ...]:
    site, section = asked.site, asked.site.course_section(course_id)
    course = site.course(course_id)
    extended = {}
    for it in course.assignments(counting=False):
        granted = site.history.extensions(course_id, it.name)
        until = later_of(granted, section.calendar(it.name).extensions).get(student_id)
        if until is not None:
            extended[it.name] = until
    return own_work(course, site.store.runs, site.store.collections, student_id, extended)

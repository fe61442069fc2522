"""What a usage report covers, from the configuration and whatever the courses can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from zoneinfo import ZoneInfo

from courseops.actions.usage.reporting import ReportedCourse, ReportRequest, assignment_progress
from courseops.adapters.pages.wording import wording
from courseops.errors import CourseOpsError
from courseops.model.language import Language
from courseops.model.usage.forecast import USUAL, Assumptions
from courseops.model.usage.report import AssignmentProgress
from courseops.model.usage.seen import Window
from courseops.wiring.backups import freshness_of_hubs
from courseops.wiring.fetching import who_fetched
from courseops.wiring.site import Site


def report_request(
    site: Site,
    about: str,
    window: Window,
    *,
    next_people: int | None = None,
    assumed: Assumptions = USUAL,
    language: Language | None = None,
) -> ReportRequest:
    """
    Ask for a report about a hub, a course, or everything (where `about` is empty).

    Its own words are in `language`, else in the site's. `next_people` is how many there will be
    next, else as many as now; `assumed` what no sample tells of that.

    Raises:
        CourseOpsError: there is no hub and no course called `about`.
    """
    config = site.config
    say = wording(language or config.site.language).gettext
    if about and about not in config.hubs:
        title = site.course_section(about).title or about
        hubs, courses = [], [about]
    else:
        title = say("The hub %(hub)s") % {"hub": about} if about else say("All hubs")
        hubs = [about] if about else sorted(config.hubs)
        courses = sorted(c for c, section in config.courses.items() if section.hub in hubs)
    progress, notes = _progress(site, courses, say)
    return ReportRequest(
        site=config.site.name,
        title=title,
        window=window,
        zone=ZoneInfo(config.site.time_zone),
        hubs=hubs,
        courses=[reported_course(site, course_id) for course_id in courses],
        progress=progress,
        notes=notes,
        backups=[it for it in freshness_of_hubs(site) if it.hub in hubs],
        next_people=next_people,
        assumed=assumed,
    )


def reported_course(site: Site, course_id: str) -> ReportedCourse:
    """Give a course as a report speaks of it."""
    section = site.course_section(course_id)
    return ReportedCourse(course_id=course_id, title=section.title or course_id, hub=section.hub)


def _progress(
    site: Site, courses: Iterable[str], say: Callable[[str], str]
) -> tuple[dict[str, tuple[AssignmentProgress, ...]], tuple[str, ...]]:
    """Ask the courses that have a folder; one that cannot tell is noted, not fatal."""
    known, notes = {}, []
    for course_id in courses:
        try:
            gradebook = site.gradebook(course_id)
            if gradebook is not None:
                course = site.course(course_id)
                known[course_id] = assignment_progress(
                    course, gradebook, site.store.runs, partial(who_fetched, site, course_id)
                )
        except CourseOpsError as error:
            note = say("the assignments of %(course)s could not be read: %(why)s")
            notes.append(note % {"course": course_id, "why": error})
    return known, tuple(notes)

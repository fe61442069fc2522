"""When the jobs of a site are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from courseops.adapters.times.remembered import RememberedCalendar
from courseops.adapters.times.schedules import Schedules
from courseops.model.jobs.calendar import Dates
from courseops.model.jobs.job import At, Job
from courseops.ports.ambient import Clock
from courseops.wiring.calendar import configured_dates, dates_of
from courseops.wiring.jobs import places_of
from courseops.wiring.site import Site


def open_times(site: Site, clock: Clock | None = None) -> Schedules:
    """Give the times of a site; `clock` says how old what was read of gradebooks is."""

    def read(course_id: str) -> Sequence[Dates]:
        try:
            return dates_of(site, course_id)
        finally:
            # Where nbgrader had to be asked, it would stay in memory, one for each course.
            if site.course_section(course_id).folder is not None:
                site.course(course_id).close()

    calendar = RememberedCalendar(
        read=read,
        configured=partial(configured_dates, site),
        clock=clock or site.journal.clock,
    )

    def dates(job: Job) -> Iterable[Dates]:
        courses = places_of(site, job)
        if job.at is At.RELEASE:
            # Only the configuration knows releases, and that costs nothing to ask.
            return (it for course in courses for it in configured_dates(site, course))
        return calendar.of(courses)

    return Schedules(site.config.site.time_zone, dates, lambda: calendar.troubles)

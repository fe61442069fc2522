"""The closed table of actions that a job may name, and how a job's run calls its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from courseops.jobfile import Action, On
from courseops.model.jobs.calendar import Subject
from courseops.model.jobs.job import Job, matching
from courseops.wiring.deadline_snapshots import courses_with_deadlines
from courseops.wiring.jobs import on_courses, on_hubs, on_site
from courseops.wiring.jobs.errand import Errand
from courseops.wiring.releasing import courses_with_calendar
from courseops.wiring.site import Site

_SITE = "site"


def _hubs(site: Site) -> list[str]:
    return list(site.config.hubs)


def _with_roster(site: Site) -> list[str]:
    return [name for name, course in site.config.courses.items() if course.roster]


def _with_folder(site: Site) -> list[str]:
    return [name for name, course in site.config.courses.items() if course.folder]


def _on_backups(name: str, act: Callable[..., str]) -> Action:
    return Action(name=name, act=act, on=On.HUBS, places=Site.hubs_with_backup)


def _on_assignments(
    name: str, act: Callable[..., str], places: Callable[[Site], list[str]]
) -> Action:
    return Action(name=name, act=act, on=On.COURSES, places=places, calendar=True)


_ALL = (
    Action(name="roster-sync", act=on_courses.sync, on=On.COURSES, places=_with_roster),
    _on_assignments("assignment-release", on_courses.release, courses_with_calendar),
    _on_assignments("assignment-collect", on_courses.collect, _with_folder),
    _on_assignments("assignment-autograde", on_courses.grade, _with_folder),
    _on_assignments("deadline-snapshot", on_courses.keep_for_deadline, courses_with_deadlines),
    _on_backups("backup", on_hubs.back_up),
    _on_backups("backup-check", on_hubs.check),
    _on_backups("backup-drill", on_hubs.drill),
    _on_backups("backup-prune", on_hubs.prune),
    Action(name="usage-sample", act=on_hubs.sample, on=On.HUBS, places=_hubs),
    Action(name="usage-report", act=on_hubs.report_usage, on=On.HUBS, places=_hubs),
    Action(name="housekeeping", act=on_site.keep_house, on=On.SITE, places=lambda _: [_SITE]),
)
ACTIONS = {action.name: action for action in _ALL}


def job_action(
    site: Site, job: Job, about: str = "", due_at: datetime | None = None
) -> tuple[list[str], Callable[[str], str]]:
    """
    Give the hubs or courses that a run of `job` is for, and what to do for each of them.

    `about` and `due_at` are those of the run: where an assignment fell due, it is for that one
    alone. What is done says in a word what came of it.
    """
    errand = Errand(site=site, job=job, about=about, due_at=due_at)
    places = [Subject.of(about).course_id] if about else places_of(site, job)
    return places, partial(ACTIONS[job.action].act, errand, **job.options)


def places_of(site: Site, job: Job) -> list[str]:
    """Name the hubs or courses of the site that a job is for."""
    action = ACTIONS[job.action]
    there = list(action.places(site))
    if action.on is On.HUBS:
        return matching(there, job.hubs)
    if action.on is On.COURSES:
        on_hubs_meant = [it for it in there if matching([site.course_section(it).hub], job.hubs)]
        return matching(on_hubs_meant, job.courses)
    return there

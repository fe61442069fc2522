"""The closed table of actions that a job may name, and how each is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from courseops.actions.backups import run_backup
from courseops.actions.releasing import release_due
from courseops.actions.reports import take_usage_sample
from courseops.actions.roster import apply_roster
from courseops.adapters.hub.remembered import RememberedHub
from courseops.errors import IncompleteError
from courseops.model.job import Job, matching
from courseops.model.run import Outcome, failures
from courseops.ports import Hub
from courseops.wiring.courses import roster_ports
from courseops.wiring.releasing import courses_with_calendar, timetables
from courseops.wiring.site import Site

Act = Callable[[str], None]


def job_action(site: Site, job: Job) -> tuple[list[str], Act]:
    """Give the hubs or courses that `job` is for, and what to do for each of them."""
    if job.action == "usage-sample":
        return matching(site.config.hubs, job.hubs), partial(_sample, site)
    if job.action == "backup":
        return matching(site.hubs_with_backup(), job.hubs), partial(_back_up, site)
    if job.action == "assignment-release":
        return matching(courses_with_calendar(site), job.courses), partial(_release, site)
    with_roster = [name for name, course in site.config.courses.items() if course.roster]
    return matching(with_roster, job.courses), partial(_sync, site, {})


def _sync(site: Site, seen: dict[str, Hub], course_id: str) -> None:
    ports = roster_ports(site, course_id)
    # The courses of one run share one reading of their hub's lists.
    hub = seen.setdefault(ports.hub.name, RememberedHub(ports.hub))
    _insist(apply_roster(replace(ports, hub=hub), site.journal).outcomes)


def _back_up(site: Site, hub: str) -> None:
    _insist(run_backup(site.backup_ports(hub), site.journal, site.hub(hub)).outcomes)


def _sample(site: Site, hub: str) -> None:
    take_usage_sample(site.hub(hub), site.store.usage, site.journal)


def _release(site: Site, course_id: str) -> None:
    course = site.course(course_id).releasing
    _insist(release_due(course, site.journal, timetables(site, course_id)).outcomes)


def _insist(outcomes: tuple[Outcome, ...]) -> None:
    failed = failures(outcomes)
    if failed:
        first = failed[0]
        raise IncompleteError(
            f"{len(failed)} of {len(outcomes)} failed; the first: {first.subject}: {first.reason}",
            hint=first.mend,
        )

"""The closed table of actions that a job may name, and how each is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from courseops.actions.assignments.releasing import release_due
from courseops.actions.backups.drills import drill_backup
from courseops.actions.backups.repositories import check_backup
from courseops.actions.backups.retention import copy_backup, forget_snapshots, prune_backup
from courseops.actions.backups.taking import run_backup
from courseops.actions.reports import take_usage_sample
from courseops.actions.rosters.roster import apply_roster
from courseops.adapters.hub.remembered import RememberedHub
from courseops.errors import CourseOpsError, IncompleteError
from courseops.model.jobs.job import Job, matching
from courseops.model.run import Outcome, failures
from courseops.ports.hub import Hub
from courseops.wiring.backups import backup_ports
from courseops.wiring.courses import roster_ports
from courseops.wiring.deadline_snapshots import courses_with_deadlines, take_due
from courseops.wiring.releasing import courses_with_calendar, timetables
from courseops.wiring.site import Site

Act = Callable[[str], None]


def job_action(site: Site, job: Job) -> tuple[list[str], Act]:
    """Give the hubs or courses that `job` is for, and what to do for each of them."""
    if job.action == "usage-sample":
        return matching(site.config.hubs, job.hubs), partial(_sample, site)
    if job.action in _ON_BACKUPS:
        return matching(site.hubs_with_backup(), job.hubs), partial(_ON_BACKUPS[job.action], site)
    if job.action == "deadline-snapshot":
        return matching(courses_with_deadlines(site), job.courses), partial(_take_due, site)
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
    """Back up, drop what no rule keeps any more, and bring a second repository what it lacks."""
    ports = backup_ports(site, hub)
    ran = run_backup(ports, site.journal, site.hub(hub))
    trouble: list[CourseOpsError] = []
    for is_wanted, act in (
        (not ports.rules.append_only, forget_snapshots),
        (ports.rules.has_second, copy_backup),
    ):
        try:
            if is_wanted:
                act(ports, site.journal)
        except CourseOpsError as error:
            trouble.append(error)
    # Who has no copy comes first: an old snapshot that stays a day longer is nobody's loss.
    _insist(ran.outcomes)
    if trouble:
        raise trouble[0]


def _check(site: Site, hub: str) -> None:
    checked = check_backup(backup_ports(site, hub), site.journal, in_part=True)
    if checked.problems:
        raise CourseOpsError(
            f"the repository is damaged: {checked.problems[0]}",
            hint=f"see all of it: courseops backup check {hub} --read-data",
        )


def _prune(site: Site, hub: str) -> None:
    ports = backup_ports(site, hub)
    if not ports.rules.append_only:
        prune_backup(ports, site.journal)


def _drill(site: Site, hub: str) -> None:
    _insist(drill_backup(backup_ports(site, hub), site.journal).outcomes)


def _drill_home(site: Site, hub: str) -> None:
    _insist(drill_backup(backup_ports(site, hub), site.journal, home=True).outcomes)


def _take_due(site: Site, course_id: str) -> None:
    _insist(take_due(site, course_id))


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


_ON_BACKUPS: dict[str, Callable[[Site, str], None]] = {
    "backup": _back_up,
    "backup-check": _check,
    "backup-drill": _drill,
    "backup-drill-home": _drill_home,
    "backup-prune": _prune,
}

"""What `doctor` looks at: one check a thing that the configuration speaks of."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from courseops.actions.doctor import Check
from courseops.config.grading import TRUSTED
from courseops.errors import CourseOpsError
from courseops.model.backups.volume_check import judge_volumes
from courseops.model.finding import Finding
from courseops.wiring.backups import looks_at_databases
from courseops.wiring.collecting import site_key
from courseops.wiring.courses import password_ports, roster_source
from courseops.wiring.jobs import jobs_in_use, jobs_of, own_jobs
from courseops.wiring.logins import logins_of
from courseops.wiring.notices import looks_at_notices
from courseops.wiring.site import Site
from courseops.wiring.volumes import about


def checks(site: Site) -> Iterator[Check]:
    """Give the checks in the order a person would mend things."""
    yield Check(subject="configuration", look=partial(_configuration, site))
    yield Check(subject="state folder", look=partial(_state, site))
    yield Check(subject="jobs", look=partial(_jobs, site))
    for subject, look in looks_at_notices(site).items():
        yield Check(subject=subject, look=look)
    for name in site.config.hubs:
        yield Check(subject=f"hub/{name}", look=partial(_hub, site, name))
    for name, hub in site.config.hubs.items():
        if hub.web is not None:
            yield Check(subject=f"web/{name}", look=partial(_page, site, name))
    for name in site.hubs_with_volumes():
        yield Check(subject=f"volumes/{name}", look=partial(_volumes, site, name))
    for name in site.hubs_with_backup():
        yield Check(subject=f"backup/{name}", look=partial(_backup, site, name))
        for subject, look in looks_at_databases(site, name).items():
            yield Check(subject=subject, look=look)
    if any(course.folder is not None for course in site.config.courses.values()):
        yield Check(subject="sandbox", look=_sandbox)
    for course_id in site.config.courses:
        yield Check(subject=f"course/{course_id}", look=partial(_course, site, course_id))


def _configuration(site: Site) -> Iterator[Finding]:
    hubs, courses = len(site.config.hubs), len(site.config.courses)
    yield Finding.ok("configuration", f"{site.config.path}, hubs: {hubs}, courses: {courses}")
    if not hubs:
        yield Finding.warning(
            "configuration", "no hub yet", f"fill in [hubs.campus] in {site.config.path}"
        )


def _state(site: Site) -> Iterator[Finding]:
    site.store.runs.recent(limit=1)
    yield Finding.ok("state folder", str(site.state))
    if any(course.folder for course in site.config.courses.values()):
        yield Finding.ok("signing key", f"what is collected is signed with {site_key(site).key}")


def _jobs(site: Site) -> Iterator[Finding]:
    jobs = jobs_of(site)
    in_use = jobs_in_use(site, jobs)
    yield Finding.ok("jobs", f"{len(jobs)} job files, all valid, {len(in_use)} for this site")
    for name in own_jobs(site):
        if jobs[name].enabled and name not in in_use:
            yield Finding.warning(
                f"job/{name}",
                "is for no hub or course of this site, and will never run",
                "see its `hubs` and `courses`, and whether the configuration has what it needs",
            )


def _hub(site: Site, name: str) -> Iterator[Finding]:
    try:
        logins = logins_of(site.config, name)
    except CourseOpsError as error:
        # The hub's API is still there to be asked.
        yield Finding.problem(f"hub/{name}", str(error), error.hint)
        logins = logins_of(site.config, name, read=False)
    yield from site.hub(name).preflight(logins)
    yield from _passwords(site, name)


def _passwords(site: Site, name: str) -> Iterator[Finding]:
    ports = password_ports(site, name)
    if ports is not None:
        there = ports.credentials.existing()
        ports.credentials.refuse_if_open()
        yield Finding.ok(
            f"hub/{name}", f"passwords of {len(there)} people, and closed to strangers"
        )


def _page(site: Site, name: str) -> Iterator[Finding]:
    from courseops.wiring.pages import look_at_page  # noqa: PLC0415

    yield from look_at_page(site, name)


def _volumes(site: Site, name: str) -> Iterator[Finding]:
    accounts = _accounts(site, name)
    volumes = site.volumes(name)
    survey = volumes.survey(accounts or ())
    found = f"{len(survey.volumes)} found in {volumes.root}"
    yield Finding.ok(f"volumes/{name}", f"{about(site.hub_section(name))}: {found}")
    yield from judge_volumes(f"volumes/{name}", survey, accounts)


def _accounts(site: Site, name: str) -> frozenset[str] | None:
    """Name the hub's accounts; None where its own check says why they cannot be had."""
    try:
        return frozenset(user.name for user in site.hub(name).users())
    except CourseOpsError:
        return None


def _backup(site: Site, name: str) -> Iterator[Finding]:
    from courseops.adapters.restic.preflight import look  # noqa: PLC0415
    from courseops.wiring.backups import second_repository  # noqa: PLC0415

    site.volumes(name)
    yield from look(
        site.repository(name),
        name,
        second=second_repository(site, name),
        append_only=site.backup_section(name).append_only,
    )


def _sandbox() -> Iterator[Finding]:
    from courseops.adapters.grading.walls.probe import choose  # noqa: PLC0415
    from courseops.adapters.grading.walls.verdict import findings  # noqa: PLC0415

    yield from findings(choose(sys.executable))


def _course(site: Site, course_id: str) -> Iterator[Finding]:
    subject = f"course/{course_id}"
    course = site.course_section(course_id)
    if course.roster is not None:
        roster = roster_source(site, course_id).read()
        yield Finding.ok(subject, f"roster: {roster.source}")
    if course.folder is not None:
        yield _folder(subject, "course folder", course.folder)
        yield from site.course(course_id).preflight()
        if course.grading.sandbox == TRUSTED:
            yield Finding.warning(
                subject,
                "learners' code is graded without a sandbox, with your rights",
                f'set grading.sandbox = "on" for {course_id}',
            )


def _folder(subject: str, what: str, folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding.problem(subject, f"{what} {folder} is not there", f"mkdir -p {folder}")
    if not os.access(folder, os.W_OK):
        return Finding.problem(
            subject,
            f"{what} {folder} cannot be written to",
            f"run courseops as the course's own user, or give it the right to write to {folder}",
        )
    return Finding.ok(subject, f"{what} {folder}")

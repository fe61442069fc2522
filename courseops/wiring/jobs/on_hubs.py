"""What a job may do to each hub: back it up, prove the backups, count what is used."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Annotated

from pydantic import Field

from courseops.actions.backups.drills import drill_backup
from courseops.actions.backups.repositories import check_backup
from courseops.actions.backups.retention import copy_backup, forget_snapshots, prune_backup
from courseops.actions.backups.taking import run_backup
from courseops.actions.usage.correcting import count_starts, read_event_log
from courseops.actions.usage.reporting import usage_report
from courseops.actions.usage.sampling import take_usage_sample
from courseops.errors import CourseOpsError
from courseops.model.usage.seen import Window
from courseops.wiring.backups import backup_ports
from courseops.wiring.jobs.errand import Errand, insist
from courseops.wiring.reports import report_request
from courseops.wiring.site import Site


def back_up(errand: Errand, hub: str) -> str:
    """Back up, drop what no rule keeps any more, and bring a second repository what it lacks."""
    site = errand.site
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
    said = insist(ran.outcomes)
    if trouble:
        raise trouble[0]
    return said


def check(
    errand: Errand,
    hub: str,
    *,
    read_data: Annotated[
        bool, Field(description="read all data, not a twelfth of it each time", examples=[True])
    ] = False,
) -> str:
    """Verify the repository, and read a part of its data."""
    ports = backup_ports(errand.site, hub)
    checked = check_backup(ports, errand.site.journal, in_part=not read_data, read_data=read_data)
    if checked.problems:
        raise CourseOpsError(
            f"the repository is damaged: {checked.problems[0]}",
            hint=f"see all of it: courseops backup check {hub} --read-data",
        )
    return ""


def prune(errand: Errand, hub: str) -> str:
    """Free the room that forgotten snapshots took, unless the repository only ever grows."""
    ports = backup_ports(errand.site, hub)
    if ports.rules.append_only:
        return "the repository only ever grows"
    prune_backup(ports, errand.site.journal)
    return ""


def drill(
    errand: Errand,
    hub: str,
    *,
    whole_home: Annotated[
        bool, Field(description="one home, not one file of each shard", examples=[True])
    ] = False,
) -> str:
    """Have something back from the backups, and compare it with what there is."""
    ports = backup_ports(errand.site, hub)
    return insist(drill_backup(ports, errand.site.journal, home=whole_home).outcomes)


def sample(errand: Errand, hub: str) -> str:
    """Note which servers run, for the usage report."""
    site = errand.site
    section, usage = site.hub_section(hub), site.store.usage
    taken = take_usage_sample(site.hub(hub), usage, site.journal, site.time_zone)
    trouble: list[CourseOpsError] = []
    for is_wanted, act in (
        (section.metrics, partial(count_starts, site.hub(hub), usage, site.journal)),
        (section.event_log is not None, partial(_read_events, site, hub)),
    ):
        try:
            if is_wanted:
                act()
        except CourseOpsError as error:
            trouble.append(error)
    # What was seen is kept, whatever became of these.
    if trouble:
        raise trouble[0]
    return f"{taken.running} servers run"


def _read_events(site: Site, hub: str) -> int:
    from courseops.adapters.hub.event_log import HubEventLog  # noqa: PLC0415 -- few have one

    path = site.hub_section(hub).event_log
    if path is None:
        return 0
    return read_event_log(hub, HubEventLog(path), site.store.usage, site.journal)


def report_usage(
    errand: Errand,
    hub: str,
    *,
    days: Annotated[int, Field(ge=1, le=366, description="up to the last midnight")] = 7,
) -> str:
    """Write what was used in the last days to a page in the state folder's reports/."""
    from courseops.adapters.pages.shelf import keep_page  # noqa: PLC0415 -- fills templates
    from courseops.adapters.pages.usage import as_html  # noqa: PLC0415

    site = errand.site
    today = site.journal.clock.now().astimezone(site.time_zone).date()
    since, until = (
        datetime.combine(today - timedelta(days=back), time(), tzinfo=site.time_zone)
        for back in (days, 0)
    )
    request = report_request(site, hub, Window(since=since, until=until))
    made = usage_report(request, site.store.usage, site.store.enrolments, site.journal)
    name = f"usage-{hub}-{since.date()}.html"
    return (
        f"wrote {keep_page(site.folders.reports, name, as_html(made, site.config.site.language))}"
    )

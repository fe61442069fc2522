"""`backup init` and `run`: every home into the repository."""

from __future__ import annotations

from dataclasses import dataclass

import click

from courseops.actions.backups.deadline_snapshots import DeadlineTaken, back_up_deadline
from courseops.actions.backups.repositories import BackupInitialised, initialise_backup
from courseops.actions.backups.taking import BackupRan, run_backup
from courseops.cli.backup import taken_text as text
from courseops.cli.backup.noun import backup, hub_argument
from courseops.cli.frame import Document, Frame, command
from courseops.wiring.backups import backup_ports


@dataclass(frozen=True, kw_only=True)
class BackupsRan:
    """What `backup run` did, hub by hub."""

    hubs: tuple[BackupRan, ...]


FOR_DEADLINE = Document("backup-deadline", DeadlineTaken)


@command(backup, "init", document=Document("backup-init", BackupInitialised))
@hub_argument
def init(frame: Frame, hub: str) -> None:
    """
    Make the repository of a hub, once.

    Nothing else makes one: a repository that cannot be opened is never replaced by an
    empty one.
    """
    made = initialise_backup(backup_ports(frame.site, hub), frame.site.journal)
    frame.show(made, lambda console: console.print(f"{hub} has a repository now", markup=False))


@command(
    backup,
    "run",
    document=Document("backup-run", BackupsRan, version=2),
    other={"--for COURSE/ASSIGNMENT": FOR_DEADLINE},
)
@click.argument("hub", required=False)
@click.option(
    "--for",
    "deadline",
    metavar="COURSE/ASSIGNMENT",
    help="Only the homes of that course, kept as what was there at that deadline.",
)
def run(frame: Frame, hub: str | None, deadline: str | None) -> None:
    """
    Back up every home of a hub, or of all hubs that have a repository.

    Databases are copied along. Afterwards each home is looked up in the new snapshot;
    whoever's is missing counts as failed, and the command ends with 3.
    """
    if deadline:
        _run_for(frame, hub, deadline)
        return
    site = frame.site
    names = [hub] if hub else site.hubs_with_backup()
    ran = BackupsRan(
        hubs=tuple(run_backup(backup_ports(site, n), site.journal, site.hub(n)) for n in names)
    )
    frame.show(ran, lambda console: text.print_ran(console, ran.hubs))
    frame.end(outcome for each in ran.hubs for outcome in each.outcomes)


def _run_for(frame: Frame, hub: str | None, deadline: str) -> None:
    from courseops.wiring.deadline_snapshots import course_volumes  # noqa: PLC0415 -- slow to load

    course, slash, name = deadline.partition("/")
    if not slash or not name:
        raise click.BadParameter("write it as COURSE/ASSIGNMENT", param_hint="--for")
    site = frame.site
    of_course = site.course_section(course).hub
    if hub not in (None, of_course):
        raise click.BadParameter(f"{course} is on the hub {of_course}", param_hint="--for")
    ports = backup_ports(site, of_course)
    taken = back_up_deadline(ports, site.journal, course, name, course_volumes(site, course))
    frame.document = FOR_DEADLINE
    frame.show(taken, lambda console: text.print_taken(console, taken))
    frame.end(taken.outcomes)

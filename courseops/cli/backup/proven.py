"""`backup check` and `drill`: what the copies are worth."""

from __future__ import annotations

import click
from rich.console import Console

from courseops.actions.backups.drills import BackupDrilled, drill_backup
from courseops.actions.backups.repositories import BackupChecked, check_backup
from courseops.cli.backup.noun import backup, hub_argument
from courseops.cli.frame import Document, Frame, command
from courseops.cli.tables import print_outcomes
from courseops.errors import CourseOpsError
from courseops.wiring.backups import backup_ports

DAMAGED = CourseOpsError.exit_code


@command(backup, "check", document=Document("backup-check", BackupChecked))
@hub_argument
@click.option("--read-data", is_flag=True, help="Read every byte, which takes long.")
@click.option("--part", is_flag=True, help="Read this week's twelfth of the bytes.")
def check(frame: Frame, hub: str, read_data: bool, part: bool) -> None:
    """
    Verify the repository of a hub.

    Without --read-data or --part its structure is verified, and a byte that changed on the
    disk goes unseen.
    """
    if read_data and part:
        raise click.UsageError("Either --read-data or --part.")
    site = frame.site
    ports = backup_ports(site, hub)
    checked = check_backup(ports, site.journal, read_data=read_data, in_part=part)
    frame.show(checked, lambda console: _print_checked(console, checked))
    if checked.problems:
        frame.exit(DAMAGED)


@command(backup, "drill", document=Document("backup-drill", BackupDrilled))
@hub_argument
@click.option("--home", is_flag=True, help="All of one learner's home, instead of single files.")
def drill(frame: Frame, hub: str, home: bool) -> None:
    """
    Have a random file of each shard back, and compare it.

    It goes to where only courseops can enter, and is gone again; no home is written to. Ends
    with 3 when what came back is not what was backed up.
    """
    site = frame.site
    drilled = drill_backup(backup_ports(site, hub), site.journal, home=home)
    frame.show(drilled, lambda console: _print_drilled(console, drilled))
    frame.end(drilled.outcomes)


def _print_checked(console: Console, checked: BackupChecked) -> None:
    for problem in checked.problems:
        console.print("[bold red]✗[/] ", end="")
        console.print(problem, markup=False)
    if not checked.problems:
        what = "every byte was read" if checked.read_data else "its structure was verified"
        if checked.part:
            what += ", and part {} of {} of its bytes was read".format(*checked.part)
        console.print(f"the repository of {checked.hub} is sound: {what}", markup=False)


def _print_drilled(console: Console, drilled: BackupDrilled) -> None:
    print_outcomes(console, drilled.outcomes, done="drills had back what was wanted", every=True)
    console.print(f"run {drilled.run_id}", style="dim")

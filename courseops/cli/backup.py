"""`courseops backup …`: every home into the repository, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass

import click
from rich.console import Console

from courseops.actions.backups import (
    BackupChecked,
    BackupInitialised,
    BackupRan,
    BackupsListed,
    check_backup,
    initialise_backup,
    list_backups,
    run_backup,
)
from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.errors import CourseOpsError

DAMAGED = CourseOpsError.exit_code


@dataclass(frozen=True, kw_only=True)
class BackupsRan:
    """What `backup run` did, hub by hub."""

    hubs: tuple[BackupRan, ...]


@cli.group()
def backup() -> None:
    """Keep copies of every learner's home."""


@command(backup, "init", document=Document("backup-init", BackupInitialised))
@click.argument("hub")
def init(frame: Frame, hub: str) -> None:
    """
    Make the repository of a hub, once.

    Nothing else makes one: a repository that cannot be opened is never replaced by an
    empty one.
    """
    made = initialise_backup(frame.site.backup_ports(hub), frame.site.journal)
    frame.show(made, lambda console: console.print(f"{hub} has a repository now", markup=False))


@command(backup, "run", document=Document("backup-run", BackupsRan))
@click.argument("hub", required=False)
def run(frame: Frame, hub: str | None) -> None:
    """
    Back up every home of a hub, or of all hubs that have a repository.

    Afterwards each home is looked up in the new snapshot; whoever's is missing counts as
    failed, and the command ends with 3.
    """
    site = frame.site
    names = [hub] if hub else site.hubs_with_backup()
    ran = BackupsRan(
        hubs=tuple(run_backup(site.backup_ports(n), site.journal, site.hub(n)) for n in names)
    )
    frame.show(ran, lambda console: _print_ran(console, ran))
    frame.end(outcome for each in ran.hubs for outcome in each.outcomes)


@command(backup, "list", document=Document("backup-list", BackupsListed))
@click.argument("hub")
@click.option("--user", "username", default="", help="Only snapshots with this learner's home.")
def list_(frame: Frame, hub: str, username: str) -> None:
    """List a hub's snapshots, newest first."""
    listed = list_backups(frame.site.backup_ports(hub), username)
    frame.show(listed, lambda console: _print_listed(console, listed, frame))


@command(backup, "check", document=Document("backup-check", BackupChecked))
@click.argument("hub")
@click.option("--read-data", is_flag=True, help="Read every byte, which takes long.")
def check(frame: Frame, hub: str, read_data: bool) -> None:
    """
    Verify the repository of a hub.

    Without --read-data its structure is verified, and a byte that changed on the disk goes
    unseen.
    """
    site = frame.site
    checked = check_backup(site.backup_ports(hub), site.journal, read_data=read_data)
    frame.show(checked, lambda console: _print_checked(console, checked))
    if checked.problems:
        frame.exit(DAMAGED)


def _print_ran(console: Console, ran: BackupsRan) -> None:
    for each in ran.hubs:
        console.print(f"{each.hub}, snapshot {each.snapshot_id[:8]}", markup=False, style="bold")
        for warning in each.warnings:
            console.print("[yellow]![/] ", end="")
            console.print(warning, markup=False)
        print_outcomes(console, each.outcomes, done="homes are backed up")
        files = (
            f"{each.files_new} new, {each.files_changed} changed, {each.files_unmodified} as before"
        )
        console.print(f"files: {files}; {each.added_bytes / 1e6:.1f} MB added", markup=False)
        console.print(f"run {each.run_id}", style="dim")
    if not ran.hubs:
        console.print(
            "no hub has a repository: add [hubs.NAME.backup] to config.toml", markup=False
        )


def _print_listed(console: Console, listed: BackupsListed, frame: Frame) -> None:
    rows = table("snapshot", "taken", "homes", numbers=("homes",), title=listed.hub)
    for snapshot in listed.snapshots:
        rows.add_row(
            *cells(snapshot.id[:8], local(snapshot.taken_at, frame.site.time_zone), snapshot.homes)
        )
    console.print(rows)


def _print_checked(console: Console, checked: BackupChecked) -> None:
    for problem in checked.problems:
        console.print("[bold red]✗[/] ", end="")
        console.print(problem, markup=False)
    if not checked.problems:
        what = "every byte was read" if checked.read_data else "its structure was verified"
        console.print(f"the repository of {checked.hub} is sound: {what}", markup=False)

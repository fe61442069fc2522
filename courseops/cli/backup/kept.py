"""`backup list`, `forget`, `prune` and `copy`: what is kept, for how long, and where else."""

from __future__ import annotations

import click

from courseops.actions.backups.cataloguing import refresh as refresh_catalogue
from courseops.actions.backups.repositories import BackupsListed, list_backups
from courseops.actions.backups.retention import (
    BackupCopied,
    BackupPruned,
    BackupsForgotten,
    copy_backup,
    forget_snapshots,
    preview_forget,
    prune_backup,
)
from courseops.cli.backup import kept_text as text
from courseops.cli.backup.noun import backup, hub_argument
from courseops.cli.frame import Document, Frame, command
from courseops.wiring.backups import backup_ports


@command(backup, "list", document=Document("backup-list", BackupsListed, version=2))
@hub_argument
@click.option("--user", "username", default="", help="Only snapshots with this learner's home.")
@click.option(
    "--refresh", is_flag=True, help="First read anew from the repository what files it holds."
)
def list_(frame: Frame, hub: str, username: str, refresh: bool) -> None:
    """
    List a hub's snapshots, newest first, and say how fresh and how proven they are.

    While the repository does not answer, what is remembered of it is listed.
    """
    site = frame.site
    ports = backup_ports(site, hub)
    read = refresh_catalogue(ports, site.journal).outcomes if refresh else ()
    listed = list_backups(ports, site.journal, username)
    frame.show(listed, lambda console: text.print_listed(console, listed, site.time_zone))
    frame.end(read)


@command(backup, "forget", document=Document("backup-forget", BackupsForgotten))
@hub_argument
@click.option("--yes", is_flag=True, help="Do it; without this, only show what would be done.")
def forget(frame: Frame, hub: str, yes: bool) -> None:
    """
    Drop the snapshots that no rule keeps; without --yes show which, and why others stay.

    The rules are [hubs.NAME.backup.keep] of config.toml. What a shard keeps is judged by
    itself. The room it took is only free after `backup prune`.
    """
    site = frame.site
    ports = backup_ports(site, hub)
    done = forget_snapshots(ports, site.journal) if yes else preview_forget(ports)
    frame.show(done, lambda console: text.print_forgotten(console, done, site.time_zone))


@command(backup, "prune", document=Document("backup-prune", BackupPruned))
@hub_argument
def prune(frame: Frame, hub: str) -> None:
    """
    Free the room that forgotten snapshots took.

    Nothing else can work on the repository meanwhile; what runs is waited for.
    """
    done = prune_backup(backup_ports(frame.site, hub), frame.site.journal)
    freed = f"{done.freed_bytes / 1e6:.1f} MB were freed"
    frame.show(done, lambda console: console.print(freed, markup=False))


@command(backup, "copy", document=Document("backup-copy", BackupCopied))
@hub_argument
def copy(frame: Frame, hub: str) -> None:
    """Bring the second repository of a hub every snapshot that it lacks."""
    done = copy_backup(backup_ports(frame.site, hub), frame.site.journal)
    copied = f"{done.snapshots} snapshots were copied"
    frame.show(done, lambda console: console.print(copied, markup=False))

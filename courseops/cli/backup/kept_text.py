"""What `backup list` and `forget` print for a person."""

from __future__ import annotations

from datetime import tzinfo

from rich.console import Console

from courseops.actions.backups.repositories import BackupsListed
from courseops.actions.backups.retention import BackupsForgotten
from courseops.cli.backup.taken_text import print_warnings
from courseops.cli.freshness_text import print_freshness
from courseops.cli.tables import cells, local, table


def print_listed(console: Console, listed: BackupsListed, zone: tzinfo) -> None:
    """Print the snapshots, and below them how fresh and how proven they are."""
    print_warnings(console, listed.warnings)
    rows = table("snapshot", "taken", "of", "homes", numbers=("homes",), title=listed.hub)
    for snapshot in listed.snapshots:
        when = local(snapshot.taken_at, zone)
        rows.add_row(*cells(snapshot.id[:8], when, snapshot.of, snapshot.homes))
    console.print(rows)
    print_freshness(console, listed.freshness, zone)


def print_forgotten(console: Console, done: BackupsForgotten, zone: tzinfo) -> None:
    """Print each snapshot with why it stays, or that it goes."""
    rows = table("snapshot", "taken", "of", "stays", whole=("taken",), title=done.hub)
    for it in done.snapshots:
        of = ", ".join(tag for tag in it.snapshot.tags if tag != "auto")
        why = ", ".join(it.reasons) or ("dropped" if done.applied else "would be dropped")
        rows.add_row(*cells(it.snapshot.id[:8], local(it.snapshot.taken_at, zone), of, why))
    console.print(rows)
    count = f"{len(done.dropped)} of {len(done.snapshots)} snapshots"
    if done.applied:
        console.print(f"{count} were dropped; free their room: courseops backup prune {done.hub}")
        console.print(f"run {done.run_id}", style="dim")
    else:
        console.print(f"{count} would be dropped; to do it, repeat with --yes")

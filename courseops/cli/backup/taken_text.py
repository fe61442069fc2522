"""What `backup run` prints for a person."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from courseops.actions.backups.deadline_snapshots import DeadlineTaken
from courseops.actions.backups.taking import BackupRan
from courseops.cli.tables import print_outcomes
from courseops.model.run import Outcome, Status

# Who is done all the same, and should know.
_TOLD = ("too-large", "unread")


def print_ran(console: Console, hubs: Iterable[BackupRan]) -> None:
    """Print hub by hub who has no copy, who should know something, and what was taken in."""
    nothing = True
    for each in hubs:
        nothing = False
        shards = f"{len(each.shards)} snapshot{'s' if len(each.shards) > 1 else ''}"
        console.print(f"{each.hub}, {shards}", markup=False, style="bold")
        print_warnings(console, each.warnings)
        print_remarks(console, each.outcomes)
        print_outcomes(console, each.outcomes, done="homes and databases are backed up")
        console.print(_files(each), markup=False)
        if each.is_partial:
            console.print("not all could be read, which is usual of homes in use", style="dim")
        console.print(f"run {each.run_id}", style="dim")
    if nothing:
        console.print(
            "no hub has a repository: add [hubs.NAME.backup] to config.toml", markup=False
        )


def print_taken(console: Console, taken: DeadlineTaken) -> None:
    """Print what was taken for a deadline."""
    console.print(
        f"{taken.course}/{taken.assignment}, snapshot {taken.snapshot_id[:8]}",
        markup=False,
        style="bold",
    )
    print_remarks(console, taken.outcomes)
    print_outcomes(console, taken.outcomes, done="homes are backed up")
    console.print(f"run {taken.run_id}", style="dim")


def print_warnings(console: Console, warnings: Iterable[str]) -> None:
    """Print what should be known of the whole."""
    for warning in warnings:
        console.print("[yellow]![/] ", end="")
        console.print(warning, markup=False)


def print_remarks(console: Console, outcomes: Iterable[Outcome]) -> None:
    """Print what should be known of those who are done all the same."""
    for outcome in outcomes:
        if outcome.status is Status.DONE and outcome.kind in _TOLD:
            console.print("[yellow]![/] ", end="")
            console.print(f"{outcome.subject}: {outcome.reason}", markup=False, highlight=False)


def _files(ran: BackupRan) -> str:
    new = sum(it.files_new for it in ran.shards)
    changed = sum(it.files_changed for it in ran.shards)
    unmodified = sum(it.files_unmodified for it in ran.shards)
    added = sum(it.added_bytes for it in ran.shards) / 1e6
    return f"files: {new} new, {changed} changed, {unmodified} as before; {added:.1f} MB added"

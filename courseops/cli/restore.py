"""`courseops restore …`: a learner's files as they were, beside what they are."""

from __future__ import annotations

from datetime import tzinfo
from itertools import groupby

import click
from rich.console import Console
from rich.text import Text

from courseops.actions.restores import (
    RestoreReport,
    VersionsFound,
    find_versions,
    preview_restore,
)
from courseops.actions.restores import restore as restore_files
from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.run import failures


@cli.group()
def restore() -> None:
    """Bring learners' files back; nothing is ever overwritten."""


@command(restore, "find", document=Document("restore-find", VersionsFound))
@click.argument("hub")
@click.argument("user")
@click.argument("pattern", default="*")
def find(frame: Frame, hub: str, user: str, pattern: str) -> None:
    """
    List every version of a learner's files, newest first.

    PATTERN is a name ("hw1.ipynb"), found in any folder, or a path from the home's top;
    both may hold * and ?. Without it all files are listed.
    """
    found = find_versions(frame.site.restore_ports(hub), user, pattern)
    zone = frame.site.time_zone
    frame.show(found, lambda console: _print_found(console, found, zone))


@command(restore, "apply", document=Document("restore-apply", RestoreReport))
@click.argument("hub")
@click.argument("user")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--at", default="", help="As it was then: 2026-03-02T15:00, in the site's time zone.")
@click.option("--to", default="", help="A folder of the home to put files in, instead of beside.")
@click.option("--yes", is_flag=True, help="Do it; without this, only show what would be done.")
def apply(
    frame: Frame, hub: str, user: str, paths: tuple[str, ...], at: str, to: str, yes: bool
) -> None:
    """
    Put files back into a learner's home, beside what lies there now.

    A deleted file gets its own name back, any other comes to lie beside the current one
    as NAME.restored. It belongs to the learner. Without --at the newest backup counts.
    """
    ports, moment = frame.site.restore_ports(hub), frame.moment(at, "--at") if at else None
    if yes:
        report = restore_files(ports, frame.site.journal, user, paths, at=moment, to=to)
    else:
        report = preview_restore(ports, user, paths, at=moment, to=to)
    frame.show(report, lambda console: _print_report(console, report, frame))
    frame.end(report.outcomes)


def _print_found(console: Console, found: VersionsFound, zone: tzinfo) -> None:
    """Print the versions below each file's whole path, which `restore apply` takes as it is."""
    if not found.versions:
        console.print(
            f"no snapshot of {found.hub} holds {found.pattern} of {found.username}", markup=False
        )
    for path, versions in groupby(found.versions, key=lambda version: version.path):
        console.print(Text(path, style="bold"), soft_wrap=True)
        rows = table("changed", "bytes", "in backups from", "to", "snapshot", numbers=("bytes",))
        for version in versions:
            held = (local(at, zone) for at in (version.first_taken_at, version.taken_at))
            changed = local(version.modified_at, zone)
            rows.add_row(*cells(changed, version.size_bytes, *held, version.snapshot_id[:8]))
        console.print(rows)


def _print_report(console: Console, report: RestoreReport, frame: Frame) -> None:
    zone, lies_at = frame.site.time_zone, "lies at" if report.applied else "would lie at"
    for file in report.files:
        console.print(Text(file.path, style="bold"), soft_wrap=True)
        console.print(
            f"  as it was in the backup of {local(file.taken_at, zone)}: changed "
            f"{local(file.modified_at, zone)}, {file.size_bytes} bytes",
            highlight=False,
        )
        console.print(Text(f"  {lies_at} {file.lies_at}", style="green"), soft_wrap=True)
        if file.is_notebook is False:
            console.print("  it is no whole notebook; an earlier --at may be", style="yellow")
    failed = failures(report.outcomes)
    if report.applied:
        print_outcomes(console, report.outcomes, done="files are back")
        console.print(f"run {report.run_id}", style="dim")
    elif failed:
        print_outcomes(console, failed, done="files")
    if report.files and not report.applied:
        console.print("nothing was changed; to do it, repeat with --yes")

"""`courseops restore …`: a learner's files as they were, beside what they are."""

from __future__ import annotations

from datetime import datetime

import click
from rich.console import Console

from courseops.actions.restores import (
    RestoreReport,
    VersionsFound,
    find_versions,
    preview_restore,
)
from courseops.actions.restores import restore as restore_files
from courseops.cli.frame import Document, Frame, command
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.moment import parse_moment
from courseops.model.run import Status


@click.group()
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
    frame.show(found, lambda console: _print_found(console, found, frame))


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
    ports, moment = frame.site.restore_ports(hub), _moment(frame, at)
    if yes:
        report = restore_files(ports, frame.site.journal, user, paths, at=moment, to=to)
    else:
        report = preview_restore(ports, user, paths, at=moment, to=to)
    frame.show(report, lambda console: _print_report(console, report, frame))
    frame.end(report.outcomes)


def _moment(frame: Frame, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return parse_moment(text, frame.site.time_zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from error


def _print_found(console: Console, found: VersionsFound, frame: Frame) -> None:
    rows = table("file", "changed", "bytes", "snapshot", "held from", "to", numbers=("bytes",))
    zone, path = frame.site.time_zone, ""
    for version in found.versions:
        name, path = "" if version.path == path else version.path, version.path
        held = (local(moment, zone) for moment in (version.first_taken_at, version.taken_at))
        changed = local(version.modified_at, zone)
        rows.add_row(*cells(name, changed, version.size_bytes, version.snapshot_id[:8], *held))
    if found.versions:
        console.print(rows)
    else:
        console.print(
            f"no snapshot of {found.hub} holds {found.pattern} of {found.username}", markup=False
        )


def _print_report(console: Console, report: RestoreReport, frame: Frame) -> None:
    zone, lies_at = frame.site.time_zone, "lies at" if report.applied else "would lie at"
    rows = table("file", "as of", "changed", "bytes", lies_at, "", numbers=("bytes",))
    for file in report.files:
        times = (local(file.taken_at, zone), local(file.modified_at, zone))
        remark = "no whole notebook" if file.is_notebook is False else ""
        rows.add_row(*cells(file.path, *times, file.size_bytes, file.lies_at, remark))
    if report.files:
        console.print(rows)
    failed = [outcome for outcome in report.outcomes if outcome.status is Status.FAILED]
    if report.applied:
        print_outcomes(console, report.outcomes, done="files are back")
        console.print(f"run {report.run_id}", style="dim")
    elif failed:
        print_outcomes(console, failed, done="files")
    if report.files and not report.applied:
        console.print("nothing was changed; to do it, repeat with --yes")

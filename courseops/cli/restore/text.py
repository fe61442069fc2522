"""What `courseops restore` says to a person; nothing in it is a learner's to command."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.text import Text

from courseops.actions.restores import RestoreReport
from courseops.actions.showing import VersionShown
from courseops.actions.versions import REPOSITORY, VersionsFound
from courseops.cli.frame import Frame
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.history import version_at
from courseops.model.notebook_view import Kind
from courseops.model.printable import printable
from courseops.model.restore import FileVersion
from courseops.model.restored import RestoredFile
from courseops.model.run import Outcome, Status

_COLOURS = {
    Kind.HEAD: "bold cyan",
    Kind.SOURCE: "",
    Kind.OUTPUT: "dim",
    Kind.REMARK: "italic yellow",
    Kind.ADDED: "green",
    Kind.REMOVED: "red",
}
# More files of one restore are counted only.
_LISTED = 20


def print_found(console: Console, found: VersionsFound, zone: tzinfo) -> None:
    """Print the versions below each file's whole path, which `restore apply` takes as it is."""
    if found.at is not None:
        _say(console, f"as of {local(found.at, zone)}, with what was before and after")
    if not found.versions:
        _say(console, f"no snapshot of {found.hub} holds {found.pattern} of {found.username}")
    for path, group in groupby(found.versions, key=lambda version: version.path):
        versions = tuple(group)
        console.print(_bold(path), soft_wrap=True)
        chosen = version_at(versions, found.at) if found.at else None
        rows = table(
            "changed", "bytes", "in backups from", "to", "snapshot", "", numbers=("bytes",)
        )
        for version in versions:
            rows.add_row(*cells(*_row(version, zone), _mark(version, chosen, versions)))
        console.print(rows)
    _say_who_told(console, found.teller)
    if found.outcomes:
        print_outcomes(console, found.outcomes, done="files")


def print_shown(console: Console, shown: VersionShown, zone: tzinfo) -> None:
    """Print one version, or how today's file differs from it."""
    version = shown.version
    console.print(_bold(version.path), soft_wrap=True)
    _say(
        console,
        f"  changed {local(version.modified_at, zone)}, {version.size_bytes} bytes, in backups "
        f"from {local(version.first_taken_at, zone)} to {local(version.taken_at, zone)}",
    )
    if shown.is_difference:
        _say(console, "  - as it was then, + as it is today")
    for line in shown.lines:
        console.print(Text(line.text, style=_COLOURS[line.kind]), soft_wrap=True)
    _say_who_told(console, shown.teller)


def print_report(console: Console, report: RestoreReport, frame: Frame, into: Path | None) -> None:
    """Print where each file lies or would lie, and what could not be brought back."""
    zone = frame.site.time_zone
    if report.at is not None:
        _say(console, f"as of {local(report.at, zone)}")
    news = [it for it in report.files if not it.is_same]
    for file in news[:_LISTED]:
        _print_file(console, file, zone, into, applied=report.applied)
    if len(news) > _LISTED:
        _say(console, f"… and {len(news) - _LISTED} more files")
    if report.note:
        _say(console, f"a note for {report.owner} lies in {report.note}")
    if report.applied:
        _print_torn(console, report.outcomes)
        print_outcomes(console, report.outcomes, done="brought back")
        console.print(f"run {report.run_id}", style="dim")
    else:
        told = [it for it in report.outcomes if it.kind != "preview"]
        if told:
            print_outcomes(console, told, done="files")
        if any(it.status is not Status.FAILED for it in report.outcomes):
            console.print("nothing was changed; to do it, repeat with --yes")
    _say_who_told(console, report.teller)


def _print_torn(console: Console, outcomes: Iterable[Outcome]) -> None:
    """Say of what was brought back all the same that it is no notebook."""
    for it in outcomes:
        if it.status is Status.DONE and it.kind == "broken-notebook":
            console.print(Text(printable(f"{it.subject}: {it.reason}"), style="yellow"))


def _print_file(
    console: Console, file: RestoredFile, zone: tzinfo, into: Path | None, *, applied: bool
) -> None:
    console.print(_bold(file.path), soft_wrap=True)
    _say(
        console,
        f"  in the backup of {local(file.taken_at, zone)}: changed "
        f"{local(file.modified_at, zone)}, {file.size_bytes} bytes",
    )
    place = str(into / file.lies_at) if into else file.lies_at
    lies_at = "lies at" if applied else "would lie at"
    console.print(Text(f"  {lies_at} {printable(place)}", style="green"), soft_wrap=True)
    if file.made_way_to:
        moved = f"what is there {'lies' if applied else 'would lie'} at {file.made_way_to}"
        console.print(Text(f"  {printable(moved)}"), soft_wrap=True)


def _row(version: FileVersion, zone: tzinfo) -> tuple[object, ...]:
    held = (local(at, zone) for at in (version.first_taken_at, version.taken_at))
    return (
        local(version.modified_at, zone),
        version.size_bytes,
        *held,
        version.snapshot_id[:8],
    )


def _mark(
    version: FileVersion, chosen: FileVersion | None, versions: tuple[FileVersion, ...]
) -> str:
    marks = [
        "this one then" if version is chosen else "",
        "deleted since" if version.is_deleted and version is versions[0] else "",
        "broken notebook" if version.is_broken else "",
    ]
    return ", ".join(mark for mark in marks if mark)


def _bold(text: str) -> Text:
    return Text(printable(text), style="bold")


def _say(console: Console, text: str) -> None:
    console.print(Text(printable(text)), soft_wrap=True)


def _say_who_told(console: Console, teller: str) -> None:
    if teller == REPOSITORY:
        console.print(
            "asked the repository itself: our catalogue does not know these files "
            "(courseops backup list --refresh fills it)",
            style="dim",
            soft_wrap=True,
        )

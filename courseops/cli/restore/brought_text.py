"""What `restore apply` says to a person."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path

from rich.console import Console

from courseops.actions.restores.restoring import RestoreReport
from courseops.cli.frame import Frame
from courseops.cli.restore.text import say, say_bold, say_who_told
from courseops.cli.tables import local, print_outcomes
from courseops.model.backups.restored import RestoredFile
from courseops.model.run import Status

# More files of one restore are counted only.
_LISTED = 20


def print_report(console: Console, report: RestoreReport, frame: Frame, into: Path | None) -> None:
    """Print where each file lies or would lie, and what could not be brought back."""
    zone = frame.site.time_zone
    if report.at is not None:
        say(console, f"as of {local(report.at, zone)}")
    news = [it for it in report.files if not it.is_same]
    for file in news[:_LISTED]:
        _print_file(console, file, zone, into, applied=report.applied)
    if len(news) > _LISTED:
        say(console, f"… and {len(news) - _LISTED} more files")
    if report.note:
        say(console, f"a note for {report.owner} lies in {report.note}")
    if report.applied:
        for it in report.outcomes:
            if it.kind == "broken-notebook" and it.status is Status.DONE:
                say(console, f"{it.subject}: {it.reason}", "yellow")
        print_outcomes(console, report.outcomes, done="brought back")
        console.print(f"run {report.run_id}", style="dim")
    else:
        told = [it for it in report.outcomes if it.kind != "preview"]
        if told:
            print_outcomes(console, told, done="files")
        if any(it.status is not Status.FAILED for it in report.outcomes):
            console.print("nothing was changed; to do it, repeat with --yes")
    say_who_told(console, report.teller)


def _print_file(
    console: Console, file: RestoredFile, zone: tzinfo, into: Path | None, *, applied: bool
) -> None:
    say_bold(console, file.path)
    say(
        console,
        f"  in the backup of {local(file.taken_at, zone)}: changed "
        f"{local(file.modified_at, zone)}, {file.size_bytes} bytes",
    )
    place = str(into / file.lies_at) if into else file.lies_at
    lies_at = "lies at" if applied else "would lie at"
    say(console, f"  {lies_at} {place}", "green")
    if file.made_way_to:
        moved = f"what is there {'lies' if applied else 'would lie'} at {file.made_way_to}"
        say(console, f"  {moved}")

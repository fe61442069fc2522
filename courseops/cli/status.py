"""`courseops status`: the whole site on one screen, quickly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from rich.console import Console
from rich.text import Text

from courseops.actions.status import JobStanding, Overview
from courseops.cli.frame import Document, Frame, command
from courseops.cli.freshness_text import print_freshness
from courseops.cli.root import cli
from courseops.cli.tables import cells, local, print_findings, table
from courseops.model.finding import Finding
from courseops.model.jobs.standing import in_words, signs_of_death
from courseops.model.run import Ending, Run
from courseops.wiring.status import overview_of

# What is to fit on one screen; all of it is in the document.
_FINDINGS, _RUNS = 12, 8
_COLOURS = {
    Ending.RUNNING: "cyan",
    Ending.DONE: "green",
    Ending.INCOMPLETE: "yellow",
    Ending.HELD: "yellow",
    Ending.FAILED: "bold red",
    Ending.REFUSED: "bold red",
    Ending.INTERRUPTED: "red",
}


@command(cli, "status", document=Document("status", Overview, version=2))
def status(frame: Frame) -> None:
    """
    Show on one screen what needs a person, what runs, what ran and what is next.

    It asks nobody but our own record, and what the daemon of this machine says of itself: no
    hub, no repository, no gradebook.
    """
    found = overview_of(frame.site)
    frame.show(found, lambda console: _print(console, found, frame.site.time_zone))


def _print(console: Console, found: Overview, zone: tzinfo) -> None:
    console.print(_attendance(found, zone))
    _print_findings(console, found.needs_a_person)
    if found.underway:
        console.print("\n[bold]Runs now[/]")
        _print_underway(console, found.underway, zone)
    if found.backups:
        console.print("\n[bold]Backups[/]")
        for backup in found.backups:
            print_freshness(console, backup, zone)
    if found.jobs:
        console.print("\n[bold]Jobs[/]")
        _print_jobs(console, found.jobs, zone)
    by_hand = [run for run in found.latest if not run.job and not run.within and run.ended_at]
    if by_hand:
        console.print("\n[bold]By hand[/]")
        _print_runs(console, by_hand, zone)


def _attendance(found: Overview, zone: tzinfo) -> Text:
    daemon = found.daemon
    if daemon is None:
        return Text("no daemon was ever here: nothing runs by itself (courseops daemon)", "dim")
    if daemon.ended_at is not None:
        return Text("the daemon was stopped", "red")
    dead = any(signs_of_death(daemon, found.at))
    return Text(f"the daemon: {in_words(daemon, zone)}", "red" if dead else "green")


def _print_findings(console: Console, findings: Sequence[Finding]) -> None:
    console.print("\n[bold]Needs a person[/]")
    if not findings:
        console.print("[green]✓[/] nothing")
        return
    print_findings(console, findings[:_FINDINGS])
    _print_rest(console, findings, _FINDINGS)


def _print_underway(console: Console, runs: Sequence[Run], zone: tzinfo) -> None:
    rows = table("since", "what", "on", "how far", "run", whole=("since", "what", "run"))
    for run in runs[:_RUNS]:
        rows.add_row(*cells(local(run.started_at, zone), _what(run), run.scope, run.so_far, run.id))
    console.print(rows)
    _print_rest(console, runs, _RUNS)


def _print_jobs(console: Console, jobs: Iterable[JobStanding], zone: tzinfo) -> None:
    rows = table("job", "last", "ended", "took", "next", numbers=("took",), whole=("job", "next"))
    for job in jobs:
        last, next_at = (
            local(job.last.started_at if job.last else None, zone),
            local(job.next_at, zone),
        )
        name, last, took, next_at = cells(job.name, last, _took(job.last), next_at)
        rows.add_row(name, last, _ending(job.last), took, next_at)
    console.print(rows)


def _print_runs(console: Console, runs: Sequence[Run], zone: tzinfo) -> None:
    rows = table("when", "action", "on", "ended", "by", whole=("when", "action"))
    for run in runs[:_RUNS]:
        when, what, where, who = cells(
            local(run.started_at, zone), run.action, run.scope, run.actor
        )
        rows.add_row(when, what, where, _ending(run), who)
    console.print(rows)
    _print_rest(console, runs, _RUNS)


def _print_rest(console: Console, shown: Sequence[object], most: int) -> None:
    if len(shown) > most:
        console.print(f"… and {len(shown) - most} more: courseops status --json", style="dim")


def _what(run: Run) -> str:
    about = f" {run.about}" if run.about else ""
    return f"{run.job or run.action}{about}"


def _ending(run: Run | None) -> Text:
    return Text("–") if run is None else Text(run.so_far, style=_COLOURS[run.ending])


def _took(run: Run | None) -> str:
    if run is None or run.ended_at is None:
        return "–"
    seconds = (run.ended_at - run.started_at).total_seconds()
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 -- two digits say enough

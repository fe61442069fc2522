"""`courseops job …`: what is defined, what ran, and running one by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from courseops.actions.rosters.approvals import Rejected, approve, held_run, reject
from courseops.actions.rosters.roster import RosterApplied
from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.roster import csv_option, encoding_option
from courseops.cli.roster_text import print_changes
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.errors import CourseOpsError
from courseops.model.jobs.job import Job
from courseops.model.rosters.plan import Change, read_plan
from courseops.model.run import AuditRecord, Ending, Outcome, Run
from courseops.wiring import Site
from courseops.wiring.courses import roster_ports
from courseops.wiring.jobs import jobs_of


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """What `job list` shows."""

    jobs: tuple[Job, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """What `job history` shows, newest first."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What `job show` shows: a job's definition, or a run with all it left."""

    job: Job | None = None
    run: Run | None = None
    changes: tuple[Change, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    audit: tuple[AuditRecord, ...] = ()


@cli.group()
def job() -> None:
    """List jobs, run one by hand, look at what ran."""


@command(job, "list", document=Document("jobs", Jobs))
def list_(frame: Frame) -> None:
    """List the jobs: the shipped ones and your own."""
    found = Jobs(jobs=tuple(jobs_of(frame.site).values()))

    def text(console: Console) -> None:
        rows = table("job", "when", "action", "what")
        for each in found.jobs:
            rows.add_row(*cells(each.name, each.schedule, each.action, each.description))
        console.print(rows)

    frame.show(found, text)


@command(job, "show", document=Document("job", Shown))
@click.argument("job_or_run", metavar="JOB|RUN")
def show(frame: Frame, job_or_run: str) -> None:
    """Show a job's definition, or a run with its outcomes and audit records."""
    found = _find(frame.site, job_or_run)
    zone = frame.site.time_zone
    frame.show(found, lambda console: _print_shown(console, found, zone))


@command(job, "history", document=Document("job-history", History))
@click.argument("action", default="", metavar="[ACTION]")
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="How many runs at most.",
)
def history(frame: Frame, action: str, limit: int) -> None:
    """List what ran, newest first."""
    found = History(runs=tuple(frame.site.store.runs.recent(action=action, limit=limit)))

    def text(console: Console) -> None:
        rows = table("run", "action", "on", "ended", "took", numbers=("took",), whole=("run",))
        for each in found.runs:
            seconds = (each.ended_at - each.started_at).total_seconds() if each.ended_at else None
            took = f"{seconds:.1f} s" if seconds is not None else "–"
            rows.add_row(*cells(each.id, each.action, each.scope, each.so_far, took))
        console.print(rows)

    frame.show(found, text)


@command(job, "approve", document=Document("job-approve", RosterApplied))
@click.argument("run", metavar="RUN")
@csv_option
@encoding_option
def approve_(frame: Frame, run: str, csv_file: Path | None, encoding: str) -> None:
    """
    Let a held plan through, once: exactly the plan that `job show RUN` shows.

    If the roster or the hub has changed since, nothing is done: plan again. A plan that was
    made from a file with --csv needs that file again.
    """
    site = frame.site
    held = held_run(site.journal, run)
    ports = roster_ports(site, held.scope.removeprefix("course/"), csv_file, encoding)
    applied = approve(ports, site.journal, held)
    frame.show(applied, lambda c: print_outcomes(c, applied.outcomes, done="done"))
    frame.end(applied.outcomes)


@command(job, "reject", document=Document("job-reject", Rejected))
@click.argument("run", metavar="RUN")
def reject_(frame: Frame, run: str) -> None:
    """Turn a held plan down; nothing is changed."""
    site = frame.site
    done = reject(site.journal, held_run(site.journal, run))
    frame.show(done, lambda console: console.print(f"rejected {done.run_id}", markup=False))


def _find(site: Site, name: str) -> Shown:
    chosen = jobs_of(site).get(name)
    if chosen is not None:
        return Shown(job=chosen)
    runs = site.store.runs
    found = runs.get(name)
    if found is None:
        raise unknown(name)
    return Shown(
        run=found,
        changes=_changes_of(site, found),
        outcomes=tuple(runs.outcomes(name)),
        audit=tuple(runs.audit_of(name)),
    )


def _changes_of(site: Site, run: Run) -> tuple[Change, ...]:
    kept = site.store.plans.find(run.plan, run.scope) if run.plan else None
    return read_plan(kept.document).changes if kept else ()


def unknown(name: str) -> CourseOpsError:
    """Say that nothing has that name, and where names are."""
    return CourseOpsError(
        f"there is no job or run called {name}",
        hint="courseops job list and courseops job history name them all",
    )


def _print_shown(console: Console, shown: Shown, zone: tzinfo) -> None:
    if shown.job is not None:
        console.print(f"[bold]{escape(shown.job.name)}[/]: {escape(shown.job.description)}")
        console.print(f"{shown.job.action}, {shown.job.schedule}", markup=False)
        console.print(
            f"hubs {', '.join(shown.job.hubs)}, courses {', '.join(shown.job.courses)}",
            markup=False,
        )
        return
    assert shown.run is not None  # one of both is always there
    run = shown.run
    console.print(f"[bold]{run.id}[/]: {escape(f'{run.action} on {run.scope}, by {run.actor}')}")
    console.print(f"{local(run.started_at, zone)}, {run.so_far}. {run.error}", markup=False)
    if run.ending is Ending.HELD and shown.changes:
        print_changes(console, shown.changes)
        console.print(f"courseops job approve {run.id}, or job reject {run.id}", markup=False)
    print_outcomes(console, shown.outcomes, done="done", every=True)
    console.print(f"{len(shown.audit)} audit records (all of them with --json)", style="dim")

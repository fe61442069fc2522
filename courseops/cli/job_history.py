"""`courseops job history` and `job show`: what ran, how it went, and what was said meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from courseops.cli.frame import Document, Frame, command
from courseops.cli.job import job, unknown
from courseops.cli.roster_text import print_changes
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.model.jobs.job import Job
from courseops.model.rosters.plan import Change, read_plan
from courseops.model.run import AuditRecord, Ending, Outcome, Run
from courseops.wiring import Site
from courseops.wiring.daemon import run_log
from courseops.wiring.jobs import jobs_of
from courseops.wiring.times import open_times

# What fits a screen below the rest; --json has all that is kept.
_LINES_SHOWN = 20
_RUNS_SHOWN = 5
# What each line of a run's log has, and what its beginning says anyhow.
_SAID_ELSEWHERE = frozenset({"event", "level", "timestamp", "run", "job", "within"})


@dataclass(frozen=True, kw_only=True)
class History:
    """What `job history` shows, newest first."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """
    What `job show` shows: a job's definition, or a run with all it left.

    Of a job, `due_at` is when it is due next and `runs` are its newest runs; of a job's run,
    `runs` are those that were part of it, oldest first, and `log` is what was said meanwhile.
    """

    job: Job | None = None
    due_at: datetime | None = None
    run: Run | None = None
    changes: tuple[Change, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    audit: tuple[AuditRecord, ...] = ()
    runs: tuple[Run, ...] = ()
    log: tuple[Mapping[str, Any], ...] = ()


@command(job, "history", document=Document("job-history", History))
@click.argument("name", default="", metavar="[JOB|ACTION]")
@click.option("--all", "every", is_flag=True, help="Also what was part of a job's run.")
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="How many runs at most.",
)
def history(frame: Frame, name: str, every: bool, limit: int) -> None:
    """List what ran, newest first: everything, the runs of a job, or those of an action."""
    runs = frame.site.store.runs
    if name in jobs_of(frame.site):
        found = runs.recent(scope=f"job/{name}", limit=limit)
    else:
        within = None if every or name else ""
        found = runs.recent(action=name, within=within, limit=limit)
    frame.show(
        History(runs=tuple(found)),
        lambda console: console.print(_table_of(found, frame.site.time_zone)),
    )


@command(job, "show", document=Document("job", Shown))
@click.argument("job_or_run", metavar="JOB|RUN")
def show(frame: Frame, job_or_run: str) -> None:
    """Show a job's definition, or a run: what it did, what was part of it, what was said."""
    site = frame.site
    chosen = jobs_of(site).get(job_or_run)
    found = _run_shown(site, job_or_run) if chosen is None else _job_shown(site, chosen)
    frame.show(found, lambda console: _print_shown(console, found, site.time_zone))


def _job_shown(site: Site, chosen: Job) -> Shown:
    coming = open_times(site).next(chosen, site.journal.clock.now())
    runs = site.store.runs.recent(scope=chosen.scope, limit=_RUNS_SHOWN)
    return Shown(job=chosen, due_at=coming.due_at if coming else None, runs=tuple(runs))


def _run_shown(site: Site, run_id: str) -> Shown:
    runs = site.store.runs
    found = runs.get(run_id)
    if found is None:
        raise unknown(run_id)
    return Shown(
        run=found,
        changes=_changes_of(site, found),
        outcomes=tuple(runs.outcomes(run_id)),
        audit=tuple(runs.audit_of(run_id)),
        runs=tuple(reversed(runs.recent(within=run_id, limit=1000))),
        log=tuple(run_log(site, run_id).lines()) if found.job else (),
    )


def _changes_of(site: Site, run: Run) -> tuple[Change, ...]:
    kept = site.store.plans.find(run.plan, run.scope) if run.plan else None
    return read_plan(kept.document).changes if kept else ()


def _print_shown(console: Console, shown: Shown, zone: tzinfo) -> None:
    if shown.job is not None:
        _print_job(console, shown.job, shown.due_at, zone)
        if shown.runs:
            console.print(_table_of(shown.runs, zone))
        return
    assert shown.run is not None  # one of both is always there
    _print_run(console, shown.run, zone)
    if shown.run.ending is Ending.HELD and shown.changes:
        print_changes(console, shown.changes)
        to_do = f"courseops job approve {shown.run.id}, or job reject {shown.run.id}"
        console.print(to_do, markup=False)
    print_outcomes(console, shown.outcomes, done="done", every=True)
    if shown.runs:
        console.print(_table_of(shown.runs, zone))
    _print_log(console, shown.log[-_LINES_SHOWN:], zone)
    console.print(f"{len(shown.audit)} audit records (all of them with --json)", style="dim")


def _print_job(console: Console, job: Job, due_at: datetime | None, zone: tzinfo) -> None:
    console.print(f"[bold]{escape(job.name)}[/]: {escape(job.description)}")
    lines = [
        f"{job.action}, {job.schedule}; next: {local(due_at, zone)}",
        f"hubs {', '.join(job.hubs)}, courses {', '.join(job.courses)}",
        f"stopped after {job.deadline_minutes:g} minutes; what was missed: {job.catch_up}",
    ]
    if job.options:
        lines.append(", ".join(f"{name} = {value}" for name, value in job.options.items()))
    for line in lines:
        console.print(line, markup=False)


def _print_run(console: Console, run: Run, zone: tzinfo) -> None:
    console.print(f"[bold]{run.id}[/]: {escape(f'{run.action} on {run.scope}, by {run.actor}')}")
    begun = f", begun {run.attempt} times" if run.attempt > 1 else ""
    due = f"due {_due(run, zone)}, " if run.job else ""
    console.print(
        f"{due}started {local(run.started_at, zone)}{begun}, took {_took(run)}, "
        f"{run.so_far}. {run.error}",
        markup=False,
    )
    if run.within:
        console.print(f"part of {run.within}", markup=False)


def _print_log(console: Console, lines: Iterable[Mapping[str, Any]], zone: tzinfo) -> None:
    for line in lines:
        at = datetime.fromisoformat(str(line.get("timestamp"))).astimezone(zone)
        more = " ".join(f"{k}={v}" for k, v in line.items() if k not in _SAID_ELSEWHERE)
        words = f"{at:%H:%M:%S} {line.get('event')} {more}"
        console.print(*cells(words), style="dim", highlight=False)


def _table_of(runs: Iterable[Run], zone: tzinfo) -> Table:
    whole = ("run", "due", "ended")
    rows = table("run", "what", "due", "ended", "took", numbers=("took",), whole=whole)
    for run in runs:
        what = f"{run.job} {run.about}" if run.job else f"{run.action} {run.scope}"
        rows.add_row(*cells(run.id, what.rstrip(), _due(run, zone), run.so_far, _took(run)))
    return rows


def _due(run: Run, zone: tzinfo) -> str:
    by_hand = "by hand" if run.job else "–"
    return local(run.due_at, zone) if run.due_at else by_hand


def _took(run: Run) -> str:
    return f"{(run.ended_at - run.started_at).total_seconds():.1f} s" if run.ended_at else "–"

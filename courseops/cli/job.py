"""`courseops job …`: what is defined, and what a person decides of what is held."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from courseops.actions.rosters.approvals import Rejected, approve, held_run, reject
from courseops.actions.rosters.roster import RosterApplied
from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.roster import csv_option, encoding_option
from courseops.cli.tables import cells, print_outcomes, table
from courseops.errors import CourseOpsError
from courseops.model.jobs.job import Job
from courseops.wiring.courses import roster_ports
from courseops.wiring.jobs import jobs_of


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """What `job list` shows."""

    jobs: tuple[Job, ...]


@cli.group()
def job() -> None:
    """List jobs, run one by hand, look at what ran."""


@command(job, "list", document=Document("jobs", Jobs))
def list_(frame: Frame) -> None:
    """List the jobs: the shipped ones and your own."""
    found = Jobs(jobs=tuple(jobs_of(frame.site).values()))

    def text(console: Console) -> None:
        rows = table("job", "when", "what", whole=("job",))
        for each in found.jobs:
            when = each.schedule if each.enabled else "never: not enabled"
            rows.add_row(*cells(each.name, when, each.description))
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


def unknown(name: str) -> CourseOpsError:
    """Say that nothing has that name, and where names are."""
    return CourseOpsError(
        f"there is no job or run called {name}",
        hint="courseops job list and courseops job history name them all",
    )

"""`courseops job run` and `job cancel`: run a job by hand, or as the daemon does; stop one."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click
from rich.console import Console

from courseops.actions.jobs.claiming import cancel_run, claim_by_hand
from courseops.actions.jobs.ports import Claim, JobPorts
from courseops.actions.jobs.running import JobRun, carry_out
from courseops.cli.frame import Document, Frame, command
from courseops.cli.job import job, unknown
from courseops.cli.logs import configure_logs, hear_libraries
from courseops.cli.tables import print_outcomes
from courseops.errors import CourseOpsError
from courseops.events import log, say_everywhere
from courseops.wiring import Site, actor_name
from courseops.wiring.daemon import config_of_order, job_ports, run_log
from courseops.wiring.jobs import job_action, jobs_of
from courseops.wiring.telling import Telling, tell_people


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """Which run of which job is being stopped."""

    run: str
    job: str


@command(job, "run", document=Document("job-run", JobRun))
@click.argument("name", metavar="JOB")
@click.option("--claimed", metavar="RUN", hidden=True, help="Carry out what a daemon has claimed.")
def run(frame: Frame, name: str, claimed: str | None) -> None:
    """
    Run a job now, as its schedule would.

    It is stopped at the job's deadline, by Ctrl-C, and by `job cancel` from elsewhere.
    """
    if claimed:
        _carry_out_order(frame)
        return
    site = frame.site
    jobs = jobs_of(site)
    chosen = jobs.get(name)
    if chosen is None:
        raise unknown(name)
    telling = Telling(site, jobs)
    ports = job_ports(site, telling)
    claim = claim_by_hand(ports, chosen, actor_name())
    try:
        done = _carry_out(frame, site, ports, claim)
    except CourseOpsError:
        tell_people(telling)
        raise
    tell_people(telling)
    frame.show(done, lambda console: _print_run(console, done))
    frame.end(done.outcomes)


@command(job, "cancel", document=Document("job-cancel", Cancelled))
@click.argument("run", metavar="RUN")
def cancel(frame: Frame, run: str) -> None:
    """Have a job's run stopped, with all that it started; what it did until then is kept."""
    site = frame.site
    stopped = cancel_run(job_ports(site), run, actor_name())
    done = Cancelled(run=stopped.id, job=stopped.job)
    frame.show(done, lambda c: c.print(f"{done.run} of {done.job} is being stopped", markup=False))


def _print_run(console: Console, done: JobRun) -> None:
    print_outcomes(console, done.outcomes, done="done", every=True)
    console.print(f"all of it: courseops job show {done.run}", style="dim", markup=False)


def _carry_out_order(frame: Frame) -> None:
    """Carry out what the daemon that started us says on standard input."""
    from courseops.adapters.runner import Order  # noqa: PLC0415 -- only a daemon's runs need it

    order = Order.read(sys.stdin.buffer.read())
    claim = Claim(job=order.job, run=order.run, owner=order.owner)
    site = frame.open_site(config_of_order(order.config), actor=order.run.actor)
    try:
        done = _carry_out(frame, site, job_ports(site), claim)
    except CourseOpsError as error:
        # It is on record, and nobody reads along.
        log().warning("run failed", action="job-run", error=str(error))
        frame.exit(error.exit_code)
    else:
        frame.end(done.outcomes)


def _carry_out(frame: Frame, site: Site, ports: JobPorts, claim: Claim) -> JobRun:
    configure_logs(verbose=frame.verbose, keep=run_log(site, claim.run.id).keep)
    hear_libraries()
    say_everywhere(run=claim.run.id, job=claim.job.name, action=claim.job.action)
    inner = frame.open_site(
        site.config, actor=claim.job.scope, within=claim.run.id, is_watched=claim.by_hand
    )
    due = claim.run
    return carry_out(ports, claim, lambda: job_action(inner, claim.job, due.about, due.due_at))

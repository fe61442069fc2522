"""`courseops roster …`: who should be in a course, what that changes, and making it so."""

from __future__ import annotations

from pathlib import Path

import click

from courseops.actions.rosters.memberships import (
    RosterAdopted,
    RosterUndone,
    adopt,
    plan_undo,
    undo_roster,
)
from courseops.actions.rosters.roster import (
    RosterApplied,
    RosterPlanned,
    apply_roster,
    plan_roster,
    show_roster,
)
from courseops.cli.frame import Document, Frame, command
from courseops.cli.root import cli
from courseops.cli.roster_text import (
    print_applied,
    print_done,
    print_plan,
    print_roster,
    print_undoing,
)
from courseops.errors import CourseOpsError, PlanRefusedError
from courseops.model.roster import Roster
from courseops.model.rosters.guard import Permission
from courseops.wiring.courses import roster_ports

THERE_ARE_CHANGES = 4
BLOCKED = PlanRefusedError.exit_code

csv_option = click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read this file instead of the configured one.",
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    default="",
    help="Read the file in this encoding (mac_roman) instead of the configured or found one.",
)
_allow_drops = click.option(
    "--allow-drops",
    type=click.IntRange(min=0),
    default=0,
    help="The exact number of people who may be dropped, beyond the guard's limit.",
)


@cli.group(short_help="Bring accounts, groups and gradebook to a class list.")
def roster() -> None:
    """Bring a course's hub accounts, groups and gradebook to its roster."""


@command(roster, "show", document=Document("roster", Roster))
@click.argument("course")
@csv_option
@encoding_option
def show(frame: Frame, course: str, csv_file: Path | None, encoding: str) -> None:
    """
    Show a course's roster as its source gives it.

    Reads the file and nothing else: no hub is asked.
    """
    found = show_roster(roster_ports(frame.site, course, csv_file, encoding))
    frame.show(found, lambda console: print_roster(console, found))


@command(roster, "plan", document=Document("roster-plan", RosterPlanned))
@click.argument("course")
@csv_option
@encoding_option
@_allow_drops
def plan(frame: Frame, course: str, csv_file: Path | None, encoding: str, allow_drops: int) -> None:
    """
    Show what `roster apply` would do; change nothing.

    Exits with 0 if there is nothing to do, 4 if there are changes, 5 if a guard objects.
    """
    site = frame.site
    ports = roster_ports(site, course, csv_file, encoding)
    planned = plan_roster(ports, site.journal, permission=Permission(drops=allow_drops))
    frame.show(planned, lambda console: print_plan(console, planned))
    if planned.objections:
        frame.exit(BLOCKED)
    if planned.changes:
        frame.exit(THERE_ARE_CHANGES)


@command(roster, "apply", document=Document("roster-apply", RosterApplied))
@click.argument("course")
@csv_option
@encoding_option
@click.option("--plan", "fingerprint", default="", help="Apply only the plan of this fingerprint.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_allow_drops
def apply(
    frame: Frame,
    course: str,
    csv_file: Path | None,
    encoding: str,
    fingerprint: str,
    yes: bool,
    allow_drops: int,
) -> None:
    """
    Bring a course to its roster: accounts, groups, gradebook.

    Nobody's account, files or grades are ever deleted: to drop someone ends an enrolment.
    Without --yes or --plan it shows the plan and asks.
    """
    site = frame.site
    ports = roster_ports(site, course, csv_file, encoding)
    if not fingerprint and not yes:
        planned = plan_roster(ports, site.journal, permission=Permission(drops=allow_drops))
        if planned.changes and not planned.objections:
            if not frame.as_json:
                print_plan(frame.console, planned)
            frame.confirm("Apply this plan?")
        fingerprint = planned.fingerprint
    applied = apply_roster(
        ports, site.journal, fingerprint=fingerprint, permission=Permission(drops=allow_drops)
    )
    frame.show(applied, lambda console: print_applied(console, applied))
    frame.end(applied.outcomes)


@command(roster, "undo", document=Document("roster-undo", RosterUndone))
@click.argument("run", metavar="RUN")
@click.option("--yes", is_flag=True, help="Do not ask.")
def undo(frame: Frame, run: str, yes: bool) -> None:
    """
    Bring the memberships of a course back to what they were before a run.

    Who was enrolled by it is taken out, who was dropped or moved is put back. Accounts,
    gradebook and passwords stay, and so does whoever a later run has changed again. The next
    sync compares with the roster's source: mend that first.
    """
    site = frame.site
    found = site.store.runs.get(run)
    if found is None or not found.scope.startswith("course/"):
        raise CourseOpsError(
            f"there is no run {run} of a course", hint="see: courseops job history roster-apply"
        )
    ports = roster_ports(site, found.scope.removeprefix("course/"))
    if not yes:
        undoing = plan_undo(ports, site.journal, found)
        if not frame.as_json:
            print_undoing(frame.console, undoing)
        if undoing.changes:
            frame.confirm("Undo the run like this?")
    undone = undo_roster(ports, site.journal, found)
    frame.show(undone, lambda console: print_done(console, undone))
    frame.end(undone.outcomes)


@command(roster, "adopt", document=Document("roster-adopt", RosterAdopted))
@click.argument("course")
@click.argument("users", nargs=-1, metavar="[USER]...")
@click.option("--yes", is_flag=True, help="Do not ask.")
def adopt_(frame: Frame, course: str, users: tuple[str, ...], yes: bool) -> None:
    """
    Take over members whom others added to a course's groups.

    Without names, all learners, and of the staff those in the roster; never an admin. From
    then on they follow the roster: who is not in it is dropped by the next sync, as far as its
    guard allows. `roster undo` takes it back.
    """
    site = frame.site
    ports = roster_ports(site, course)
    if not yes:
        whom = ", ".join(users or plan_roster(ports, site.journal).unmanaged)
        if whom:
            frame.confirm(f"Take over {whom}?")
    adopted = adopt(ports, site.journal, users)
    frame.show(adopted, lambda console: print_done(console, adopted))
    frame.end(adopted.outcomes)

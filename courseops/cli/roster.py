"""`courseops roster …`: who should be in a course, what that changes, and making it so."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from courseops.actions.roster import (
    RosterApplied,
    RosterPlanned,
    apply_roster,
    plan_roster,
    show_roster,
)
from courseops.cli.frame import Document, Frame, command
from courseops.cli.tables import cells, print_outcomes, table
from courseops.errors import PlanRefusedError
from courseops.model.plan import Change
from courseops.model.roster import Roster

THERE_ARE_CHANGES = 4
BLOCKED = PlanRefusedError.exit_code
_COLOURS = {"create": "green", "enrol": "green", "update": "yellow", "drop": "red"}

_csv = click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read this file instead of the configured one.",
)
_encoding = click.option(
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


@click.group(short_help="Bring accounts, groups and gradebook to a class list.")
def roster() -> None:
    """Bring a course's hub accounts, groups and gradebook to its roster."""


@command(roster, "show", document=Document("roster", Roster))
@click.argument("course")
@_csv
@_encoding
def show(frame: Frame, course: str, csv_file: Path | None, encoding: str) -> None:
    """
    Show a course's roster as its source gives it.

    Reads the file and nothing else: no hub is asked.
    """
    found = show_roster(frame.site.roster_ports(course, csv_file, encoding))
    frame.show(found, lambda console: _print_roster(console, found))


@command(roster, "plan", document=Document("roster-plan", RosterPlanned))
@click.argument("course")
@_csv
@_encoding
@_allow_drops
def plan(frame: Frame, course: str, csv_file: Path | None, encoding: str, allow_drops: int) -> None:
    """
    Show what `roster apply` would do; change nothing.

    Exits with 0 if there is nothing to do, 4 if there are changes, 5 if a guard objects.
    """
    site = frame.site
    ports = site.roster_ports(course, csv_file, encoding)
    planned = plan_roster(ports, site.journal, allow_drops=allow_drops)
    frame.show(planned, lambda console: _print_plan(console, planned))
    if planned.objections:
        frame.exit(BLOCKED)
    if planned.changes:
        frame.exit(THERE_ARE_CHANGES)


@command(roster, "apply", document=Document("roster-apply", RosterApplied))
@click.argument("course")
@_csv
@_encoding
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
    ports = site.roster_ports(course, csv_file, encoding)
    if not fingerprint and not yes:
        planned = plan_roster(ports, site.journal, allow_drops=allow_drops)
        if planned.changes and not planned.objections:
            if not frame.as_json:
                _print_plan(frame.console, planned)
            frame.confirm("Apply this plan?")
        fingerprint = planned.fingerprint
    applied = apply_roster(ports, site.journal, fingerprint=fingerprint, allow_drops=allow_drops)
    frame.show(applied, lambda console: _print_applied(console, applied))
    frame.end(applied.outcomes)


def _print_roster(console: Console, found: Roster) -> None:
    rows = table("username", "name", "role", "section", "e-mail", title=found.course_id)
    for enrolment in found.enrolments:
        person = enrolment.person
        name = f"{person.family_name} {person.given_name}".strip()
        rows.add_row(*cells(person.username, name, enrolment.role, enrolment.section, person.email))
    console.print(rows)
    console.print(f"{len(found.enrolments)} people, from {found.source}", markup=False)
    _print_warnings(console, found.warnings)


def _print_plan(console: Console, planned: RosterPlanned) -> None:
    console.print(f"{planned.course_id}, from {planned.source}", markup=False, style="bold")
    _print_warnings(console, planned.warnings)
    if planned.changes:
        rows = table("change", "to", "who", "people", numbers=("people",))
        for (verb, target, where), changes in _grouped(planned.changes).items():
            names = ", ".join(change.username for change in changes)
            at = target if where in ("hub", planned.course_id) else where
            rows.add_row(f"[{_COLOURS[verb]}]{verb}[/]", *cells(at, names, len(changes)))
        console.print(rows)
    if planned.unmanaged:
        console.print(
            f"added by others, kept as they are: {', '.join(planned.unmanaged)}", markup=False
        )
    for objection in planned.objections:
        console.print("[bold red]blocked:[/] ", end="")
        console.print(objection, markup=False)
    if not planned.changes:
        console.print("nothing to do: hub, groups and gradebook are as the roster says")
    elif not planned.objections:
        console.print(f"plan [bold]{planned.fingerprint}[/], {len(planned.changes)} changes")


def _grouped(changes: tuple[Change, ...]) -> dict[tuple[str, str, str], list[Change]]:
    grouped: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.verb, change.target, change.where), []).append(change)
    return grouped


def _print_applied(console: Console, applied: RosterApplied) -> None:
    print_outcomes(console, applied.outcomes, done="people are as the roster says")
    console.print(f"run {applied.run_id}", style="dim")


def _print_warnings(console: Console, warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        console.print("[yellow]![/] ", end="")
        console.print(warning, markup=False)

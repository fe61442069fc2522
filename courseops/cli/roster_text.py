"""How rosters, plans and what became of them look on a terminal."""

from __future__ import annotations

from rich.console import Console

from courseops.actions.rosters.memberships import RosterAdopted, RosterUndoing, RosterUndone
from courseops.actions.rosters.roster import RosterApplied, RosterPlanned
from courseops.cli.tables import cells, print_outcomes, table
from courseops.model.roster import Roster
from courseops.model.rosters.plan import Change, Target, Verb

_COLOURS = {
    "create": "green",
    "enrol": "green",
    "return": "green",
    "move": "yellow",
    "update": "yellow",
    "rename": "bold red",
    "drop": "red",
}
# How many names of one step fit a terminal; --json has all of them.
_NAMES_SHOWN = 40


def print_roster(console: Console, found: Roster) -> None:
    """Print a roster, one line a person."""
    several = len(found.sizes) > 1
    listed_by = ["listed by"] if several else []
    heads = ["username", "name", "role", "section", "e-mail", *listed_by]
    rows = table(*heads, title=found.course_id)
    for enrolment in found.enrolments:
        person = enrolment.person
        name = f"{person.family_name} {person.given_name}".strip()
        about = [person.username, name, enrolment.role, enrolment.section, person.email]
        rows.add_row(*cells(*about, *([", ".join(enrolment.sources)] if several else [])))
    console.print(rows)
    console.print(f"{len(found.enrolments)} people, from {found.source}", markup=False)
    _print_warnings(console, found.warnings)


def print_plan(console: Console, planned: RosterPlanned) -> None:
    """Print a plan, with what a guard says of it."""
    console.print(f"{planned.course_id}, from {planned.source}", markup=False, style="bold")
    _print_warnings(console, planned.warnings)
    if planned.changes:
        print_changes(console, planned.changes)
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


def print_changes(console: Console, changes: tuple[Change, ...]) -> None:
    """Print changes, one line a step."""
    rows = table("change", "to", "who", "people", numbers=("people",))
    for (verb, at), same in _grouped(changes).items():
        names = [f"{change.username} {_about(change)}".strip() for change in same]
        more = len(names) - _NAMES_SHOWN
        shown = ", ".join(names[:_NAMES_SHOWN]) + (f", … and {more} more" if more > 0 else "")
        rows.add_row(f"[{_COLOURS[verb]}]{verb}[/]", *cells(at, shown, len(same)))
    console.print(rows)


def _about(change: Change) -> str:
    """Say of a change what its step does not say already."""
    return f"({change.detail})" if change.detail else ""


def _place(change: Change) -> str:
    at = change.where if change.target is Target.GROUP else change.target
    return f"{at}, from {change.origin}" if change.verb is Verb.MOVE and change.origin else at


def _grouped(changes: tuple[Change, ...]) -> dict[tuple[str, str], list[Change]]:
    grouped: dict[tuple[str, str], list[Change]] = {}
    in_groups = {(c.verb, c.username) for c in changes if c.target is Target.GROUP}
    for change in changes:
        # That we write down a membership goes without saying.
        plain = change.target is Target.RECORD and not change.detail
        if not (plain and (change.verb, change.username) in in_groups):
            grouped.setdefault((change.verb, _place(change)), []).append(change)
    return grouped


def print_undoing(console: Console, undoing: RosterUndoing) -> None:
    """Print what undoing a run would change."""
    if undoing.changes:
        print_changes(console, undoing.changes)
    else:
        console.print("nothing to undo: the memberships are as they were before")


def print_applied(console: Console, applied: RosterApplied) -> None:
    """Print what became of everybody, and what to do next."""
    print_outcomes(console, applied.outcomes, done="people are as the roster says")
    if applied.first_passwords:
        console.print(
            f"{applied.first_passwords} first passwords wait: "
            f"courseops roster handout {applied.course_id}",
            markup=False,
        )
    console.print(f"run {applied.run_id}", style="dim")


def print_done(console: Console, done: RosterUndone | RosterAdopted) -> None:
    """Print what became of those whose memberships were changed."""
    print_outcomes(console, done.outcomes, done="done")
    console.print(f"run {done.run_id}", style="dim")


def _print_warnings(console: Console, warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        console.print("[yellow]![/] ", end="")
        console.print(warning, markup=False)

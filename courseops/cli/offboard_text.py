"""How those who leave, and what becomes of them, look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from courseops.actions.leaving.erasing import Erased, ErasurePlanned
from courseops.actions.leaving.offboarding import Offboarded, OffboardPlanned
from courseops.cli.tables import cells, print_outcomes, table
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.leaving.offboarding import ERASING, Parting, Step

# How many names of one step fit a terminal; --json has all of them.
_NAMES_SHOWN = 40


def print_offboarding(console: Console, planned: OffboardPlanned) -> None:
    """Print a plan of leaving, with what a guard says of it."""
    whom = planned.course_id or planned.username
    console.print(f"{whom} on {planned.hub}, archives go to {planned.to}", markup=False)
    _print_warnings(console, planned.warnings)
    if planned.partings:
        _print_partings(console, planned.partings)
    if planned.removable:
        console.print("stays; --erase would do this, too:")
        _print_partings(console, planned.removable)
    if planned.staying:
        rows = table("keeps everything", "why")
        for it in planned.staying:
            rows.add_row(*cells(it.username, it.why))
        console.print(rows)
    _print_objections(console, planned.objections)
    if not planned.partings:
        console.print("nothing to do: whoever leaves is archived")
    elif not planned.objections:
        console.print(f"plan [bold]{planned.fingerprint}[/], {len(planned.partings)} steps")


def print_offboarded(console: Console, done: Offboarded) -> None:
    """Print what became of everybody, and where their receipts lie."""
    _print_warnings(console, done.warnings)
    if done.receipts:
        rows = table("who", "archive", "files", "SHA-256", numbers=("files",), whole=("SHA-256",))
        for it in done.receipts:
            rows.add_row(*cells(it.username, it.archive or None, it.files, it.sha256[:16] or None))
        console.print(rows)
        console.print(f"archives and receipts are in {done.to}", markup=False)
    print_outcomes(console, done.outcomes, done="have left" if done.erase else "are archived")
    console.print(f"run {done.run_id}", style="dim")


def print_erasure(console: Console, planned: ErasurePlanned) -> None:
    """Print what there is of somebody."""
    title = (
        f"{planned.username}, below {', '.join(planned.volumes)} in the backups of {planned.hub}"
    )
    rows = table("where", "snapshots", "files", numbers=("snapshots", "files"), title=title)
    for it in planned.found:
        rows.add_row(*cells(it.repository, it.snapshots, it.files))
    console.print(rows)
    _print_elsewhere(console, planned.elsewhere)
    _print_objections(console, planned.objections)
    if planned.objections:
        return
    if any(it.files for it in planned.found):
        console.print("nothing was changed; to erase it for good, repeat with --yes")
    else:
        console.print("no backup holds anything of theirs")


def print_erased(console: Console, done: Erased) -> None:
    """Print whom nothing is found of any more."""
    print_outcomes(console, done.outcomes, done="erased, and found nowhere")
    _print_elsewhere(console, done.elsewhere)
    console.print(f"run {done.run_id}", style="dim")


def _print_elsewhere(console: Console, elsewhere: Iterable[Elsewhere]) -> None:
    rows = table("also kept, and left alone", "where", "what to do")
    for it in elsewhere:
        rows.add_row(*cells(it.what, it.where, it.mend))
    if rows.row_count:
        console.print(rows)


def _print_partings(console: Console, partings: Iterable[Parting]) -> None:
    rows = table("step", "who", "people", numbers=("people",))
    by_step: dict[Step, list[str]] = {}
    for it in partings:
        by_step.setdefault(it.step, []).append(it.username)
    for step, names in by_step.items():
        more = len(names) - _NAMES_SHOWN
        shown = ", ".join(names[:_NAMES_SHOWN]) + (f", … and {more} more" if more > 0 else "")
        colour = "red" if step in ERASING else "green"
        rows.add_row(Text(step, style=colour), *cells(shown, len(names)))
    console.print(rows)


def _print_objections(console: Console, objections: Iterable[str]) -> None:
    for objection in objections:
        console.print("[bold red]blocked:[/] ", end="")
        console.print(objection, markup=False)


def _print_warnings(console: Console, warnings: Iterable[str]) -> None:
    for warning in warnings:
        console.print("[yellow]![/] ", end="")
        console.print(warning, markup=False)

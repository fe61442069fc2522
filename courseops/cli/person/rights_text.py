"""How what is kept of somebody, and what becomes of it, look on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from courseops.actions.people.exporting import PersonExport
from courseops.actions.people.forgetting import ForgettingPlanned, Forgotten
from courseops.cli.tables import cells, table
from courseops.model.leaving.erasure import Elsewhere
from courseops.model.people.fate import Fate, Trace


def print_export(console: Console, made: PersonExport) -> None:
    """Sum up what is kept of somebody."""
    rows = table(
        "in our record",
        "records",
        numbers=("records",),
        title=f"{made.username} on {made.hub}",
    )
    for kept in made.kept:
        if kept.rows:
            rows.add_row(*cells(kept.about, len(kept.rows)))
    if made.first_passwords:
        rows.add_row(
            *cells("first passwords that wait to be handed out", len(made.first_passwords))
        )
    console.print(rows)
    _print_elsewhere(console, made.elsewhere)
    _print_notes(console, made.notes)
    console.print("all of it, as a document: --json, or --output FILE", style="dim")


def print_forgetting(console: Console, planned: ForgettingPlanned) -> None:
    """Print what would become of everything."""
    _print_traces(console, f"{planned.username} on {planned.hub}", planned.going, planned.staying)
    _print_elsewhere(console, planned.elsewhere)
    _print_notes(console, planned.notes)
    if not planned.going:
        console.print("nothing to do: what is left of them stays")
    for each in planned.objections:
        console.print(Text(f"✗ {each}", style="bold red"))
    if planned.going and not planned.objections:
        console.print("nothing was changed; say --yes to do it", style="dim")


def print_forgotten(console: Console, done: Forgotten) -> None:
    """Print what became of everything, without a name."""
    title = f"they are now {done.pseudonym}" if done.pseudonym else "nothing was left to do"
    _print_traces(console, title, done.gone, done.stayed)
    _print_elsewhere(console, done.elsewhere)
    console.print(f"run {done.run_id}", style="dim")


def _print_traces(
    console: Console, title: str, going: Sequence[Trace], staying: Sequence[Trace]
) -> None:
    console.print(title, markup=False, highlight=False)
    if going:
        rows = table("what goes", "records", "what becomes of it", numbers=("records",))
        for it in going:
            end = "is erased" if it.fate is Fate.ERASED else str(it.fate)
            rows.add_row(*cells(it.what, it.records, end))
        console.print(rows)
    if staying:
        rows = table("what stays", "records", "why", "what removes it", numbers=("records",))
        for it in staying:
            rows.add_row(*cells(it.what, it.records, it.why, it.mend or None))
        console.print(rows)


def _print_elsewhere(console: Console, elsewhere: Sequence[Elsewhere]) -> None:
    if elsewhere:
        rows = table("kept elsewhere", "where", "what to do")
        for it in elsewhere:
            rows.add_row(*cells(it.what, it.where, it.mend))
        console.print(rows)


def _print_notes(console: Console, notes: Sequence[str]) -> None:
    for note in notes:
        console.print(Text(f"! {note}", style="yellow"))

"""Tables and lines that fit a terminal, in one look for all commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from courseops.model.finding import Finding, Level
from courseops.model.moment import spell_local
from courseops.model.printable import printable
from courseops.model.run import Outcome, Status

_MARKS = {
    Level.OK: ("✓", "green"),
    Level.WARNING: ("!", "yellow"),
    Level.PROBLEM: ("✗", "bold red"),
}
_COLOURS = {Status.DONE: "green", Status.SKIPPED: "yellow", Status.FAILED: "bold red"}
_NARROWEST = 6
_LONG = 100


def table(
    *columns: str, numbers: Sequence[str] = (), whole: Sequence[str] = (), title: str = ""
) -> Table:
    """
    Begin a table in the one look of all commands.

    The columns named in `numbers` are set flush right; those and the ones in `whole` are never
    broken into lines. Nothing is ever cut off: a name may have to be copied from here.
    """
    made = Table(box=box.SIMPLE_HEAD, title=escape(title) or None, title_justify="left")
    for column in columns:
        right = column in numbers
        made.add_column(
            column,
            justify="right" if right else "left",
            no_wrap=right or column in whole,
            overflow="fold",
            # Without it, a narrow terminal would lose whole columns.
            min_width=min(len(column), _NARROWEST),
        )
    return made


def cells(*values: object) -> tuple[str, ...]:
    """Spell a row's values; what comes from outside commands neither us nor the terminal."""
    return tuple(_safe(str(value)) if value is not None else "–" for value in values)


def _safe(text: str) -> str:
    return escape(printable(text, lines=True))


def local(moment: datetime | None, zone: tzinfo) -> str:
    """Spell a moment as a person in `zone` reads it."""
    return spell_local(moment, zone) if moment is not None else "–"


def print_outcomes(
    console: Console, outcomes: Iterable[Outcome], *, done: str, every: bool = False
) -> None:
    """Print those that were skipped or failed, one row each, and a count of the rest."""
    outcomes = list(outcomes)
    shown = [o for o in outcomes if every or o.status is not Status.DONE]
    if shown:
        rows = table("who", "outcome", "why", "what would mend it")
        for outcome in shown:
            colour = _COLOURS[outcome.status]
            rows.add_row(
                _safe(outcome.subject),
                f"[{colour}]{outcome.status}[/]",
                _safe(outcome.reason),
                _safe(outcome.mend),
            )
        console.print(rows)
    counts = {status: sum(o.status is status for o in outcomes) for status in Status}
    line = Text(f"{counts[Status.DONE]} {done}")
    for status, word in ((Status.SKIPPED, "skipped"), (Status.FAILED, "failed")):
        if counts[status]:
            line.append(f", {counts[status]} {word}", style=_COLOURS[status])
    console.print(line)


def print_findings(console: Console, findings: Iterable[Finding]) -> None:
    """Print findings, one line each, with what to do below those that need it."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column()
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for finding in findings:
        mark, colour = _MARKS[finding.level]
        subject = Text(finding.subject, style="bold")
        rows.add_row(Text(mark, style=colour), subject, Text(finding.what))
        if finding.to_do:
            rows.add_row("", "", Text(f"→ {finding.to_do}", style="dim"))
    console.print(rows)


def print_rows(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: Sequence[str] = (),
    whole: Sequence[str] = (),
    title: str = "",
) -> None:
    """
    Print a table whose rows are plain words, however many there are.

    A long one that needs no line broken is spelled here, in the same look: rich takes a second
    for a class of a thousand.
    """
    widths = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    fits = sum(widths) + 3 * len(widths) + 1 <= console.width
    if len(rows) < _LONG or not fits or any("\n" in it for row in rows for it in row):
        made = table(*columns, numbers=numbers, whole=whole, title=title)
        for row in rows:
            made.add_row(*cells(*row))
        console.print(made)
        return
    right = [column in numbers for column in columns]
    lines = [_line(row, widths, right) for row in rows]
    if title:
        console.print(title, style="italic", markup=False, highlight=False)
    head = _line(columns, widths, right)
    console.print()
    console.print(head, style="bold", markup=False, highlight=False)
    console.file.write("\n".join([f" {'─' * (cell_len(head) - 2)}", *lines]) + "\n\n")


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = []
    for word, width, is_right in zip(row, widths, right, strict=True):
        space = " " * (width - cell_len(word))
        parts.append(f" {space}{word} " if is_right else f" {word}{space} ")
    return f" {' '.join(parts)} "

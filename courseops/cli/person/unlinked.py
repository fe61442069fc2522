"""`person unlink`: cut the tie between the pseudonyms of a term and the names behind them."""

from __future__ import annotations

import click
from rich.console import Console

from courseops.actions.people.pseudonyms import (
    Unlinked,
    UnlinkPlanned,
    plan_unlinking,
    unlink_term,
)
from courseops.cli.frame import Document, Frame, command
from courseops.cli.person.noun import person
from courseops.cli.tables import cells, local, print_outcomes, table
from courseops.wiring.people import pseudonyms

THERE_IS_SOMETHING = 4
_UNLINKED = Document("person-unlinked", Unlinked)


@command(
    person,
    "unlink",
    document=Document("person-unlink", UnlinkPlanned),
    other={"--yes": _UNLINKED},
)
@click.argument("term", default="")
@click.option("--yes", is_flag=True, help="Do it; without this, only show which terms there are.")
def unlink(frame: Frame, term: str, yes: bool) -> None:
    """
    Destroy the key of a term, so that nobody can tell whose its pseudonyms were.

    A TERM is named by the day it began; without one, those that have a key are listed. A preview
    exits with 4 if there is a key to destroy.
    """
    site, keys = frame.site, pseudonyms(frame.site).keys
    if yes and not term:
        raise click.UsageError("Name the TERM to cut off.")
    if yes:
        done = unlink_term(keys, site.journal, term)
        frame.document = _UNLINKED
        frame.show(done, lambda console: print_outcomes(console, done.outcomes, done="cut off"))
        return
    planned = plan_unlinking(keys, term)

    def show(console: Console) -> None:
        rows = table("term", "its key was made")
        for it in planned.known:
            rows.add_row(*cells(it.term, local(it.made_at, site.time_zone)))
        console.print(rows if planned.known else "no term has a key yet")
        if planned.term:
            console.print(f"say --yes to destroy the key of {planned.term}", style="dim")

    frame.show(planned, show)
    if planned.term:
        frame.exit(THERE_IS_SOMETHING)

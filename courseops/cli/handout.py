"""`courseops roster handout`: first passwords on paper, a strip a learner."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click
from rich.console import Console
from rich.text import Text

from courseops.actions.rosters.handouts import HandedOut, hand_out
from courseops.cli.frame import Document, Frame, command
from courseops.cli.roster import roster
from courseops.cli.tables import print_outcomes
from courseops.model.language import Language
from courseops.model.run import Status
from courseops.wiring.handouts import handout_ports


@command(roster, "handout", document=Document("roster-handout", HandedOut))
@click.argument("course")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the page to this new file, instead of handout-COURSE-DATE.html here.",
)
@click.option(
    "--language",
    type=click.Choice(get_args(Language)),
    help="Of the page, instead of the school's own.",
)
@click.option(
    "--reset-password",
    "reset",
    metavar="USER",
    multiple=True,
    help="Give this learner a new first password; may be repeated.",
)
@click.option("--yes", is_flag=True, help="Do not ask before resetting.")
def handout(
    frame: Frame,
    course: str,
    output: Path | None,
    language: Language | None,
    reset: tuple[str, ...],
    yes: bool,
) -> None:
    """
    Write a page to print with the first passwords that wait, once.

    One strip a person, to cut and hand out. Each password is on one page only: it is forgotten
    here as soon as the page is on disk. Where everybody shares one password, everyone in the
    course gets a strip.
    """
    ports = handout_ports(frame.site, course, output=output, language=language)
    if reset and not yes:
        names = ", ".join(reset)
        frame.confirm(f"Reset the password of {names}? The old one will open nothing any more.")
    made = hand_out(ports, frame.site.journal, reset=reset)
    frame.show(made, lambda console: _print_handed_out(console, made))
    frame.end(made.outcomes)


def _print_handed_out(console: Console, made: HandedOut) -> None:
    others = [outcome for outcome in made.outcomes if outcome.status is not Status.DONE]
    if made.page or others:
        print_outcomes(console, made.outcomes, done="people are on the page")
    if made.page:
        console.print(Text(made.page, style="bold"), soft_wrap=True)
        console.print("Print it, hand the strips out, and delete the file.")
    else:
        console.print("nothing to hand out: no first password waits")
    if made.run_id:
        console.print(f"run {made.run_id}", style="dim")

"""`person export` and `person forget`: what people may ask for by law."""

from __future__ import annotations

from pathlib import Path

import click

from courseops.actions.people.exporting import PersonExport, export_person
from courseops.actions.people.forgetting import (
    ForgettingPlanned,
    Forgotten,
    forget_person,
    plan_forgetting,
)
from courseops.cli.frame import Document, Frame, command, spell_document
from courseops.cli.person import rights_text as text
from courseops.cli.person.noun import person, whom
from courseops.errors import PlanRefusedError
from courseops.wiring.people import person_ports

THERE_IS_SOMETHING = 4
BLOCKED = PlanRefusedError.exit_code
_EXPORT = Document("person-export", PersonExport)
_FORGOTTEN = Document("person-forgotten", Forgotten)


@command(person, "export", document=_EXPORT)
@whom
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the document to this new file, which only you may read.",
)
def export(frame: Frame, hub: str, user: str, output: Path | None) -> None:
    """
    Gather everything that is kept of somebody into one JSON document.

    On the terminal it is summed up; --json or --output give all of it. That it was exported is
    on record, and in the document.
    """
    made = export_person(person_ports(frame.site, hub), frame.site.journal, user)
    if output is not None:
        from courseops.adapters.pages.handout import write_new  # noqa: PLC0415 -- only with --output

        write_new(spell_document(_EXPORT, made) + "\n", [output])
        click.echo(f"wrote {output}", err=True)
    if output is None or frame.as_json:
        frame.show(made, lambda console: text.print_export(console, made))


@command(
    person,
    "forget",
    document=Document("person-forget", ForgettingPlanned),
    other={"--yes": _FORGOTTEN},
)
@whom
@click.option(
    "--evidence", is_flag=True, help="Also what was collected and graded; a course's files stay."
)
@click.option("--yes", is_flag=True, help="Do it; without this, only show what would be done.")
def forget(frame: Frame, hub: str, user: str, evidence: bool, yes: bool) -> None:
    """
    Take somebody's name out of our record; what is evidence stays, and why is said.

    What was seen of them keeps a pseudonym that leads to nobody, so that sums stay right. Homes,
    accounts and backups are let go of by `offboard`. A preview exits with 0 if there is nothing
    to do, 4 if there is, 5 if something speaks against it.
    """
    ports, journal = person_ports(frame.site, hub), frame.site.journal
    if yes:
        done = forget_person(ports, journal, user, evidence=evidence)
        frame.document = _FORGOTTEN
        frame.show(done, lambda console: text.print_forgotten(console, done))
        return
    planned = plan_forgetting(ports, journal, user, evidence=evidence)
    frame.show(planned, lambda console: text.print_forgetting(console, planned))
    if planned.objections:
        frame.exit(BLOCKED)
    if planned.going:
        frame.exit(THERE_IS_SOMETHING)

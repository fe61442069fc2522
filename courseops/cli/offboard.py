"""`courseops offboard …`: archive those who leave, take away what is asked, erase for good."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from courseops.actions.leaving.erasing import (
    Erased,
    ErasurePlanned,
    erase_again,
    erase_person,
    plan_erasure,
)
from courseops.actions.leaving.leavers import OffboardPorts
from courseops.actions.leaving.offboarding import (
    Offboarded,
    OffboardPlanned,
    apply_offboarding,
    plan_offboarding,
)
from courseops.cli.frame import Document, Frame, command
from courseops.cli.offboard_text import (
    print_erased,
    print_erasure,
    print_offboarded,
    print_offboarding,
)
from courseops.cli.root import cli
from courseops.errors import PlanRefusedError
from courseops.wiring.offboarding import erase_ports, offboard_course, offboard_person

THERE_IS_SOMETHING = 4
BLOCKED = PlanRefusedError.exit_code
_ERASED = Document("offboard-erased", Erased)


def _whom(function: Callable[..., None]) -> Callable[..., None]:
    """Add what says who leaves, where their archives go, and what is taken away."""
    options = (
        click.argument("course", required=False),
        click.option("--user", "username", default="", help="One person instead of a course."),
        click.option("--hub", default="", help="The hub that this person leaves."),
        click.option(
            "--to",
            type=click.Path(path_type=Path, file_okay=False),
            help="The folder for archives and receipts.  [default: offboarded in the state folder]",
        ),
        click.option(
            "--erase",
            is_flag=True,
            help="Also remove accounts and volumes, of those whose archive is proven.",
        ),
        click.option(
            "--allow",
            "allowed",
            type=click.IntRange(min=0),
            default=0,
            help="The exact number of people who may be removed, beyond the guard's limit.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@cli.group(short_help="Archive those who leave; remove and erase only where asked to.")
def offboard() -> None:
    """Let people leave: a final snapshot, an archive, a receipt, and only then anything more."""


@command(offboard, "plan", document=Document("offboard-plan", OffboardPlanned))
@_whom
def plan(
    frame: Frame,
    course: str | None,
    username: str,
    hub: str,
    to: Path | None,
    erase: bool,
    allowed: int,
) -> None:
    """
    Show what `offboard apply` would do; change nothing.

    Who leaves a COURSE are its learners who are in no other, and those whose enrolment has
    ended. Exits with 0 if there is nothing to do, 4 if there is, 5 if a guard objects.
    """
    ports = _ports(frame, course, username, hub, to)
    planned = plan_offboarding(ports, frame.site.journal, erase=erase, allowed=allowed)
    frame.show(planned, lambda console: print_offboarding(console, planned))
    if planned.objections:
        frame.exit(BLOCKED)
    if planned.partings:
        frame.exit(THERE_IS_SOMETHING)


@command(offboard, "apply", document=Document("offboard-apply", Offboarded))
@_whom
@click.option("--plan", "fingerprint", default="", help="Apply only the plan of this fingerprint.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def apply(
    frame: Frame,
    course: str | None,
    username: str,
    hub: str,
    to: Path | None,
    erase: bool,
    allowed: int,
    fingerprint: str,
    yes: bool,
) -> None:
    """
    Archive those who leave; with --erase, then remove what they had.

    Each archive is read back and compared before it counts, and only what it holds is ever
    removed. Without --erase nothing is. Without --yes or --plan it shows the plan and asks.
    """
    journal, ports = frame.site.journal, _ports(frame, course, username, hub, to)
    if not fingerprint and not yes:
        planned = plan_offboarding(ports, journal, erase=erase, allowed=allowed)
        if planned.partings and not planned.objections:
            if not frame.as_json:
                print_offboarding(frame.console, planned)
            frame.confirm("Remove these people's accounts and volumes?" if erase else "Archive?")
        fingerprint = planned.fingerprint
    done = apply_offboarding(ports, journal, erase=erase, allowed=allowed, fingerprint=fingerprint)
    frame.show(done, lambda console: print_offboarded(console, done))
    frame.end(done.outcomes)


@command(
    offboard,
    "erase",
    document=Document("offboard-erase", ErasurePlanned),
    other={"--yes": _ERASED},
)
@click.argument("hub")
@click.argument("user", required=False)
@click.option("--again", is_flag=True, help="Whoever was erased before, and is found nevertheless.")
@click.option("--yes", is_flag=True, help="Do it; without this, only show what there is.")
def erase_(frame: Frame, hub: str, user: str | None, again: bool, yes: bool) -> None:
    """
    Take somebody who has left out of every snapshot of a hub, for good.

    Afterwards they are looked for in each repository. What else is kept of them is listed, and
    left alone. A preview exits with 0 if nothing is found, 4 if something is, 5 if a guard
    objects. With --again it acts at once: it takes out again whom an old copy brought back.
    """
    if again == (user is not None):
        raise click.UsageError("Name a USER, or say --again for all who were erased before.")
    ports = erase_ports(frame.site, hub)
    if user is not None and not yes:
        _preview(frame, plan_erasure(ports, frame.site.journal, user))
        return
    journal = frame.site.journal
    done = erase_again(ports, journal) if user is None else erase_person(ports, journal, user)
    frame.document = _ERASED
    frame.show(done, lambda console: print_erased(console, done))
    frame.end(done.outcomes)


def _preview(frame: Frame, planned: ErasurePlanned) -> None:
    frame.show(planned, lambda console: print_erasure(console, planned))
    if planned.objections:
        frame.exit(BLOCKED)
    if any(it.files for it in planned.found):
        frame.exit(THERE_IS_SOMETHING)


def _ports(
    frame: Frame, course: str | None, username: str, hub: str, to: Path | None
) -> OffboardPorts:
    if bool(course) == bool(username):
        raise click.UsageError("Name either a COURSE or, with --user, one person.")
    if course:
        if hub:
            raise click.UsageError("--hub goes with --user: a course is on one hub.")
        return offboard_course(frame.site, course, to)
    return offboard_person(frame.site, username, hub, to)

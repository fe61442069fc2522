"""`assignment collect`, `manifest` and `extend`: back from the learners."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import click

from courseops.actions.assignments.collecting import AssignmentCollected, collect_assignment
from courseops.actions.assignments.extending import AssignmentExtended, extend_deadline
from courseops.actions.assignments.manifests import ManifestList, list_manifests
from courseops.actions.assignments.receipts import place_receipts
from courseops.cli.assignment import back_text, text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import SOME_FAILED, Document, Frame, command
from courseops.wiring.collecting import collect_ports, grant, receipt_homes


@command(assignment, "collect", document=Document("assignment-collect", AssignmentCollected))
@course_argument
@name_argument
@click.option(
    "--from",
    "source",
    type=click.Choice(["exchange", "homes", "snapshot", "ngshare"]),
    help="Where from.  [default: as configured, else exchange]",
)
@click.option("--student", "students", multiple=True, help="Only this learner; may be repeated.")
@click.option(
    "--at",
    metavar="TIME",
    help="What was there at this time, whatever each deadline says; in the site's zone.",
)
@click.option("--receipts", is_flag=True, help="Put each learner's receipt into their home.")
def collect(
    frame: Frame,
    course: str,
    name: str,
    source: str | None,
    students: tuple[str, ...],
    at: str | None,
    receipts: bool,
) -> None:
    """
    Bring in every learner's work; the last in time counts, what came late is marked.

    Everything is kept for good, with a signed manifest. Each learner's own deadline decides.
    One submission that cannot be taken stops none of the others; what is there already stays.
    """
    site = frame.site
    ports = collect_ports(site, course, name, source or "")
    at_moment = frame.moment(at, "--at") if at else None
    done = collect_assignment(ports, site.journal, name, students=students, at=at_moment)
    outcomes = done.outcomes
    if receipts:
        homes = receipt_homes(site, course)
        placed = place_receipts(ports, homes.placer, homes.volume_of, site.journal, done)
        failed = tuple(it for it in placed if it.kind == "no-receipt")
        outcomes = (*outcomes, *failed)
        done = replace(done, outcomes=outcomes)
    frame.show(done, lambda console: text.print_items(console, outcomes, "submissions brought in"))
    frame.end(outcomes)


@command(assignment, "manifest", document=Document("assignment-manifest", ManifestList))
@course_argument
@name_argument
@click.option("--verify", is_flag=True, help="Read and prove every file.")
def manifest(frame: Frame, course: str, name: str, verify: bool) -> None:
    """
    List what was collected, and prove it.

    Each submission is ok, altered, missing or unsigned; exits with 3 when one is not ok.
    Without --verify signatures are proved, but no file is read.
    """
    site = frame.site
    found = list_manifests(collect_ports(site, course, name), name, verify=verify)
    frame.show(found, lambda console: back_text.print_manifests(console, found, site.time_zone))
    if found.wrong:
        frame.exit(SOME_FAILED)


@command(assignment, "extend", document=Document("assignment-extend", AssignmentExtended))
@course_argument
@name_argument
@click.argument("student")
@click.option(
    "--until",
    required=True,
    metavar="TIME",
    help="The learner's own deadline, for example 2026-03-09T23:59; in the site's zone.",
)
def extend(frame: Frame, course: str, name: str, student: str, until: str) -> None:
    """
    Give one learner more time.

    nbgrader's gradebook is told too, as soon as it has a submission of theirs. It can only be
    later than the deadline that holds.
    """
    site = frame.site
    at = site.course(course)
    done = extend_deadline(
        collect_ports(site, course, name),
        at.gradebook,
        site.journal,
        name,
        student,
        frame.moment(until, "--until"),
        grant=partial(grant, at),
    )
    frame.show(done, lambda console: back_text.print_extended(console, done, site.time_zone))

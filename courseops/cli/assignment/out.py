"""`assignment release` and `push`: out to the learners."""

from __future__ import annotations

import click

from courseops.actions.assignments.overview import find_assignment
from courseops.actions.assignments.pushing import (
    AssignmentPushed,
    AssignmentRetracted,
    preview_push,
    push_assignment,
    retract_assignment,
)
from courseops.actions.assignments.releasing import AssignmentReleased, release_assignment
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.assignment.out_text import print_pushed, print_released
from courseops.cli.frame import Document, Frame, command
from courseops.wiring.releasing import home_ports, known_homes, timetables


@command(
    assignment,
    "release",
    document=Document("assignment-release", AssignmentReleased),
    other={"--undo": Document("assignment-retract", AssignmentRetracted)},
)
@course_argument
@name_argument
@click.option(
    "--due",
    metavar="TIME",
    help="The deadline, for example 2026-03-02T23:59; in the site's zone.  "
    "[default: the calendar's, else as it is]",
)
@click.option("--early", is_flag=True, help="Also before the time that the calendar says.")
@click.option(
    "--validate/--no-validate",
    default=True,
    help="Run the solutions against the tests first.  [default: validate]",
)
@click.option("--undo", is_flag=True, help="Take it back, while nobody has fetched it.")
@click.option("--yes", is_flag=True, help="With --undo: nobody has fetched it, I know.")
def release(
    frame: Frame,
    course: str,
    name: str,
    due: str | None,
    early: bool,
    validate: bool,
    undo: bool,
    yes: bool,
) -> None:
    """
    Generate the learners' version of an assignment and release it to the exchange.

    It must pass its own tests with the teacher's solutions, and is searched for solutions and
    hidden tests that nbgrader left in it. Without a change, a second release leaves the
    exchange as it is.
    """
    if undo:
        _undo(frame, course, name, yes=yes)
        return
    site = frame.site
    done = release_assignment(
        site.course(course).releasing,
        site.journal,
        name,
        due_at=frame.moment(due, "--due") if due else None,
        timetable=timetables(site, course).get(name),
        early=early,
        validate=validate,
    )
    frame.show(done, lambda console: print_released(console, done, site.time_zone))


def _undo(frame: Frame, course: str, name: str, *, yes: bool) -> None:
    site = frame.site
    at = site.course(course).releasing
    find_assignment(at, name)
    homes = known_homes(site, course, name)
    if homes is None and not yes:
        frame.confirm(f"Whether anybody has fetched {name} cannot be known. Take it back?")
    done = retract_assignment(at, site.journal, homes, name, sure=True)
    frame.document = Document("assignment-retract", AssignmentRetracted)
    frame.show(done, lambda console: console.print(f"{name}: taken back", markup=False))


@command(assignment, "push", document=Document("assignment-push", AssignmentPushed))
@course_argument
@name_argument
@click.option("--dry-run", is_flag=True, help="Say what would be placed; write to no home.")
def push(frame: Frame, course: str, name: str, dry_run: bool) -> None:
    """
    Place a released assignment into each learner's home, as the learner.

    For hubs whose learners do not fetch with nbgrader. Only what is missing is placed: what is
    there stays as it is. Learners are those of the roster as `roster apply` left it.
    """
    site = frame.site
    at, homes = site.course(course).releasing, home_ports(site, course, name)
    done = (
        preview_push(at, homes, name) if dry_run else push_assignment(at, site.journal, homes, name)
    )
    frame.show(done, lambda console: print_pushed(console, done))
    frame.end(done.outcomes)

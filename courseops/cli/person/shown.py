"""`person show`: one person's own use of a hub."""

from __future__ import annotations

from datetime import time, timedelta, tzinfo

import click
from rich.console import Console

from courseops.actions.people.showing import show_learner
from courseops.cli.frame import Document, Frame, command
from courseops.cli.person.noun import person, whom
from courseops.cli.tables import cells, local, table
from courseops.model.assignments.matrix import MatrixCell
from courseops.model.usage.learner import LearnerCourse, LearnerUsage
from courseops.model.usage.seen import Window
from courseops.wiring.people import show_ports

USUAL_LENGTH = timedelta(weeks=16)
_MEGABYTE = 1_000_000


@command(person, "show", document=Document("person-usage", LearnerUsage))
@whom
@click.option("--since", metavar="TIME", help="2026-03-02 or 2026-03-02T14:00; else 16 weeks back.")
@click.option("--until", metavar="TIME", help="A day is meant to its end; else now.")
def show(frame: Frame, hub: str, user: str, since: str | None, until: str | None) -> None:
    """
    Show one person's own weeks on a hub, their home, and where they stand in their courses.

    It is for that person and the staff of their courses; that it was looked at is on record.
    """
    site = frame.site
    end = frame.moment(until, "--until", of_a_day=time.max) if until else site.journal.clock.now()
    begin = frame.moment(since, "--since", of_a_day=time.min) if since else end - USUAL_LENGTH
    if begin >= end:
        raise click.UsageError("--since must be before --until.")
    window = Window(since=begin, until=end)
    made = show_learner(show_ports(site, hub), site.journal, user, window)
    frame.show(made, lambda console: _print(console, made, site.time_zone))


def _print(console: Console, made: LearnerUsage, zone: tzinfo) -> None:
    days = f"{made.since:%Y-%m-%d} to {made.until:%Y-%m-%d}"
    console.print(f"{made.username} on {made.hub}, {days}", markup=False, highlight=False)
    rows = table("week of", "hours", "sessions", "days", numbers=("hours", "sessions", "days"))
    for week in made.weeks:
        rows.add_row(*cells(week.monday, f"{week.hours:.1f}", week.sessions, week.days))
    rows.add_section()
    rows.add_row(*cells("together", f"{made.hours:.1f}", made.sessions, made.days_active))
    console.print(rows)
    console.print(f"last active: {local(made.last_active_at, zone)}", highlight=False)
    if made.home is not None:
        size = f"{made.home.size_bytes / _MEGABYTE:.1f} MB in {made.home.files} files"
        console.print(f"home: {size}, found {local(made.home.at, zone)}", highlight=False)
    console.print(f"last good backup: {local(made.backed_up_at, zone)}", highlight=False)
    for course in made.courses:
        _print_course(console, course, zone)
    for note in made.notes:
        console.print(f"! {note}", markup=False, style="yellow")
    console.print(f"observed {made.observed_percent:.1f} % of the time", highlight=False)


def _print_course(console: Console, course: LearnerCourse, zone: tzinfo) -> None:
    until = f" to {local(course.left_at, zone)}" if course.left_at else ""
    title = f"{course.title}: {course.role} since {local(course.since, zone)}{until}"
    console.print(title, markup=False, highlight=False)
    if course.assignments:
        rows = table("assignment", "standing", "points", numbers=("points",))
        for it in course.assignments:
            rows.add_row(*cells(it.name, _standing(it.cell), it.cell.points))
        console.print(rows)


def _standing(cell: MatrixCell) -> str:
    words = f"{cell.step}, late" if cell.late_seconds else str(cell.step)
    return f"{words} ({cell.kind})" if cell.kind else words

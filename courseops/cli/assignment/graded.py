"""`assignment autograde` and `quarantine`: every submission ends with a grade or a reason."""

from __future__ import annotations

import click

from courseops.actions.assignments.grading import AssignmentGraded, autograde
from courseops.actions.assignments.quarantine import (
    QuarantineList,
    QuarantineMended,
    accept,
    mend,
    quarantine,
)
from courseops.cli.assignment import graded_text as text
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.assignment.text import print_items
from courseops.cli.frame import Document, Frame, command
from courseops.model.assignments.regrade import ScoreChange
from courseops.wiring.grading import grading_ports


@command(assignment, "autograde", document=Document("assignment-autograde", AssignmentGraded))
@course_argument
@name_argument
@click.option("--student", "students", multiple=True, help="Only this learner; may be repeated.")
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=0,
    help="How many to grade side by side.  [default: the course's, else one a core]",
)
@click.option(
    "--regrade",
    is_flag=True,
    help="Also what has its grade, if anything that went into it has changed; of a --student "
    "always. Shows first what would change. Points by hand stay.",
)
@click.option("--yes", is_flag=True, help="Do not ask before grades change.")
def grade(
    frame: Frame,
    course: str,
    name: str,
    students: tuple[str, ...],
    workers: int,
    regrade: bool,
    yes: bool,
) -> None:
    """
    Run collected work against the tests and fill the gradebook.

    Every submission ends with a grade or with a named reason; see `assignment quarantine`.
    What has its grade already is left alone. Learners' code runs in a sandbox.
    """
    site = frame.site

    def approve(changes: tuple[ScoreChange, ...]) -> None:
        changed = [it for it in changes if it.is_one]
        if changed and not yes:
            if not frame.as_json:
                text.print_changes(frame.console, changes)
            frame.confirm(f"Change the grades of {len(changed)}?")

    done = autograde(
        grading_ports(site, course),
        site.journal,
        name,
        students=students,
        workers=workers,
        regrade=regrade,
        approve=approve,
    )
    frame.show(done, lambda console: print_items(console, done.outcomes, "graded"))
    frame.end(done.outcomes)


@command(
    assignment,
    "quarantine",
    document=Document("assignment-quarantine", QuarantineList),
    other={
        option: Document("assignment-quarantine-mended", QuarantineMended)
        for option in ("--apply", "--accept")
    },
)
@course_argument
@name_argument
@click.option("--apply", "apply_", is_flag=True, help="Mend what can be mended; originals stay.")
@click.option("--student", "students", multiple=True, help="Mend only this learner's work.")
@click.option(
    "--accept", "accepted", multiple=True, help="Let this learner's score stand as it is."
)
def show_quarantine(
    frame: Frame,
    course: str,
    name: str,
    apply_: bool,
    students: tuple[str, ...],
    accepted: tuple[str, ...],
) -> None:
    """
    List what could not be graded, why, and what would mend it.

    Where courseops itself can mend it, the steps are shown; --apply takes them, beside the
    submission, and `assignment autograde` then grades what was mended.
    """
    if accepted and apply_:
        raise click.UsageError("--apply and --accept are two decisions; take one at a time.")
    if students and not apply_:
        raise click.UsageError("--student goes with --apply.")
    site = frame.site
    at = site.course(course)
    if not (apply_ or accepted):
        found = quarantine(at, site.journal.runs, name)
        frame.show(found, lambda console: text.print_quarantine(console, found))
        return
    if accepted:
        done = accept(at, site.journal, name, accepted)
    else:
        done = mend(at, site.journal, name, students=students)
    frame.document = Document("assignment-quarantine-mended", QuarantineMended)
    what = "accepted" if accepted else "mended, to be graded"
    frame.show(done, lambda console: print_items(console, done.outcomes, what))
    frame.end(done.outcomes)

"""`assignment feedback` and `export`: what the learners and the school get."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from courseops.actions.assignments.exports import (
    GradeFile,
    GradesExported,
    SheetWish,
    decimal_sign,
    export_grades,
    export_sheet,
)
from courseops.actions.assignments.feedback import FeedbackReleased, release_feedback
from courseops.cli.assignment import text
from courseops.cli.assignment.export_text import print_exported, print_left_out
from courseops.cli.assignment.noun import assignment, course_argument, name_argument
from courseops.cli.frame import Document, Frame, command
from courseops.cli.terminal import terminal
from courseops.errors import CourseOpsError
from courseops.model.assignments.gradesheets.forms import FORMS
from courseops.model.assignments.gradesheets.order import Identity
from courseops.wiring.grading import grading_ports
from courseops.wiring.releasing import home_ports

_CSV = "csv"


@command(assignment, "feedback", document=Document("assignment-feedback", FeedbackReleased))
@course_argument
@name_argument
@click.option(
    "--homes", is_flag=True, help="Place the pages in each learner's home too, as the learner."
)
def feedback(frame: Frame, course: str, name: str, homes: bool) -> None:
    """
    Write feedback on all graded work and release it to the learners.

    Whose work is in quarantine gets a page that says why, and what to do.
    """
    site = frame.site
    done = release_feedback(
        grading_ports(site, course),
        site.journal,
        name,
        homes=home_ports(site, course, name) if homes else None,
    )
    frame.show(done, lambda console: text.print_items(console, done.outcomes, "have feedback"))
    frame.end(done.outcomes)


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What `export` was asked for besides the course."""

    name: str
    form: str
    output: Path | None
    template: Path | None
    item: str
    identify_by: str | None
    decimal: str
    missing_as_zero: bool
    provisional: bool

    def refuse_strays(self) -> None:
        """Refuse what only a platform's file can have, where none is wanted."""
        if self.form != _CSV:
            if not self.name:
                raise click.UsageError(f"--format {self.form} is for one assignment: name it.")
            return
        only_sheets = {
            "--template": self.template,
            "--item": self.item,
            "--identify-by": self.identify_by,
            "--missing-as-zero": self.missing_as_zero,
            "--provisional": self.provisional,
        }
        for option, value in only_sheets.items():
            if value:
                raise click.UsageError(f"{option} needs a --format other than csv.")


@command(assignment, "export", document=Document("grades", GradesExported))
@course_argument
@click.argument("name", required=False, default="")
@click.option(
    "--format",
    "form",
    type=click.Choice([_CSV, *FORMS]),
    default=_CSV,
    show_default=True,
    help="A table for people, or what a learning platform imports. Points are rounded to what it "
    "keeps: 5 decimals for Moodle, 2 for Canvas and Brightspace, 4 for Open edX and in CSV.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output; what is there is replaced.",
)
@click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="What the platform exported: its ids and its columns are taken from there.",
)
@click.option("--item", default="", help="What the platform calls the assignment.  [default: NAME]")
@click.option(
    "--identify-by",
    type=click.Choice([str(it) for it in Identity]),
    help="By what the platform knows learners, without a template.",
)
@click.option(
    "--decimal",
    type=click.Choice(["auto", "point", "comma"]),
    default="auto",
    show_default=True,
    help="How numbers are written; auto goes by the site's language.",
)
@click.option("--missing-as-zero", is_flag=True, help="A 0 for whoever handed in nothing.")
@click.option(
    "--provisional", is_flag=True, help="Also points of work that still waits for a person."
)
def export(frame: Frame, course: str, **options: object) -> None:
    """
    Write the grades of one assignment, or of all, for people or for a platform.

    Learners of the course only: whoever else is in the gradebook is listed, and so is
    whoever has no final grade yet. Nobody gets a 0 for having none. A platform's file is read
    back as the platform will before it is left in place.
    """
    wanted = _Wanted(**options)  # type: ignore[arg-type]  # click hands them over by these names
    wanted.refuse_strays()
    if wanted.form == _CSV:
        _export_table(frame, course, wanted)
    else:
        _export_sheet(frame, course, wanted)


def _export_table(frame: Frame, course: str, wanted: _Wanted) -> None:
    site = frame.site
    at, store = site.course(course), site.store
    found = export_grades(at, at.gradebook, store.runs, store.enrolments, wanted.name)
    table = found.as_csv(decimal_sign(wanted.decimal, site.config.site.language, _CSV))
    if wanted.output is not None:
        frame.write_file(wanted.output, table)
    if wanted.output is None or frame.as_json:
        frame.show(found, lambda _: click.echo(table, nl=False))
    print_left_out(terminal(stderr=True), found.left_out)


def _export_sheet(frame: Frame, course: str, wanted: _Wanted) -> None:
    made = _make(frame, course, wanted)
    if wanted.output is not None:
        frame.write_checked(wanted.output, made.content, made.check)
    else:
        made.check(made.content)
        if not frame.as_json:
            sys.stdout.buffer.write(made.content)
    if frame.as_json:
        frame.show(made.exported, lambda _: None)
    print_exported(terminal(stderr=True), made.exported)


def _make(frame: Frame, course: str, wanted: _Wanted) -> GradeFile:
    site = frame.site
    language = site.config.site.language
    wish = SheetWish(
        form=wanted.form,
        item=wanted.item,
        template=_read(wanted.template) if wanted.template else None,
        identity=Identity(wanted.identify_by) if wanted.identify_by else None,
        decimal=decimal_sign(wanted.decimal, language, wanted.form),
        language=language,
        missing_as_zero=wanted.missing_as_zero,
        provisional=wanted.provisional,
    )
    at, store = site.course(course), site.store
    return export_sheet(at, at.gradebook, store.runs, store.enrolments, wanted.name, wish)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseOpsError(f"cannot read {path}: {error.strerror}") from error

"""Grades out: as a table for people, or as the file that a learning platform imports."""

from __future__ import annotations

from dataclasses import dataclass, field

from courseops.actions.assignments.overview import (
    AssignmentStatus,
    assignment_status,
    find_assignment,
)
from courseops.errors import CourseOpsError
from courseops.model.assignments.grade import LearnerStanding
from courseops.model.assignments.gradesheet import write_csv
from courseops.model.assignments.gradesheets.choosing import choose, of_course, read_record
from courseops.model.assignments.gradesheets.forms import FORMS, Form
from courseops.model.assignments.gradesheets.order import (
    DecimalSign,
    Entry,
    Identity,
    Order,
    Sheet,
    SheetError,
    rounded,
)
from courseops.model.language import Language
from courseops.model.roster import Person
from courseops.model.run import Outcome
from courseops.ports.course import Course, Gradebook
from courseops.ports.records import Enrolments, Runs


@dataclass(frozen=True, kw_only=True)
class GradesExported:
    """
    Grades, ready to be written: of each assignment, every learner of the course.

    `left_out` are those in the gradebook who are none of them. For a platform, `outcomes` says
    of each learner what is sent, or why nothing is, and `warnings` what a person should know.
    """

    course_id: str
    assignments: tuple[AssignmentStatus, ...]
    format: str = "csv"
    outcomes: tuple[Outcome, ...] = ()
    left_out: tuple[Outcome, ...] = ()
    warnings: tuple[str, ...] = ()

    def as_csv(self, decimal: DecimalSign = ".") -> str:
        """Write them as CSV: a line a learner and assignment."""
        return write_csv(
            (
                (status.assignment, learner)
                for status in self.assignments
                for learner in status.learners
            ),
            decimal=decimal,
        )


@dataclass(frozen=True, kw_only=True)
class SheetWish:
    """
    What file is wanted for which platform; `item` is what it calls the assignment.

    With `missing_as_zero` whoever handed in nothing gets a 0; with `provisional` work that
    still waits for a person is sent with the points that it has.
    """

    form: str
    item: str = ""
    template: bytes | None = None
    identity: Identity | None = None
    decimal: DecimalSign = "."
    language: Language = "en"
    missing_as_zero: bool = False
    provisional: bool = False


@dataclass(frozen=True)
class GradeFile:
    """A platform's file, what it was made of, and the check that reads it back."""

    exported: GradesExported
    content: bytes
    _sheet: Sheet = field(repr=False)
    _form: Form = field(repr=False)

    def check(self, content: bytes) -> None:
        """
        Read the file back as the platform will, and compare it with what was meant.

        Raises:
            CourseOpsError: it differs, and where.
        """
        problems = self._form.check(self._sheet, content)
        if problems:
            raise CourseOpsError(
                f"the file for {self._form.called} does not say what it should",
                problems=problems[:_PROBLEMS_SHOWN],
                hint="no file was written; look for learners with the same name in the template",
            )


_PROBLEMS_SHOWN = 20


def decimal_sign(wanted: str, language: Language, form: str) -> DecimalSign:
    """Give the decimal sign: as `wanted` ("point", "comma"), else as `language` writes it."""
    if wanted != "auto":
        return "," if wanted == "comma" else "."
    if form in FORMS and FORMS[form].only_points:
        return "."
    return "," if language == "fr" else "."


def export_grades(
    course: Course, gradebook: Gradebook, runs: Runs, enrolments: Enrolments, name: str = ""
) -> GradesExported:
    """
    Give the grades of every learner of the course, in one assignment or in all.

    Who is in the course is what our own record says, where there is one; whoever else is in
    the gradebook is left out, and listed.
    """
    wanted = [name] if name else [it.name for it in course.assignments()]
    record = read_record(enrolments.active(course.course_id), enrolments.ended(course.course_id))
    statuses: list[AssignmentStatus] = []
    left_out: dict[str, Outcome] = {}
    for each in wanted:
        status = assignment_status(course, gradebook, runs, each)
        learners, outside = of_course(status.learners, record)
        left_out |= {it.subject: it for it in outside}
        statuses.append(
            AssignmentStatus(
                course_id=status.course_id, assignment=status.assignment, learners=learners
            )
        )
    return GradesExported(
        course_id=course.course_id,
        assignments=tuple(statuses),
        left_out=tuple(left_out[who] for who in sorted(left_out)),
    )


def export_sheet(
    course: Course,
    gradebook: Gradebook,
    runs: Runs,
    enrolments: Enrolments,
    name: str,
    wish: SheetWish,
) -> GradeFile:
    """
    Make the file of one assignment's grades that a platform imports.

    Raises:
        CourseOpsError: there is no such assignment, or the file cannot be made.
    """
    find_assignment(course, name)
    table = export_grades(course, gradebook, runs, enrolments, name)
    (status,) = table.assignments
    entries, waiting = choose(
        status.learners, missing_as_zero=wish.missing_as_zero, provisional=wish.provisional
    )
    form = FORMS[wish.form]
    order = Order(
        item=wish.item or name,
        entries=entries,
        known=_known(status.learners, entries),
        max_score=status.assignment.max_score,
        decimal=wish.decimal,
        language=wish.language,
        identity=wish.identity,
        template=wish.template,
    )
    try:
        sheet = form.make(order)
    except SheetError as error:
        raise CourseOpsError(str(error), hint=error.hint) from error
    return GradeFile(_told(table, form, sheet, waiting, entries), sheet.content, sheet, form)


def _known(learners: tuple[LearnerStanding, ...], entries: tuple[Entry, ...]) -> tuple[Person, ...]:
    chosen = {entry.person.id for entry in entries}
    return tuple(it.person for it in learners if it.person.id not in chosen)


def _told(
    table: GradesExported,
    form: Form,
    sheet: Sheet,
    waiting: tuple[Outcome, ...],
    entries: tuple[Entry, ...],
) -> GradesExported:
    outcomes = (*sheet.sent, *waiting, *sheet.left_out)
    return GradesExported(
        course_id=table.course_id,
        assignments=table.assignments,
        format=form.name,
        outcomes=tuple(sorted(outcomes, key=lambda it: it.subject)),
        left_out=table.left_out,
        warnings=(*sheet.warnings, *_losses(form, entries)),
    )


def _losses(form: Form, entries: tuple[Entry, ...]) -> list[str]:
    """Say where rounding to what the importer keeps changes points."""
    finest = 9
    changed = [
        it.person.username
        for it in entries
        if rounded(it.points, form.places) != rounded(it.points, finest)
    ]
    if not changed:
        return []
    return [f"{len(changed)} learners' points are rounded to {form.places} decimals"]

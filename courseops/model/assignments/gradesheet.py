"""The grades of a course as one CSV table, for people and their spreadsheets.

nbgrader's own export joins its values with commas and quotes none, so a name with a comma
moves every later column; this one is written by the csv module. Text that a spreadsheet
would take for a formula is made plain with a leading quote:
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from courseops.model.assignments.assignment import Assignment
from courseops.model.assignments.grade import LearnerStanding
from courseops.model.assignments.gradesheets.order import (
    DecimalSign,
    delimiter_beside,
    rounded,
    spell,
    starts_a_formula,
)

COLUMNS = (
    "student id",
    "last name",
    "first name",
    "email",
    "assignment",
    "due",
    "submitted",
    "late seconds",
    "raw score",
    "late penalty",
    "score",
    "max score",
    "needs manual",
    "state",
)

_PLACES = 4


def write_csv(
    standings: Iterable[tuple[Assignment, LearnerStanding]], *, decimal: DecimalSign = "."
) -> str:
    """
    Write the table, its header first, with the line ends of RFC 4180.

    With decimal commas its cells are parted by semicolons, as spreadsheets there expect.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=delimiter_beside(decimal))
    writer.writerow(COLUMNS)
    writer.writerows(_line(assignment, learner, decimal) for assignment, learner in standings)
    return sheet.getvalue()


def _line(assignment: Assignment, learner: LearnerStanding, decimal: DecimalSign) -> list[str]:
    person, submission, score = learner.person, learner.submission, learner.score
    state = f"{learner.standing}: {learner.reason}" if learner.reason else learner.standing
    return [
        plain(person.username),
        plain(person.family_name),
        plain(person.given_name),
        plain(person.email),
        plain(assignment.name),
        _time(assignment.due_at),
        _time(submission.submitted_at if submission else None),
        f"{submission.late_seconds:.0f}" if submission else "",
        _points(score.raw_score, decimal) if score else "",
        _points(score.late_penalty, decimal) if score else "",
        _points(score.score, decimal) if score else "",
        _points(assignment.max_score, decimal),
        ("yes" if score.needs_manual_grade else "no") if score else "",
        plain(state),
    ]


def _points(points: float, decimal: DecimalSign) -> str:
    return spell(rounded(points, _PLACES), decimal)


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def plain(text: str) -> str:
    """Keep a spreadsheet from taking `text` for a formula."""
    return f"'{text}" if starts_a_formula(text) else text

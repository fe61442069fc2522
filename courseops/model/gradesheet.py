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
from dataclasses import dataclass

from courseops.model.assignment import Assignment
from courseops.model.collection import Submission
from courseops.model.grade import Score, Standing
from courseops.model.roster import Person

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

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One learner in one assignment; without a `score` there are no points to show."""

    person: Person
    assignment: Assignment
    standing: Standing
    submission: Submission | None = None
    score: Score | None = None
    kind: str = ""
    reason: str = ""


def write_csv(rows: Iterable[Row]) -> str:
    """Write the table, its header first, with the line ends of RFC 4180."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    writer.writerows(_line(row) for row in rows)
    return sheet.getvalue()


def _line(row: Row) -> list[str]:
    person, assignment, submission = row.person, row.assignment, row.submission
    submitted_at = submission.submitted_at if submission else None
    return [
        plain(person.username),
        plain(person.family_name),
        plain(person.given_name),
        plain(person.email),
        plain(assignment.name),
        assignment.due_at.isoformat(timespec="seconds") if assignment.due_at else "",
        submitted_at.isoformat(timespec="seconds") if submitted_at else "",
        f"{submission.late_seconds:.0f}" if submission else "",
        *_points(row.score),
        f"{assignment.max_score:g}",
        ("yes" if row.score.needs_manual_grade else "no") if row.score else "",
        f"{row.standing}: {row.reason}" if row.reason else row.standing,
    ]


def _points(score: Score | None) -> tuple[str, str, str]:
    if score is None:
        return "", "", ""
    return f"{score.raw_score:g}", f"{score.late_penalty:g}", f"{score.score:g}"


def plain(text: str) -> str:
    """Keep a spreadsheet from taking `text` for a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text

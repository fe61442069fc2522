"""A whole class as its staff look at it: learners by assignments, each with a mark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from courseops.model.assignments.assignment import Assignment
from courseops.model.assignments.matrix import Matrix, MatrixCell, Step
from courseops.model.roster import Enrolment


class Mark(StrEnum):
    """How far one learner is with one assignment, as a word of an address."""

    NOT_RELEASED = "not-released"
    NOT_FETCHED = "not-fetched"
    NOT_SUBMITTED = "not-submitted"
    SUBMITTED = "submitted"
    QUARANTINED = "quarantined"
    BY_HAND = "by-hand"
    GRADED = "graded"
    RETURNED = "returned"


_MARKS = {
    Step.NOT_RELEASED: Mark.NOT_RELEASED,
    Step.NOT_FETCHED: Mark.NOT_FETCHED,
    Step.NOT_SUBMITTED: Mark.NOT_SUBMITTED,
    Step.QUARANTINED: Mark.QUARANTINED,
    Step.COLLECTED: Mark.SUBMITTED,
    Step.BY_HAND: Mark.BY_HAND,
    Step.GRADED: Mark.GRADED,
}
LATE, EXTENDED = "late", "extended"
"""What may be true of a square besides its mark."""


class Square(NamedTuple):
    """One learner in one assignment; `until` is a deadline of their own."""

    mark: Mark
    points: float | None
    late_seconds: float
    kind: str
    until: datetime | None

    def shows(self, state: str) -> bool:
        """Say whether a word of an address fits: a mark's, or `LATE` or `EXTENDED`."""
        if state == LATE:
            return self.late_seconds > 0
        return self.until is not None if state == EXTENDED else self.mark == state


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """
    One learner, with a square for each assignment in their order.

    `student_id` is what the gradebook calls them; `is_listed` says that our record has them in
    the course now, None where it has nobody.
    """

    username: str
    student_id: str
    name: str = ""
    section: str = ""
    is_listed: bool | None = None
    squares: tuple[Square, ...]

    @property
    def sections(self) -> list[str]:
        """Name the sections that they are in."""
        return [part for it in self.section.split(",") if (part := it.strip())]


@dataclass(frozen=True, kw_only=True)
class Sums:
    """How many learners are how far with one assignment; late and extended are counted besides."""

    assignment: Assignment
    marks: Mapping[Mark, int]
    late: int
    extended: int
    learners: int


@dataclass(frozen=True, kw_only=True)
class ClassMatrix:
    """A course's assignments with their sums, and a row for each learner, by username."""

    course_id: str
    read_at: datetime
    sums: tuple[Sums, ...]
    rows: tuple[ClassRow, ...]

    @property
    def sections(self) -> list[str]:
        """Name the sections that there are."""
        return sorted({section for row in self.rows for section in row.sections})

    def count(self, mark: Mark) -> int:
        """Count the squares of a mark."""
        return sum(it.marks[mark] for it in self.sums)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which rows of a matrix are wanted; empty words want all. `who` is part of any name."""

    state: str = ""
    assignment: str = ""
    section: str = ""
    who: str = ""

    def rows(self, matrix: ClassMatrix) -> Sequence[ClassRow]:
        """Pick the rows: of those in a state, in the assignment if one is named, else in any."""
        at = [it.assignment.name for it in matrix.sums]
        places = [n for n, name in enumerate(at) if self.assignment in ("", name)]
        if not (self.state or self.section or self.who):
            return matrix.rows
        who = self.who.casefold()
        return [
            row
            for row in matrix.rows
            if (not self.section or self.section in row.sections)
            and (not who or who in f"{row.username}\n{row.name}".casefold())
            and (not self.state or any(row.squares[n].shows(self.state) for n in places))
        ]


def class_matrix(
    matrix: Matrix,
    assignments: Iterable[Assignment],
    *,
    course_id: str,
    read_at: datetime,
    names: Mapping[str, str],
    enrolments: Iterable[Enrolment],
    returned: Mapping[str, frozenset[str]],
    extended: Mapping[str, Mapping[str, datetime]],
) -> ClassMatrix:
    """
    Put together what is known of a class.

    `names`, `returned` (by assignment) and `extended` (likewise) go by the names that the
    gradebook has; of `enrolments` sections, names and usernames are taken.
    """
    listed = {it.person.student_id: it for it in enrolments}
    columns = list(assignments)
    about = [(returned.get(it.name, frozenset()), extended.get(it.name, {})) for it in columns]
    # Most of thirty thousand squares are the same few.
    known: dict[tuple[int, bool, datetime | None], Square] = {}

    def square(cell: MatrixCell, *, back: bool, until: datetime | None) -> Square:
        key = id(cell), back, until
        found = known.get(key)
        if found is None:
            found = known[key] = _square(cell, back=back, until=until)
        return found

    rows = []
    for row in matrix.learners:
        who = row.username
        enrolment = listed.get(who)
        squares = tuple(
            square(cell, back=who in back, until=until.get(who) if until else None)
            for cell, (back, until) in zip(row.cells, about, strict=True)
        )
        rows.append(_row(who, squares, enrolment, names.get(who, ""), is_kept=bool(listed)))
    return ClassMatrix(
        course_id=course_id,
        read_at=read_at,
        sums=tuple(_sums(it, [row.squares[n] for row in rows]) for n, it in enumerate(columns)),
        rows=tuple(sorted(rows, key=lambda row: row.username)),
    )


def _square(cell: MatrixCell, *, back: bool, until: datetime | None) -> Square:
    mark = _MARKS[cell.step]
    return Square(
        mark=Mark.RETURNED if back and mark is Mark.GRADED else mark,
        points=cell.points,
        late_seconds=cell.late_seconds,
        kind=cell.kind,
        until=until,
    )


def _row(
    student_id: str,
    squares: tuple[Square, ...],
    enrolment: Enrolment | None,
    name: str,
    *,
    is_kept: bool,
) -> ClassRow:
    person = enrolment.person if enrolment else None
    return ClassRow(
        username=person.username if person else student_id,
        student_id=student_id,
        name=name or (f"{person.family_name} {person.given_name}".strip() if person else ""),
        section=enrolment.section if enrolment else "",
        is_listed=enrolment is not None if is_kept else None,
        squares=squares,
    )


def _sums(assignment: Assignment, squares: Sequence[Square]) -> Sums:
    counts = Counter([it.mark for it in squares])
    return Sums(
        assignment=assignment,
        marks={mark: counts[mark] for mark in Mark},
        late=sum(it.late_seconds > 0 for it in squares),
        extended=sum(it.until is not None for it in squares),
        learners=len(squares),
    )

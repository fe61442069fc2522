"""What `courseops assignment status` prints for a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta, tzinfo

from rich.console import Console

from courseops.actions.assignments.overview import AssignmentStatus
from courseops.actions.assignments.standings import CourseStatus
from courseops.cli.tables import cells, local, print_rows, table
from courseops.model.assignments.grade import LearnerStanding, Score, Standing
from courseops.model.assignments.matrix import AssignmentCounts, MatrixCell, MatrixRow, Step

_SHORT = {
    Step.NOT_RELEASED: "unreleased",
    Step.NOT_FETCHED: "unfetched",
    Step.NOT_SUBMITTED: "nothing",
    Step.QUARANTINED: "quarantine",
    Step.COLLECTED: "ungraded",
    Step.BY_HAND: "by hand",
    Step.GRADED: "graded",
}


def print_status(console: Console, found: AssignmentStatus, zone: tzinfo) -> None:
    """Print how many learners are how far, and where each stands, one row each."""
    if found.counts is not None:
        console.print(_in_words(found.counts), markup=False, highlight=False)
    extended = any(learner.extended_until for learner in found.learners)
    numbers = ("late", "points")
    print_rows(
        console,
        (
            "learner",
            "standing",
            "submitted",
            *(("extended until",) if extended else ()),
            *numbers,
        ),
        [_row(learner, zone, extended=extended) for learner in found.learners],
        numbers=numbers,
        whole=("submitted",),
        title=f"{found.course_id}: {found.assignment.name}",
    )
    if any(learner.score and learner.score.needs_manual_grade for learner in found.learners):
        console.print("+  points are still to be given by hand, in formgrader", style="dim")


def _in_words(counts: AssignmentCounts) -> str:
    parts = [f"{number} {step}" for step, number in counts.counts.items() if number]
    late = [f"{counts.late} late"] if counts.late else []
    return f"{counts.learners} learners: {', '.join([*parts, *late])}"


def _row(learner: LearnerStanding, zone: tzinfo, *, extended: bool) -> tuple[str, ...]:
    submission = learner.submission
    kind = f" ({learner.kind})" if learner.kind else ""
    absent = learner.standing is Standing.NOT_SUBMITTED and learner.fetched is False
    return (
        learner.person.username,
        f"{Step.NOT_FETCHED if absent else learner.standing}{kind}",
        local(submission.submitted_at if submission else None, zone),
        *((local(learner.extended_until, zone),) if extended else ()),
        _late(submission.late_seconds if submission else 0),
        _points(learner.score) if learner.score else "",
    )


def _points(score: Score) -> str:
    return f"{score.score:g}/{score.max_score:g} {'+' if score.needs_manual_grade else ' '}"


def _late(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))) if seconds else ""


def print_matrix(console: Console, found: CourseStatus, *, everyone: bool) -> None:
    """Print the counts of each assignment, then the learners who need something, or all."""
    steps = [s for s in Step if any(it.counts[s] for it in found.matrix.assignments)]
    numbers = [*(_SHORT[step] for step in steps), "late"]
    rows = table("assignment", *numbers, numbers=numbers, title=found.course_id)
    for it in found.matrix.assignments:
        rows.add_row(*cells(it.name, *(it.counts[step] for step in steps), it.late))
    console.print(rows)
    names = [it.name for it in found.matrix.assignments]
    shown = [it for it in found.matrix.learners if everyone or it.needs_something]
    if shown:
        _print_learners(console, names, shown, everyone=everyone)
    rest = len(found.matrix.learners) - len(shown)
    if rest:
        console.print(f"{rest} learners' work needs nobody; --all shows them", style="dim")


def _print_learners(
    console: Console, names: list[str], shown: Iterable[MatrixRow], *, everyone: bool
) -> None:
    """Print a row a learner; as many columns as assignments would fit no terminal."""
    rows = []
    for row in shown:
        told = [
            f"{name}: {_cell(cell)}"
            for name, cell in zip(names, row.cells, strict=True)
            if everyone or cell.needs_something
        ]
        rows.append((row.username, ", ".join(told)))
    print_rows(console, ("learner", "assignments"), rows, whole=("learner",))


def _cell(cell: MatrixCell) -> str:
    points = f" {cell.points:g}" if cell.points is not None else ""
    kind = f" ({cell.kind})" if cell.kind else ""
    late = " late" if cell.late_seconds > 0 else ""
    return f"{_SHORT[cell.step]}{kind}{points}{late}"

"""Share out grading by hand among those who grade.

Who got whose work is the outcome of a run, so the next one knows it: whoever has begun with
somebody's work keeps it. Nothing is written to nbgrader; formgrader shows everything to all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from courseops.actions.assignments.overview import scope_of
from courseops.actions.journal import Journal
from courseops.errors import CourseOpsError
from courseops.model.assignments.balance import Assistant, Balance, Piece, balance
from courseops.model.roster import Enrolment, Role
from courseops.model.run import Outcome, Status
from courseops.ports.handwork import HandWork
from courseops.ports.records import Enrolments

BALANCE = "assignment-balance"
_GRADERS = (Role.ASSISTANT, Role.INSTRUCTOR)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One learner's work on somebody's list; `page` is formgrader's, below the hub's address."""

    learner: str
    cells: int
    page: str


@dataclass(frozen=True, kw_only=True)
class TaskList:
    """What one assistant is to grade; `cells` are how many there are in all."""

    assistant: str
    cells: int
    tasks: tuple[Task, ...]


@dataclass(frozen=True, kw_only=True)
class GradingShared:
    """Everybody's list; `outcomes` say of each learner who grades the work."""

    run_id: str
    course_id: str
    name: str
    lists: tuple[TaskList, ...]
    outcomes: tuple[Outcome, ...]


def share_grading(
    course: HandWork,
    enrolments: Enrolments,
    journal: Journal,
    name: str,
    *,
    among: Sequence[str] = (),
    by_section: bool = False,
) -> GradingShared:
    """
    Share out the submissions that wait for points by hand, the least work first.

    They go to the course's assistants, or to `among`. Whoever has a learner's work from an
    earlier time keeps it. Nobody grades their own; with `by_section` each grades their own
    section as far as there is somebody for it.

    Raises:
        CourseOpsError: there is nobody to grade, or one of `among` does not grade here.
    """
    active = enrolments.active(course.course_id)
    assistants = _assistants(active, among, course.course_id)
    sections = {it.person.student_id: _sections(it) for it in active}
    usernames = {it.person.student_id: it.person.username for it in active}
    pieces = [
        Piece(
            learner=usernames.get(learner, learner),
            cells=cells,
            sections=sections.get(learner, frozenset()),
        )
        for learner, cells in course.by_hand(name).items()
    ]
    student_ids = {username: student_id for student_id, username in usernames.items()}
    scope = scope_of(course.course_id, name)
    had = _had(journal, scope)
    with journal.run(BALANCE, scope) as entry:
        shared = balance(pieces, assistants, had=had, by_section=by_section)
        entry.note(*_outcomes(shared))
        return GradingShared(
            run_id=entry.run.id,
            course_id=course.course_id,
            name=name,
            lists=_lists(shared, name, student_ids),
            outcomes=tuple(entry.outcomes),
        )


def _assistants(
    active: Sequence[Enrolment], among: Sequence[str], course_id: str
) -> list[Assistant]:
    graders = {it.person.username: it for it in active if it.role in _GRADERS}
    unknown = sorted(set(among) - graders.keys())
    if unknown:
        raise CourseOpsError(
            f"nobody called {', '.join(unknown)} grades in {course_id}",
            hint=f"these do: {', '.join(sorted(graders)) or 'nobody in our record'}",
        )
    wanted = set(among) or {who for who, it in graders.items() if it.role is Role.ASSISTANT}
    if not wanted:
        raise CourseOpsError(
            f"{course_id} has no assistants in our record",
            hint="courseops roster apply brings them in; or name instructors with --among",
        )
    return [Assistant(username=who, sections=_sections(graders[who])) for who in sorted(wanted)]


def _sections(enrolment: Enrolment) -> frozenset[str]:
    return frozenset(part.strip() for part in enrolment.section.split(",") if part.strip())


def _had(journal: Journal, scope: str) -> dict[str, str]:
    """Give who got whose work before, by learner; a run's outcome names the assistant."""
    newest = journal.runs.latest_outcomes(BALANCE, scope)
    return {who: it.reason for who, it in newest.items() if it.status is Status.DONE}


def _outcomes(shared: Balance) -> list[Outcome]:
    given = [
        Outcome.done(piece.learner, share.assistant, kind="assigned")
        for share in shared.shares
        for piece in share.pieces
    ]
    nobodys = [
        Outcome.failed(
            piece.learner,
            "nobody else may grade their work",
            kind="nobody",
            mend="name one more person with --among",
        )
        for piece in shared.nobodys
    ]
    return sorted([*given, *nobodys], key=lambda outcome: outcome.subject)


def _lists(shared: Balance, name: str, student_ids: dict[str, str]) -> tuple[TaskList, ...]:
    return tuple(
        TaskList(
            assistant=share.assistant,
            cells=share.cells,
            tasks=tuple(
                Task(
                    learner=piece.learner,
                    cells=piece.cells,
                    page=_page(student_ids.get(piece.learner, piece.learner), name),
                )
                for piece in share.pieces
            ),
        )
        for share in shared.shares
    )


def _page(student_id: str, name: str) -> str:
    """Give formgrader's page of one learner's submission (its handlers.py)."""
    return f"/formgrader/manage_students/{quote(student_id, safe='')}/{quote(name, safe='')}"

"""Show one person's own use of a hub, to them or to a course's staff; it is on record who did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from courseops.actions.journal import Journal
from courseops.actions.looking import note_look
from courseops.model.assignments.matrix import Matrix
from courseops.model.hub import scope_of
from courseops.model.roster import Membership
from courseops.model.usage.learner import (
    LearnerAssignment,
    LearnerCourse,
    LearnerUsage,
    count_learner,
)
from courseops.model.usage.seen import Window
from courseops.ports.copies import Copies
from courseops.ports.people import AccountUsage
from courseops.ports.records import Enrolments, Usage

LOOKED_AT = "usage of one person"

# Gives where everybody stands in a course, and what went wrong where nobody can tell.
Standings = Callable[[str], tuple[Matrix | None, str]]


@dataclass(frozen=True, kw_only=True)
class ShownCourse:
    """A course of the hub that somebody may have been in."""

    course_id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class ShowPorts:
    """What is read to show one person's use of a hub; nothing outside our record but courses."""

    hub: str
    courses: Sequence[ShownCourse]
    usage: Usage
    accounts: AccountUsage
    enrolments: Enrolments
    copies: Copies
    standings: Standings
    zone: tzinfo


def show_learner(
    ports: ShowPorts, journal: Journal, username: str, window: Window, *, is_own: bool = False
) -> LearnerUsage:
    """
    Give what somebody did on a hub in a time; that it was looked at is on record.

    Nobody needs a record of looking at what `is_own`. Whoever shows it says who may see it: the
    one it is about, and the staff of a course, who see no other course of theirs
    (`LearnerUsage.only`).
    """
    if not is_own:
        note_look(journal, scope_of(ports.hub), LOOKED_AT, [username])
    seen = ports.accounts.of(ports.hub, username, window.since, window.until)
    samples = ports.usage.samples(ports.hub, window.since, window.until)
    counted = count_learner(seen, samples, window, ports.zone)
    copy = ports.copies.last_good(ports.hub).get(username)
    courses, notes = _courses(ports, username, window)
    return LearnerUsage(
        hub=ports.hub,
        username=username,
        made_at=journal.clock.now().astimezone(ports.zone),
        since=window.since.astimezone(ports.zone),
        until=window.until.astimezone(ports.zone),
        home=seen.sizes[-1] if seen.sizes else None,
        backed_up_at=copy.at.astimezone(ports.zone) if copy else None,
        courses=courses,
        notes=notes,
        **vars(counted),
    )


def _courses(
    ports: ShowPorts, username: str, window: Window
) -> tuple[tuple[LearnerCourse, ...], tuple[str, ...]]:
    found, notes = [], []
    for course in ports.courses:
        theirs = [
            it
            for it in ports.enrolments.memberships(course.course_id)
            if it.username == username and it.overlaps(window.since, window.until)
        ]
        if theirs:
            matrix, trouble = ports.standings(course.course_id)
            if trouble:
                notes.append(f"the assignments of {course.course_id} could not be read: {trouble}")
            found.append(_course(ports, course, theirs[-1], _assignments(matrix, username)))
    return tuple(found), tuple(notes)


def _course(
    ports: ShowPorts,
    course: ShownCourse,
    last: Membership,
    assignments: tuple[LearnerAssignment, ...] | None,
) -> LearnerCourse:
    return LearnerCourse(
        course_id=course.course_id,
        title=course.title,
        role=last.role,
        since=last.started_at.astimezone(ports.zone),
        left_at=last.ended_at and last.ended_at.astimezone(ports.zone),
        assignments=assignments,
    )


def _assignments(matrix: Matrix | None, username: str) -> tuple[LearnerAssignment, ...] | None:
    if matrix is None:
        return None
    row = next((it for it in matrix.learners if it.username == username), None)
    if row is None:
        return ()
    named = zip(matrix.assignments, row.cells, strict=True)
    return tuple(LearnerAssignment(name=it.name, cell=cell) for it, cell in named)

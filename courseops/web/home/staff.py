"""What waits for the staff of a course, in numbers, each with where it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from courseops.errors import CourseOpsError
from courseops.events import log
from courseops.model.assignments.class_matrix import Mark, Sums
from courseops.model.run import Run
from courseops.web.asked import Asked

_NEXT = 3


@dataclass(frozen=True, kw_only=True)
class Pile:
    """
    Work of one assignment that waits: `kind` says for what, `path` where it is done.

    `formgrader` is nbgrader's own page of it on the hub, where that is known.
    """

    kind: Mark
    assignment: str
    count: int
    path: str
    formgrader: str = ""


@dataclass(frozen=True, kw_only=True)
class StaffCourse:
    """
    One course of the visitor's.

    `held` are plans that wait for a teacher; `coming` are the assignments that are due next. Of
    a course that cannot be read now, `trouble` says why.
    """

    id: str
    title: str
    teaches: bool
    held: tuple[Run, ...] = ()
    piles: tuple[Pile, ...] = ()
    coming: tuple[Sums, ...] = ()
    trouble: str = ""


def courses_of_staff(asked: Asked) -> list[StaffCourse]:
    """Give the courses in which the visitor teaches or grades; one that fails stops no other."""
    return [_course(asked, it) for it in sorted(asked.rights.courses)]


def _course(asked: Asked, course_id: str) -> StaffCourse:
    site, teaches = asked.site, asked.rights.may_teach(course_id)
    section = site.course_section(course_id)
    held = site.store.runs.held(f"course/{course_id}") if teaches else []
    sums: tuple[Sums, ...] = ()
    now, trouble = site.journal.clock.now(), ""
    try:
        if section.folder is not None:
            sums = asked.page.kept.matrix(site, course_id).sums
    except CourseOpsError as error:
        log().warning("course cannot be read", action="web", course=course_id, error=str(error))
        trouble = str(error)
    coming = [it for it in sums if it.assignment.due_at and it.assignment.due_at > now]
    return StaffCourse(
        id=course_id,
        title=section.title or course_id,
        teaches=teaches,
        held=tuple(held),
        piles=tuple(_piles(course_id, sums, now, _formgrader(asked, course_id))),
        coming=tuple(coming[:_NEXT]),
        trouble=trouble,
    )


def _formgrader(asked: Asked, course_id: str) -> str:
    path = asked.site.course_section(course_id).formgrader
    return path.replace("{username}", quote(asked.who, safe=""))


def _piles(course_id: str, sums: Iterable[Sums], now: datetime, formgrader: str) -> Iterator[Pile]:
    """Give what waits; what was handed in early waits for nobody before the deadline."""
    path = f"/courses/{course_id}"
    for it in sums:
        name, due_at = it.assignment.name, it.assignment.due_at
        places = {
            Mark.QUARANTINED: f"{path}/quarantine/{quote(name)}",
            Mark.SUBMITTED: f"{path}/assignments?state=submitted&assignment={quote(name)}",
            Mark.BY_HAND: f"{path}/sharing/{quote(name)}",
        }
        is_over = due_at is None or due_at < now
        for mark, place in places.items():
            if it.marks[mark] and (is_over or mark is not Mark.SUBMITTED):
                yield Pile(
                    kind=mark,
                    assignment=name,
                    count=it.marks[mark],
                    path=place,
                    formgrader=_page(formgrader, name) if mark is Mark.BY_HAND else "",
                )


def _page(formgrader: str, name: str) -> str:
    """Give formgrader's page of one assignment (its handlers.py)."""
    return f"{formgrader}/formgrader/gradebook/{quote(name, safe='')}" if formgrader else ""

"""What all pages of one course have in common: the course itself, its class, what is not there."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from courseops.adapters.pages.render import render
from courseops.model.assignments.class_matrix import ClassMatrix, Sums
from courseops.model.language import Language
from courseops.model.run import Run
from courseops.web.asked import Asked


@dataclass(frozen=True, kw_only=True)
class InCourse:
    """The course that an address names; `here` is which of its pages is looked at."""

    id: str
    title: str
    here: str
    teaches: bool
    has_folder: bool
    has_roster: bool

    @property
    def path(self) -> str:
        """Give the address of the course's first page."""
        return f"/courses/{self.id}"

    @property
    def scope(self) -> str:
        """Name the course as runs do."""
        return f"course/{self.id}"


def in_course(asked: Asked, here: str = "") -> InCourse:
    """Give the course that the address names; the door has seen to it that it may be."""
    course_id = asked.parts["course"]
    if course_id not in asked.page.courses:
        raise not_there()
    section = asked.site.course_section(course_id)
    return InCourse(
        id=course_id,
        title=section.title or course_id,
        here=here,
        teaches=asked.rights.may_teach(course_id),
        has_folder=section.folder is not None,
        has_roster=section.roster is not None,
    )


def show(asked: Asked, template: str, course: InCourse, **values: Any) -> Response:
    """Answer with a page of a course."""
    return asked.show(template, course=course, zone=asked.site.time_zone, **values)


def matrix_of(asked: Asked, course: InCourse, *, anew: bool = False) -> ClassMatrix:
    """Give the class of a course; there is none where no folder is configured."""
    if not course.has_folder:
        raise not_there()
    return asked.page.kept.matrix(asked.site, course.id, anew=anew)


def the_assignment(asked: Asked, matrix: ClassMatrix, name: str = "") -> Sums:
    """Give the assignment that the address, or `name`, names; the course must have it."""
    wanted = name or asked.parts["assignment"]
    for it in matrix.sums:
        if it.assignment.name == wanted:
            return it
    raise not_there()


def the_run(asked: Asked, course: InCourse) -> Run:
    """Give the run that the address names; it must be one on this course's roster."""
    run = asked.site.store.runs.get(asked.parts["run"])
    if run is None or run.scope != course.scope:
        raise not_there()
    return run


def not_there() -> HTTPException:
    """Give what to raise for whatever does not belong to the course."""
    return HTTPException(HTTPStatus.NOT_FOUND)


def say(language: Language, what: str, **values: object) -> str:
    """Say a sentence in the reader's language; templates/web/course/said.txt has them all."""
    return render("web/course/said.txt", language, what=what, **values).strip()

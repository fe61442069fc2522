"""Grades out: a table for people, or the file that a learning platform imports."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response

from courseops.actions.assignments.exports import (
    GradesExported,
    SheetWish,
    decimal_sign,
    export_grades,
    export_sheet,
)
from courseops.actions.looking import note_look
from courseops.errors import RefusedError
from courseops.model.assignments.gradesheets.forms import FORMS
from courseops.model.assignments.gradesheets.order import Identity
from courseops.model.run import Status
from courseops.web.asked import Asked, Door, graders
from courseops.web.course.in_course import InCourse, in_course, matrix_of, say, show, the_assignment
from courseops.wiring.site import Site

CSV = "csv"
_DECIMALS = ("auto", "point", "comma")


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A file of grades: what it is called, what is in it, and what it says of whom."""

    name: str
    content: bytes
    exported: GradesExported


def exports(asked: Asked) -> Response:
    """Show what can be had, and how."""
    return _page(asked, in_course(asked, "exports"), None)


def make(asked: Asked) -> Response:
    """Make a file as `assignment export` does; hand it over, or show first what it says."""
    course = in_course(asked, "exports")
    made = _made(asked, course)
    if asked.field("what") == "look":
        return _page(asked, course, made)
    journal, what = asked.site.journal, f"grades ({made.exported.format})"
    note_look(journal, course.scope, what, detail=asked.field("assignment"))
    return Response(
        made.content,
        media_type="text/csv",
        headers={"Content-Disposition": _attached(made.name)},
    )


def _page(asked: Asked, course: InCourse, made: _Made | None) -> Response:
    outcomes = made.exported.outcomes if made else ()
    return show(
        asked,
        "course/exports.html",
        course,
        sums=matrix_of(asked, course).sums,
        forms=FORMS,
        identities=list(Identity),
        decimals=_DECIMALS,
        made=made,
        sent=sum(it.status is Status.DONE for it in outcomes),
        others=[it for it in outcomes if it.status is not Status.DONE],
        said=asked.field,
    )


def _made(asked: Asked, course: InCourse) -> _Made:
    form = asked.field("format", CSV)
    name = asked.field("assignment")
    if name:
        name = the_assignment(asked, matrix_of(asked, course), name).assignment.name
    if form == CSV:
        return _table(asked, course, name)
    if form not in FORMS or asked.field("decimal", "auto") not in _DECIMALS:
        raise RefusedError(say(asked.language, "no-format"))
    if not name:
        raise RefusedError(say(asked.language, "one-assignment"))
    return _sheet(asked, course, name, form)


def _table(asked: Asked, course: InCourse, name: str) -> _Made:
    site = asked.site
    at, store = site.course(course.id), site.store
    found = export_grades(at, at.gradebook, store.runs, store.enrolments, name)
    decimal = decimal_sign(asked.field("decimal", "auto"), site.config.site.language, CSV)
    return _Made(name=_file(course, name), content=found.as_csv(decimal).encode(), exported=found)


def _sheet(asked: Asked, course: InCourse, name: str, form: str) -> _Made:
    site: Site = asked.site
    language = site.config.site.language
    identity = asked.field("identify-by")
    wish = SheetWish(
        form=form,
        item=asked.field("item").strip(),
        template=asked.file("template"),
        identity=Identity(identity) if identity in list(Identity) else None,
        decimal=decimal_sign(asked.field("decimal", "auto"), language, form),
        language=language,
        missing_as_zero=bool(asked.field("missing-as-zero")),
        provisional=bool(asked.field("provisional")),
    )
    at, store = site.course(course.id), site.store
    made = export_sheet(at, at.gradebook, store.runs, store.enrolments, name, wish)
    made.check(made.content)
    return _Made(name=_file(course, name, form), content=made.content, exported=made.exported)


def _file(course: InCourse, *parts: str) -> str:
    return "-".join(part for part in (course.id, *parts) if part) + ".csv"


def _attached(name: str) -> str:
    """Name a file to a browser, whatever is in the name: https://www.rfc-editor.org/rfc/rfc6266."""
    plain = "".join(it if it.isascii() and (it.isalnum() or it in "-_.") else "_" for it in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


DOORS = (
    Door(path="/courses/{course}/exports", answer=exports, may=graders),
    Door(path="/courses/{course}/exports", answer=make, may=graders, method="POST", files=1),
)

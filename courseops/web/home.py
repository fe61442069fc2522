"""*Home*: what needs whoever looks, by what they are."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from courseops.web.asked import Asked, Door, anyone


@dataclass(frozen=True, kw_only=True)
class CourseCard:
    """One course that the visitor sees anything of."""

    id: str
    title: str
    teaches: bool


def home(asked: Asked) -> Response:
    """Show the visitor's courses, and what waits for them."""
    courses = [
        CourseCard(
            id=it,
            title=asked.site.course_section(it).title or it,
            teaches=asked.rights.may_teach(it),
        )
        for it in sorted(asked.rights.courses)
    ]
    return asked.show("home.html", courses=courses)


DOORS = (Door(path="/", answer=home, may=anyone),)

"""Who grades whose work by hand: shared out among the course's assistants."""

from __future__ import annotations

from starlette.responses import Response

from courseops.actions.assignments.balance import BALANCE, share_grading
from courseops.actions.assignments.overview import scope_of
from courseops.model.assignments.class_matrix import Mark
from courseops.model.run import Outcome, Status
from courseops.web.asked import Asked, Door, graders, teachers
from courseops.web.course.in_course import in_course, matrix_of, say, show, the_assignment
from courseops.wiring import Site


def sharing(asked: Asked) -> Response:
    """Show who has whose work, as it was shared out last."""
    course = in_course(asked, "assignments")
    sums = the_assignment(asked, matrix_of(asked, course))
    scope = scope_of(course.id, sums.assignment.name)
    lists: dict[str, list[str]] = {}
    nobodys: list[Outcome] = []
    for who, it in sorted(asked.site.history.latest_outcomes(BALANCE, scope).items()):
        if it.status is Status.DONE:
            lists.setdefault(it.reason, []).append(who)
        else:
            nobodys.append(it)
    return show(
        asked,
        "course/sharing.html",
        course,
        assignment=sums.assignment,
        waiting=sums.marks[Mark.BY_HAND],
        lists=dict(sorted(lists.items())),
        nobodys=nobodys,
    )


def share(asked: Asked) -> Response:
    """Have it shared out, as `assignment balance` does; whoever has somebody's work keeps it."""
    course = in_course(asked)
    name = the_assignment(asked, matrix_of(asked, course)).assignment.name
    by_section, language = bool(asked.field("by-section")), asked.language

    def act(site: Site) -> str:
        done = share_grading(
            site.course(course.id),
            site.store.enrolments,
            site.journal,
            name,
            by_section=by_section,
        )
        return say(language, "shared", number=len(done.outcomes))

    title = say(language, "sharing", assignment=name)
    return asked.send(title, f"{course.path}/sharing/{name}", act)


_ONE = "/courses/{course}/sharing/{assignment}"
DOORS = (
    Door(path=_ONE, answer=sharing, may=graders),
    Door(path=_ONE, answer=share, may=teachers, method="POST"),
)

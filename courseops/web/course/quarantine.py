"""What could not be graded in an assignment: why, what would mend it, and having it mended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from starlette.responses import Response

from courseops.actions.assignments.overview import troubles
from courseops.actions.assignments.quarantine import Proposal, mend, quarantine
from courseops.actions.assignments.quarantine import accept as let_stand
from courseops.errors import PlanRefusedError
from courseops.model.run import Status
from courseops.web.asked import Asked, Door, graders
from courseops.web.course.in_course import InCourse, in_course, matrix_of, say, show, the_assignment
from courseops.wiring import Site


def stuck(asked: Asked) -> Response:
    """List whose work is in quarantine, and why."""
    course = in_course(asked, "quarantine")
    sums = the_assignment(asked, matrix_of(asked, course))
    found = troubles(asked.site.history, course.id, sums.assignment.name)
    return show(
        asked,
        "course/quarantine.html",
        course,
        assignment=sums.assignment,
        troubles=[found[who] for who in sorted(found)],
    )


def everywhere(asked: Asked) -> Response:
    """List the assignments in which anything is in quarantine."""
    course = in_course(asked, "quarantine")
    return show(asked, "course/stuck.html", course, sums=matrix_of(asked, course).sums)


def repair(asked: Asked) -> Response:
    """Show what courseops itself would do about it, step by step."""
    course = in_course(asked, "quarantine")
    sums = the_assignment(asked, matrix_of(asked, course))
    at = asked.site.course(course.id)
    found = quarantine(at, asked.site.journal.runs, sums.assignment.name)
    return show(
        asked,
        "course/repair.html",
        course,
        assignment=sums.assignment,
        proposals=found.proposals,
        others=len(found.outcomes) - len(found.proposals),
        reviewed=_fingerprint(found.proposals),
    )


def apply(asked: Asked) -> Response:
    """Have what was shown done, as `assignment quarantine --apply` does; originals stay."""
    course = in_course(asked)
    name = the_assignment(asked, matrix_of(asked, course)).assignment.name
    reviewed, language = asked.field("reviewed"), asked.language

    def act(site: Site) -> str:
        at = site.course(course.id)
        proposals = quarantine(at, site.journal.runs, name).proposals
        if _fingerprint(proposals) != reviewed:
            raise PlanRefusedError(say(language, "repair-moved"))
        students = [it.learner for it in proposals]
        done = mend(at, site.journal, name, students=students) if students else None
        outcomes = done.outcomes if done else ()
        return say(language, "mended", number=sum(it.status is Status.DONE for it in outcomes))

    title = say(language, "mending", assignment=name)
    return asked.send(title, _back(course, name), act)


def accept(asked: Asked) -> Response:
    """Let the scores of those who are named stand, as `assignment quarantine --accept` does."""
    course = in_course(asked)
    name = the_assignment(asked, matrix_of(asked, course)).assignment.name
    students = [it for it in asked.form.getlist("student") if isinstance(it, str)]
    if students:
        let_stand(asked.site.course(course.id), asked.site.journal, name, students)
    return asked.go(_back(course, name))


def _back(course: InCourse, name: str) -> str:
    return f"{course.path}/quarantine/{name}"


def _fingerprint(proposals: Iterable[Proposal]) -> str:
    rows = [(it.learner, it.steps) for it in proposals]
    return hashlib.sha256(repr(rows).encode(errors="backslashreplace")).hexdigest()[:12]


_ONE = "/courses/{course}/quarantine/{assignment}"
DOORS = (
    Door(path="/courses/{course}/quarantine", answer=everywhere, may=graders),
    Door(path=_ONE, answer=stuck, may=graders),
    Door(path=f"{_ONE}/repair", answer=repair, may=graders),
    Door(path=f"{_ONE}/repair", answer=apply, may=graders, method="POST"),
    Door(path=f"{_ONE}/accept", answer=accept, may=graders, method="POST"),
)

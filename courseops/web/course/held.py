"""A plan that waits for a person: shown as it is, approved or rejected."""

from __future__ import annotations

from starlette.responses import Response

from courseops.actions.rosters.approvals import approve as approve_held
from courseops.actions.rosters.approvals import held_run
from courseops.actions.rosters.approvals import reject as reject_held
from courseops.model.rosters.differences import differences
from courseops.model.rosters.plan import KeptPlan, read_plan
from courseops.model.run import Ending, Run
from courseops.web.asked import Asked, Door, teachers
from courseops.web.course.in_course import InCourse, in_course, not_there, say, show, the_run
from courseops.web.course.roster import in_words
from courseops.wiring import Site
from courseops.wiring.courses import roster_ports


def held(asked: Asked) -> Response:
    """Show the very plan that a run is held with, or how the run ended."""
    course = in_course(asked, "roster")
    run = the_run(asked, course)
    kept = _plan(asked, course, run)
    return show(
        asked,
        "course/held.html",
        course,
        run=run,
        waits=run.ending is Ending.HELD,
        people=differences(read_plan(kept.document)) if kept else (),
        kept=kept,
        is_stale=kept is None or kept.is_stale(asked.site.journal.clock.now()),
    )


def confirm(asked: Asked) -> Response:
    """Show in short what approving does, with the button that does it."""
    course = in_course(asked, "roster")
    run = _waiting(asked, course)
    kept = _plan(asked, course, run)
    if kept is None:
        raise not_there()
    plan = read_plan(kept.document)
    return show(
        asked,
        "course/confirm.html",
        course,
        plan=plan,
        people=differences(plan),
        asks=False,
        run=run,
    )


def approve(asked: Asked) -> Response:
    """Have the held plan applied, as `job approve` does."""
    course = in_course(asked)
    run_id, language = _waiting(asked, course).id, asked.language

    def act(site: Site) -> str:
        run = held_run(site.journal, run_id)
        done = approve_held(roster_ports(site, course.id), site.journal, run)
        return in_words(language, done)

    title = say(language, "approving", course=course.title)
    return asked.send(title, f"{course.path}/held/{run_id}", act)


def reject(asked: Asked) -> Response:
    """Turn the held plan down, as `job reject` does; nothing is changed."""
    course = in_course(asked)
    run = _waiting(asked, course)
    reject_held(asked.site.journal, run)
    return asked.go(f"{course.path}/held/{run.id}")


def _waiting(asked: Asked, course: InCourse) -> Run:
    return held_run(asked.site.journal, the_run(asked, course).id)


def _plan(asked: Asked, course: InCourse, run: Run) -> KeptPlan | None:
    return asked.site.store.plans.find(run.plan, course.scope) if run.plan else None


DOORS = (
    Door(path="/courses/{course}/held/{run}", answer=held, may=teachers),
    Door(path="/courses/{course}/held/{run}/approve", answer=confirm, may=teachers),
    Door(path="/courses/{course}/held/{run}/approve", answer=approve, may=teachers, method="POST"),
    Door(path="/courses/{course}/held/{run}/reject", answer=reject, may=teachers, method="POST"),
)

"""The roster of a course: who is in it, what a sync would change, and having it done."""

from __future__ import annotations

from starlette.responses import Response

from courseops.actions.rosters.roster import (
    ROSTER_APPLY,
    RosterApplied,
    apply_roster,
    plan_roster,
)
from courseops.adapters.pages.matrix import roster_rows
from courseops.adapters.pages.render import moment
from courseops.errors import PlanHeldError
from courseops.model.language import Language
from courseops.model.roster import Enrolment, Membership, Role
from courseops.model.rosters.differences import differences
from courseops.model.rosters.plan import KeptPlan, Plan, read_plan, sizes_in
from courseops.model.run import TO_THE_END, Outcome, Run, failures
from courseops.web.asked import Asked, Door, teachers
from courseops.web.course.in_course import InCourse, in_course, not_there, say, show
from courseops.web.memory.kept import Looked
from courseops.wiring import Site
from courseops.wiring.courses import roster_ports

_RUNS = 5
_FAILED = 100


def roster(asked: Asked) -> Response:
    """Show who is in the course by our record, where that comes from, and when it was synced."""
    course = in_course(asked, "roster")
    store = asked.site.store
    active = store.enrolments.active(course.id)
    role, section, who = (asked.query(it).strip() for it in ("role", "section", "who"))
    shown = [it for it in active if _is_wanted(it, role, section, who.casefold())]
    shown.sort(key=lambda it: it.person.username)
    synced = store.runs.recent(action=ROSTER_APPLY, scope=course.scope, limit=_RUNS)
    last = next((run for run in synced if run.ending in TO_THE_END), None)
    sizes = store.plans.find(last.plan, course.scope) if last else None
    return show(
        asked,
        "course/roster.html",
        course,
        people=len(active),
        shown=len(shown),
        counts={it: sum(e.role is it for e in active) for it in Role},
        sections=sorted({part for it in active for part in _sections(it)}),
        role=role,
        section=section,
        who=who,
        body=roster_rows(
            shown,
            _since(asked, store.enrolments.memberships(course.id)),
            asked.page.link(f"{course.path}/people"),
            {it: say(asked.language, "role", role=it) for it in Role},
        ),
        runs=synced,
        failed=_failed(asked, last),
        sizes=sizes_in(sizes.document) if sizes else (),
        looked=asked.page.kept.looked(course.id),
        held=store.runs.held(course.scope),
    )


def _is_wanted(it: Enrolment, role: str, section: str, who: str) -> bool:
    person = it.person
    named = f"{person.username}\n{person.given_name} {person.family_name} {person.given_name}"
    return (
        role in ("", it.role)
        and (not section or section in _sections(it))
        and (not who or who in f"{named}\n{person.email}".casefold())
    )


def _sections(it: Enrolment) -> list[str]:
    return [part for each in it.section.split(",") if (part := each.strip())]


def _since(asked: Asked, memberships: list[Membership]) -> dict[str, str]:
    """Say since when each is here now; many came at one moment."""
    spelled: dict[object, str] = {}
    found = {}
    for it in memberships:
        if it.ended_at is None:
            if it.started_at not in spelled:
                at = it.started_at.astimezone(asked.site.time_zone)
                spelled[it.started_at] = moment(at, asked.language)
            found[it.username] = spelled[it.started_at]
    return found


def _failed(asked: Asked, run: Run | None) -> list[Outcome]:
    return failures(asked.site.store.runs.outcomes(run.id))[:_FAILED] if run else []


def look(asked: Asked) -> Response:
    """Have the plan made that `roster plan` makes: sources and hub are asked, nothing changes."""
    course, kept = in_course(asked), asked.page.kept
    language, who = asked.language, asked.who

    def act(site: Site) -> str:
        planned = plan_roster(roster_ports(site, course.id), site.journal)
        kept.note(course.id, Looked(planned=planned, by=who, at=site.journal.clock.now()))
        return say(language, "looked", number=len({it.username for it in planned.changes}))

    title = say(language, "looking", course=course.title)
    return asked.send(title, f"{course.path}/roster/plan", act)


def plan(asked: Asked) -> Response:
    """Show what the last look found, as a diff, and what a guard says of it."""
    course = in_course(asked, "roster")
    looked = asked.page.kept.looked(course.id)
    kept = _kept(asked, course, looked.planned.fingerprint) if looked else None
    held = [it for it in asked.site.store.runs.held(course.scope) if looked and kept]
    return show(
        asked,
        "course/plan.html",
        course,
        looked=looked,
        people=differences(read_plan(kept.document)) if kept else (),
        waits=next((it for it in held if looked and it.plan == looked.planned.fingerprint), None),
        is_stale=kept is not None and kept.is_stale(asked.site.journal.clock.now()),
    )


def confirm(asked: Asked) -> Response:
    """Show in short what is about to be done, with the button that has it done."""
    course = in_course(asked, "roster")
    reviewed = _reviewed(asked, course)
    looked = asked.page.kept.looked(course.id)
    same = looked is not None and looked.planned.fingerprint == reviewed.fingerprint
    return show(
        asked,
        "course/confirm.html",
        course,
        plan=reviewed,
        people=differences(reviewed),
        asks=same and looked is not None and bool(looked.planned.objections),
        run=None,
    )


def apply(asked: Asked) -> Response:
    """Have this very plan applied, as `roster apply --plan` does; a guard may have it wait."""
    course = in_course(asked)
    fingerprint = _reviewed(asked, course).fingerprint
    kept, language = asked.page.kept, asked.language

    def act(site: Site) -> str:
        try:
            done = apply_roster(
                roster_ports(site, course.id), site.journal, fingerprint=fingerprint
            )
        except PlanHeldError:
            return say(language, "held")
        finally:
            kept.note(course.id, None)
        return in_words(language, done)

    title = say(language, "applying", course=course.title)
    return asked.send(title, f"{course.path}/roster", act)


def in_words(language: Language, done: RosterApplied) -> str:
    """Say what came of a plan that was applied."""
    failed = len(failures(done.outcomes))
    return say(
        language,
        "applied",
        number=len(done.outcomes) - failed,
        failed=failed,
        passwords=done.first_passwords,
    )


def _kept(asked: Asked, course: InCourse, fingerprint: str) -> KeptPlan | None:
    return asked.site.store.plans.find(fingerprint, course.scope)


def _reviewed(asked: Asked, course: InCourse) -> Plan:
    kept = _kept(asked, course, asked.parts["plan"])
    if kept is None:
        raise not_there()
    return read_plan(kept.document)


DOORS = (
    Door(path="/courses/{course}/roster", answer=roster, may=teachers),
    Door(path="/courses/{course}/roster/look", answer=look, may=teachers, method="POST"),
    Door(path="/courses/{course}/roster/plan", answer=plan, may=teachers),
    Door(path="/courses/{course}/roster/plan/{plan}", answer=confirm, may=teachers),
    Door(path="/courses/{course}/roster/plan/{plan}", answer=apply, may=teachers, method="POST"),
)

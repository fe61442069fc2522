"""What a job may do to each course, or to the assignment that just fell due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from courseops.actions.assignments.collecting import collect_assignment
from courseops.actions.assignments.grading import autograde
from courseops.actions.assignments.news import has_news, is_uncollected
from courseops.actions.assignments.receipts import place_receipts
from courseops.actions.assignments.releasing import release_due
from courseops.actions.rosters.roster import apply_roster
from courseops.model.jobs.calendar import Dates, learners_due
from courseops.model.run import Outcome
from courseops.wiring.calendar import dates_of
from courseops.wiring.collecting import collect_ports, receipt_homes
from courseops.wiring.courses import roster_ports
from courseops.wiring.deadline_snapshots import take_due, take_for
from courseops.wiring.grading import grading_ports
from courseops.wiring.jobs.errand import Errand, each, insist
from courseops.wiring.releasing import timetables

Patterns = Annotated[
    tuple[str, ...], Field(description="of assignments, by name", examples=[["hw*"]])
]


def sync(errand: Errand, course_id: str) -> str:
    """Bring a course to its roster, as `roster apply` does; what a guard refuses is held."""
    from courseops.adapters.hub.remembered import RememberedHub  # noqa: PLC0415 -- slow to load

    ports = roster_ports(errand.site, course_id)
    # The courses of one run share one reading of their hub's lists.
    hub = errand.seen.setdefault(ports.hub.name, RememberedHub(ports.hub))
    # Of a plan that is held, people are told by the job's own way, in their own time.
    mine = replace(ports, hub=hub, notifier=None)
    return insist(apply_roster(mine, errand.site.journal).outcomes)


def release(errand: Errand, course_id: str) -> str:
    """Release what the calendar wants out, unless it was released or taken back already."""
    site = errand.site
    wanted = timetables(site, course_id)
    if errand.subject:
        wanted = {name: it for name, it in wanted.items() if name == errand.subject.name}
    course = site.course(course_id).releasing
    return insist(release_due(course, site.journal, wanted).outcomes)


def collect(
    errand: Errand,
    course_id: str,
    *,
    source: Annotated[
        Literal["exchange", "homes", "snapshot", "ngshare"] | None,
        Field(description="where from; without it, as the course is configured"),
    ] = None,
    receipts: Annotated[
        bool, Field(description="put each learner's receipt into their home")
    ] = False,
    assignments: Patterns = ("*",),
) -> str:
    """Bring in the work on what fell due; by hand, on all that is past and not yet brought in."""
    due = {it.name: it for it in _fell_due(errand, course_id) if _is_wanted(it.name, assignments)}

    def bring_in(name: str) -> tuple[Outcome, ...]:
        return _collected(errand, due[name], source or "", receipts=receipts)

    return insist(each(due, bring_in))


def grade(
    errand: Errand,
    course_id: str,
    *,
    workers: Annotated[
        int, Field(ge=0, description="side by side; 0: as the course is configured")
    ] = 0,
    assignments: Patterns = ("*",),
) -> str:
    """Grade what was collected or mended since it was last graded."""
    site = errand.site
    course, runs = site.course(course_id), site.journal.runs
    names = [it.name for it in course.assignments() if it.submitted]
    if errand.subject:
        names = [name for name in names if name == errand.subject.name]
    news = [it for it in names if _is_wanted(it, assignments) and has_news(course, runs, it)]
    if not news:
        return "nothing new"
    ports = grading_ports(site, course_id)
    return insist(
        each(news, lambda name: autograde(ports, site.journal, name, workers=workers).outcomes)
    )


def keep_for_deadline(errand: Errand, course_id: str) -> str:
    """Back up the homes of whoever was just due, so that collecting can look at that moment."""
    if errand.subject is None:
        return insist(take_due(errand.site, course_id))
    due = [(it, _whose(errand, it)) for it in _fell_due(errand, course_id)]
    still = [(it, learners) for it, learners in due if learners is None or learners]
    if not still:
        return "it was moved to another time"
    return insist([one for dates, who in still for one in take_for(errand.site, dates, who)])


def _fell_due(errand: Errand, course_id: str) -> Iterator[Dates]:
    """Give the assignment that fell due; where nobody said which, all that need collecting."""
    runs, now = errand.site.journal.runs, errand.site.journal.clock.now()
    for dates in dates_of(errand.site, course_id):
        if errand.subject:
            if dates.name == errand.subject.name:
                yield dates
        elif is_uncollected(runs, dates, now):
            yield dates


def _collected(errand: Errand, dates: Dates, source: str, *, receipts: bool) -> tuple[Outcome, ...]:
    site, name = errand.site, dates.name
    learners = _whose(errand, dates)
    if learners is not None and not learners:
        return ()
    ports = collect_ports(site, dates.course_id, name, source)
    done = collect_assignment(ports, site.journal, name, students=learners or ())
    if not receipts:
        return done.outcomes
    homes = receipt_homes(site, dates.course_id)
    placed = place_receipts(ports, homes.placer, homes.volume_of, site.journal, done)
    return (*done.outcomes, *(it for it in placed if it.kind == "no-receipt"))


def _whose(errand: Errand, dates: Dates) -> list[str] | None:
    """Name the learners whose own deadline it was, None for the class; nobody if it was moved."""
    if errand.subject is None or not errand.subject.is_own or errand.due_at is None:
        return None
    return learners_due(errand.job, dates, errand.due_at)


def _is_wanted(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)

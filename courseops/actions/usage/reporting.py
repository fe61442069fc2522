"""Report what was used on hubs and in courses; changes nothing and asks no hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from courseops.actions.assignments.overview import FEEDBACK, scope_of
from courseops.actions.assignments.standings import WhoFetched, course_status
from courseops.actions.journal import Journal
from courseops.actions.looking import note_look
from courseops.model.assignments.assignment import State
from courseops.model.assignments.matrix import MatrixCell, Step
from courseops.model.backups.freshness import Freshness
from courseops.model.roster import Person
from courseops.model.run import Status
from courseops.model.usage.counting import Counting
from courseops.model.usage.discretion import discreet
from courseops.model.usage.forecast import USUAL, Assumptions
from courseops.model.usage.records import CourseRecords, HubRecords
from courseops.model.usage.report import AssignmentProgress, BackupFigures, Learner, UsageReport
from courseops.model.usage.seen import Window
from courseops.ports.course import Course, Gradebook
from courseops.ports.records import Enrolments, Runs, Usage

NAMES = "usage with names"
_NOT_SUBMITTED = (Step.NOT_RELEASED, Step.NOT_FETCHED, Step.NOT_SUBMITTED)
_GRADED = (Step.GRADED, Step.BY_HAND)


@dataclass(frozen=True, kw_only=True)
class ReportedCourse:
    """A course that a report speaks of."""

    course_id: str
    title: str
    hub: str


@dataclass(frozen=True, kw_only=True)
class ReportRequest:
    """
    What a report should cover.

    Without `hubs` it speaks of its one course alone. `progress` gives the assignments of a
    course, as far as they are known, `notes` what could not be found out, and `backups` how
    those of the hubs stand. `next_people` says how many there will be next, None as many as now.
    """

    site: str
    title: str
    window: Window
    zone: tzinfo
    hubs: Sequence[str]
    courses: Sequence[ReportedCourse]
    progress: Mapping[str, tuple[AssignmentProgress, ...]]
    notes: tuple[str, ...] = ()
    backups: Sequence[Freshness] = ()
    next_people: int | None = None
    assumed: Assumptions = USUAL


def usage_report(
    request: ReportRequest, usage: Usage, enrolments: Enrolments, journal: Journal
) -> UsageReport:
    """
    Report what was used in a window; changes nothing and asks no hub.

    Nobody is named, and no number tells of fewer than five people.
    """
    return discreet(_whole_report(request, usage, enrolments, journal))


def named_report(
    request: ReportRequest, usage: Usage, enrolments: Enrolments, journal: Journal
) -> UsageReport:
    """
    Report on courses for their own teachers: with names, and every number as it is.

    Whether it may be asked for is the caller's to say. That it was is written down first, by
    course.
    """
    made = _whole_report(request, usage, enrolments, journal)
    for course in request.courses:
        note_look(journal, f"course/{course.course_id}", NAMES)
    return replace(made, names_shown=True)


def _whole_report(
    request: ReportRequest, usage: Usage, enrolments: Enrolments, journal: Journal
) -> UsageReport:
    counting = counting_of(request, usage, enrolments)
    window = counting.window
    return UsageReport(
        site=request.site,
        title=request.title,
        made_at=journal.clock.now().astimezone(request.zone),
        notes=request.notes,
        since=window.since,
        until=window.until,
        figures=counting.figures(counting.whole),
        running=counting.running(counting.whole),
        observed=tuple(counting.observation(name) for name in counting.records),
        hubs=tuple(counting.hub(name) for name in request.hubs),
        courses=tuple(counting.course(course) for course in counting.courses),
        backups=tuple(_backups(it, request.zone) for it in request.backups),
        needs=counting.needs(counting.whole),
    )


def counting_of(request: ReportRequest, usage: Usage, enrolments: Enrolments) -> Counting:
    """Read what was seen in a window, and get ready to count it."""
    window = request.window.as_in(request.zone)
    names = {*request.hubs, *(course.hub for course in request.courses)}
    return Counting(
        window=window,
        zone=request.zone,
        records={name: _seen_on(name, usage, window) for name in sorted(names)},
        courses=[_records_of(course, enrolments, request) for course in request.courses],
        hubs=request.hubs,
        next_people=request.next_people,
        assumed=request.assumed,
    )


def _backups(found: Freshness, zone: tzinfo) -> BackupFigures:
    oldest, proven = found.oldest_at, found.drilled_at
    return BackupFigures(
        hub=found.hub,
        homes=found.homes,
        good=found.homes - len(found.stale),
        oldest_at=oldest and oldest.astimezone(zone),
        proven_at=proven and proven.astimezone(zone),
    )


def assignment_progress(
    course: Course, gradebook: Gradebook, runs: Runs, who_fetched: WhoFetched | None = None
) -> tuple[AssignmentProgress, ...]:
    """Count how many learners came how far with each assignment that was released."""
    is_known: list[bool] = []

    def fetched(
        names: Sequence[str], usernames: Sequence[str]
    ) -> Mapping[str, frozenset[str]] | None:
        found = who_fetched(names, usernames) if who_fetched else None
        is_known.append(found is not None)
        return found

    released = {it.name for it in course.assignments(counting=False) if it.state is State.RELEASED}
    matrix = course_status(course, gradebook, runs, fetched).matrix
    people = {it.username: it for it in gradebook.students().values()}
    progress = []
    for number, counts in enumerate(matrix.assignments):
        if counts.name not in released:
            continue
        cells = {row.username: row.cells[number] for row in matrix.learners}
        feedback = runs.latest_outcomes(FEEDBACK, scope_of(course.course_id, counts.name))
        returned = sum(it.status is Status.DONE for it in feedback.values())
        progress.append(
            _progress_of(counts.name, cells, people, returned, knows_fetched=is_known[-1])
        )
    return tuple(progress)


def _progress_of(
    name: str,
    cells: Mapping[str, MatrixCell],
    people: Mapping[str, Person],
    returned: int,
    *,
    knows_fetched: bool,
) -> AssignmentProgress:
    def named(steps: Sequence[Step]) -> tuple[Learner, ...]:
        return tuple(
            Learner(username=who, name=full_name(people[who]) if who in people else "")
            for who, cell in cells.items()
            if cell.step in steps
        )

    missing, unfetched = named(_NOT_SUBMITTED), named([Step.NOT_FETCHED])
    graded = sum(it.step in _GRADED for it in cells.values())
    return AssignmentProgress(
        name=name,
        learners=len(cells),
        fetched=len(cells) - len(unfetched) if knows_fetched else None,
        submitted=len(cells) - len(missing),
        graded=graded,
        returned=min(returned, graded),
        not_submitted=len(missing),
        who_not_fetched=unfetched,
        who_not_submitted=missing,
    )


def _seen_on(hub: str, usage: Usage, window: Window) -> HubRecords:
    since, until = window.since, window.until
    return HubRecords(
        hub=hub,
        samples=usage.samples(hub, since, until),
        sessions=usage.ran(hub, since, until),
        activities=usage.active(hub, since, until),
        sizes=usage.edge_sizes(hub, since, until),
        starts=usage.starts(hub, since, until),
    )


def _records_of(
    course: ReportedCourse, enrolments: Enrolments, request: ReportRequest
) -> CourseRecords:
    return CourseRecords(
        course_id=course.course_id,
        title=course.title,
        hub=course.hub,
        memberships=enrolments.memberships(course.course_id),
        assignments=request.progress.get(course.course_id, ()),
        names={
            it.person.username: full_name(it.person)
            for it in [*enrolments.ended(course.course_id), *enrolments.active(course.course_id)]
        },
    )


def full_name(person: Person) -> str:
    """Spell somebody's name as their source gives it; empty where it gives none."""
    return f"{person.given_name} {person.family_name}".strip()

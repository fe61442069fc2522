"""Report what was used on hubs and in courses; changes nothing and asks no hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from courseops.actions.assignments.overview import FEEDBACK, assignment_status, scope_of
from courseops.actions.journal import Journal
from courseops.model.assignments.assignment import State
from courseops.model.assignments.grade import Standing
from courseops.model.backups.freshness import Freshness
from courseops.model.run import Status
from courseops.model.usage.counting import Counting, CourseRecords, HubRecords
from courseops.model.usage.report import AssignmentProgress, BackupFigures, Figures, UsageReport
from courseops.model.usage.seen import Account, Window
from courseops.ports.course import Course, Gradebook
from courseops.ports.records import Enrolments, Runs, Usage


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

    Without `hubs` it speaks of its one course alone. `storage` gives the size of homes in
    bytes, `progress` the assignments of a course, as far as they are known, `notes` what
    could not be found out, and `backups` how those of the hubs stand.
    """

    site: str
    title: str
    window: Window
    zone: tzinfo
    hubs: Sequence[str]
    courses: Sequence[ReportedCourse]
    storage: Mapping[Account, int]
    progress: Mapping[str, tuple[AssignmentProgress, ...]]
    notes: tuple[str, ...] = ()
    backups: Sequence[Freshness] = ()


def usage_report(
    request: ReportRequest, usage: Usage, enrolments: Enrolments, journal: Journal
) -> UsageReport:
    """Report what was used in a window; changes nothing and asks no hub."""
    names = {*request.hubs, *(course.hub for course in request.courses)}
    records = {name: _seen_on(name, usage, request.window) for name in sorted(names)}
    counting = Counting.of(records.values(), request.window, request.zone, request.storage)
    courses = [_records_of(course, enrolments, request) for course in request.courses]
    figures, shown = _whole(request, counting, records, courses)
    return UsageReport(
        site=request.site,
        title=request.title,
        made_at=journal.clock.now().astimezone(request.zone),
        notes=request.notes,
        since=counting.window.since,
        until=counting.window.until,
        figures=figures,
        running=counting.running(shown),
        observed=tuple(counting.observation(hub) for hub in records.values()),
        hubs=tuple(counting.hub(records[name]) for name in request.hubs),
        courses=tuple(counting.course(course, records[course.hub]) for course in courses),
        backups=tuple(_backups(it, request.zone) for it in request.backups),
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
    course: Course, gradebook: Gradebook, runs: Runs
) -> tuple[AssignmentProgress, ...]:
    """Count how many learners came how far with each assignment that was released."""
    released = [it.name for it in course.assignments() if it.state is State.RELEASED]
    return tuple(_progress_of(course, gradebook, runs, name) for name in released)


def _progress_of(course: Course, gradebook: Gradebook, runs: Runs, name: str) -> AssignmentProgress:
    learners = assignment_status(course, gradebook, runs, name).learners
    feedback = runs.latest_outcomes(FEEDBACK, scope_of(course.course_id, name))
    return AssignmentProgress(
        name=name,
        learners=len(learners),
        submitted=sum(it.standing is not Standing.NOT_SUBMITTED for it in learners),
        graded=sum(it.standing is Standing.GRADED for it in learners),
        returned=sum(outcome.status is Status.DONE for outcome in feedback.values()),
    )


def _seen_on(hub: str, usage: Usage, window: Window) -> HubRecords:
    return HubRecords(
        hub=hub,
        samples=usage.samples(hub, window.since, window.until),
        sessions=usage.sessions(hub, window.since, window.until),
        activities=usage.activities(hub, window.since, window.until),
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
    )


def _whole(
    request: ReportRequest,
    counting: Counting,
    records: Mapping[str, HubRecords],
    courses: Sequence[CourseRecords],
) -> tuple[Figures, list[HubRecords]]:
    """Count the whole: everyone on the hubs, or the learners of the one course."""
    if request.hubs:
        shown = [records[name] for name in request.hubs]
        accounts = [hub.accounts for hub in shown]
        return counting.figures(shown, sum(count or 0 for count in accounts)), shown
    learners = [records[course.hub].of(course.learners(counting.window)) for course in courses]
    usernames = {
        (course.hub, membership.username)
        for course in courses
        for membership in course.learners(counting.window)
    }
    return counting.figures(learners, len(usernames)), learners

"""Samples and the usage report: hubs, courses, and what could not be seen."""

from dataclasses import replace
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.actions.assignments.overview import FEEDBACK, scope_of
from courseops.actions.usage.reporting import (
    ReportedCourse,
    ReportRequest,
    assignment_progress,
    named_report,
    usage_report,
)
from courseops.actions.usage.sampling import take_usage_sample
from courseops.adapters.memory.gradebook import MemoryGradebook
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.memory.usage import MemoryUsage
from courseops.errors import UnreachableError
from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.work import Work
from courseops.model.hub import ActiveUsers, HubUser, RunningServer
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Ending, Outcome, Run
from courseops.model.usage.report import AssignmentProgress, Learner
from courseops.model.usage.seen import HomeSize, Window
from courseops.model.usage.starts import StartCounts
from tests.support.usage import DAY, HOUR, MONDAY, journal, month_report

PYTHON = ReportedCourse(course_id="python101", title="Python", hub="campus")


class OneHub:
    """A hub whose servers, accounts and mood a test decides."""

    name = "campus"

    def __init__(self):
        self.servers, self.accounts = [], []
        self.away = False
        self.accounts_read = 0

    def running_servers(self):
        if self.away:
            raise UnreachableError("the hub campus did not answer")
        return self.servers

    def active_users(self, since):
        self.accounts_read += 1
        self.asked_since = since
        return ActiveUsers(accounts=len(self.accounts), users=tuple(self.accounts))


@pytest.fixture
def hub():
    return OneHub()


@pytest.fixture
def usage():
    return MemoryUsage()


@pytest.fixture
def request_():
    return ReportRequest(
        site="École du Lac",
        title="All hubs",
        window=Window(since=MONDAY, until=MONDAY + DAY),
        zone=UTC,
        hubs=("campus",),
        courses=(PYTHON,),
        progress={},
    )


def watch(hub, usage, since, until, every=timedelta(minutes=10)):
    at = since
    while at <= until:
        take_usage_sample(hub, usage, journal(at))
        at += every


def test_servers_are_seen_each_time_and_activity_is_asked_for_after_each_midnight(hub, usage):
    paris = ZoneInfo("Europe/Paris")
    seen = []
    for hours in range(49):
        sample = take_usage_sample(hub, usage, journal(MONDAY + hours * HOUR), paris)
        seen += [hours] if sample.accounts is not None else []

    assert len(usage.samples("campus", MONDAY, MONDAY + 2 * DAY)) == 49
    # Midnight in Paris is at 23:00 in Greenwich.
    assert seen == [0, 23, 47]
    assert MONDAY + 22 * HOUR <= hub.asked_since < MONDAY + 23 * HOUR


def test_where_the_hub_is_away_at_midnight_activity_is_asked_for_when_it_is_back(hub, usage):
    take_usage_sample(hub, usage, journal(MONDAY))
    hub.away = True
    with pytest.raises(UnreachableError):
        take_usage_sample(hub, usage, journal(MONDAY + DAY))
    hub.away = False

    assert take_usage_sample(hub, usage, journal(MONDAY + DAY + HOUR)).accounts == 0


def test_a_hub_that_does_not_answer_is_kept_as_unseen(hub, usage):
    hub.away = True
    with pytest.raises(UnreachableError):
        take_usage_sample(hub, usage, journal(MONDAY))

    (sample,) = usage.samples("campus", MONDAY, MONDAY)
    assert not sample.ok


def test_a_course_counts_its_learners_while_they_belong_to_it(hub, usage, request_):
    enrolments = enrolled("ada", "bob", prof=Role.INSTRUCTOR)
    enrolments.drop("python101", ["bob"], MONDAY + 2 * HOUR)
    hub.servers = [server("ada", 1), server("prof", 1), server("guest", 1)]
    watch(hub, usage, MONDAY + HOUR, MONDAY + 3 * HOUR)
    hub.servers = [server("bob", 5)]
    watch(hub, usage, MONDAY + 5 * HOUR, MONDAY + 6 * HOUR)

    report = named_report(request_, usage, enrolments, journal(MONDAY + DAY))
    (course,) = report.courses
    assert (course.figures.active, course.figures.people) == (1, 2)
    assert course.figures.hours == pytest.approx(2 + 5 / 60)
    assert course.figures.peak.servers == 1
    (campus,) = report.hubs
    assert campus.figures.active == 4
    assert campus.figures.peak.servers == 3
    assert campus.figures.hours == pytest.approx(3 * (2 + 5 / 60) + 1 + 5 / 60)


def enrolled(*learners, **others):
    enrolments = MemoryEnrolments()
    for name, role in {**dict.fromkeys(learners, Role.LEARNER), **others}.items():
        person = Person(id=name, username=name)
        enrolments.enrol("python101", [Enrolment(person=person, role=role)], MONDAY - DAY)
    return enrolments


def server(username, hour):
    return RunningServer(username=username, server="", started_at=MONDAY + hour * HOUR)


def test_a_learner_seen_only_by_activity_is_active(hub, usage, request_):
    hub.accounts = [HubUser(name="ada", last_activity_at=MONDAY + HOUR), HubUser(name="bob")]
    watch(hub, usage, MONDAY + 2 * HOUR, MONDAY + 2 * HOUR)

    report = named_report(request_, usage, enrolled("ada", "bob"), journal(MONDAY + DAY))
    (course,) = report.courses
    assert (course.figures.active, course.figures.people, course.figures.sessions) == (1, 2, 0)
    assert report.figures.people == 2


def test_a_report_on_one_course_speaks_of_its_learners_alone(hub, usage, request_):
    hub.servers = [server("ada", 1), server("guest", 1)]
    watch(hub, usage, MONDAY + HOUR, MONDAY + 3 * HOUR)

    alone = replace(request_, hubs=())
    report = named_report(alone, usage, enrolled("ada"), journal(MONDAY + DAY))
    assert report.hubs == ()
    assert report.figures == report.courses[0].figures
    assert max(point.running or 0 for point in report.running) == 1


def test_a_report_says_how_much_of_the_time_was_observed(hub, usage, request_):
    watch(hub, usage, MONDAY, MONDAY + 12 * HOUR)

    report = named_report(request_, usage, enrolled(), journal(MONDAY + DAY))
    assert report.observed_percent == pytest.approx(100 * (12 + 1 / 6) / 24)
    (watched,) = report.observed
    assert watched.gaps[0].until == MONDAY + DAY


def test_a_hub_that_was_never_seen_is_reported_as_such(usage, request_):
    report = named_report(request_, usage, enrolled("ada"), journal(MONDAY + DAY))

    assert report.observed_percent == 0
    assert report.figures.active == 0


def test_a_site_without_hubs_has_a_report_of_nothing(usage, request_):
    request = replace(request_, hubs=(), courses=())
    report = named_report(request, usage, enrolled(), journal(MONDAY + DAY))

    assert (report.figures.active, report.figures.hours) == (0, 0)


def test_storage_is_counted_for_the_homes_whose_size_a_backup_found(usage, request_):
    sizes = {"ada": (100, 250), "bob": (300, 300), "prof": (5000, 5000)}
    for number, at in enumerate([MONDAY - 7 * DAY, MONDAY + HOUR]):
        usage.note_sizes(
            [
                HomeSize(hub="campus", username=who, at=at, size_bytes=size[number], files=1)
                for who, size in sizes.items()
            ]
        )
    week = replace(request_, window=Window(since=MONDAY, until=MONDAY + 7 * DAY))

    report = named_report(week, usage, enrolled("ada", "bob", "cyd"), journal(MONDAY + DAY))
    assert report.hubs[0].storage.total_bytes == 5550
    space = report.courses[0].storage
    assert (space.homes, space.total_bytes, space.largest_bytes) == (2, 550, 300)
    assert (space.median_bytes, space.p95_bytes, space.growth_bytes) == (250, 300, 150)


def test_what_the_next_session_needs_grows_with_who_is_expected(hub, usage, request_):
    names = [f"learner{n}" for n in range(20)]
    hub.servers = [server(name, 1) for name in names[:10]]
    watch(hub, usage, MONDAY + HOUR, MONDAY + 3 * HOUR)
    alone = replace(request_, hubs=())
    enrolments = enrolled(*names)

    now = usage_report(alone, usage, enrolments, journal(MONDAY + DAY)).needs
    assert (now.people, now.servers.value, now.share_percent.value) == (20, 10, 50)
    assert now.memory_bytes.value == 10 * 2e9 * 1.2 + 0.5e9
    twice = replace(alone, next_people=40)
    then = usage_report(twice, usage, enrolments, journal(MONDAY + DAY))
    assert (then.needs.people, then.needs.servers.value) == (40, 20)
    assert then.courses[0].needs == then.needs


def test_names_are_shown_only_where_asked_for_and_then_it_is_on_record(usage, request_):
    progress = AssignmentProgress(
        name="hw1",
        learners=2,
        submitted=1,
        not_submitted=1,
        who_not_submitted=(Learner(username="bob"),),
    )
    alone = replace(request_, hubs=(), progress={"python101": (progress,)})
    people, kept = enrolled("ada", "bob"), journal(MONDAY + DAY)

    counted = usage_report(alone, usage, people, kept)
    assert kept.runs.recent() == []
    (course,) = counted.courses
    assert (course.not_started, course.who_not_started) == (None, ())
    assert course.assignments[0].who_not_submitted == ()

    named = named_report(alone, usage, people, kept)
    (course,) = named.courses
    assert named.names_shown
    assert [it.username for it in course.who_not_started] == ["ada", "bob"]
    assert course.assignments == (progress,)
    (look,) = kept.runs.recent()
    (record,) = kept.runs.audit_of(look.id)
    assert (record.subject, record.actor) == ("course/python101", kept.actor)


def test_starts_and_failures_are_those_that_the_hub_counted(usage, request_):
    usage.add_starts("campus", MONDAY, StartCounts(started=40, failed=6, waits={5.0: 40}))

    starts = usage_report(request_, usage, enrolled(), journal(MONDAY + DAY)).hubs[0].starts
    assert (starts.started, starts.failed, starts.p95_seconds) == (40, 6, 4.75)


def test_times_are_those_of_the_schools_clocks(hub, usage, request_):
    watch(hub, usage, MONDAY, MONDAY + 2 * HOUR)
    in_paris = replace(request_, zone=ZoneInfo("Europe/Paris"))
    watched = named_report(in_paris, usage, enrolled(), journal(MONDAY + DAY)).observed[0]
    assert watched.gaps[0].since.utcoffset() == HOUR

    report = month_report(days=2)

    assert report.since.isoformat() == "2026-03-02T01:00:00+01:00"
    assert report.figures.peak.at.utcoffset() == HOUR


class OneCourse:
    """A course with one draft and one released assignment, and work from some learners."""

    course_id = "python101"

    def assignments(self, *_, **__):
        return [
            Assignment(name="hw1", state=State.RELEASED),
            Assignment(name="hw2", state=State.DRAFT),
        ]

    def works(self, names):
        graded, waiting = (
            Work(graded=it, ever_graded=it, late_seconds=0.0) for it in (True, False)
        )
        work = {"ada": graded, "bob": graded, "cyd": waiting}
        return {name: work if name == "hw1" else {} for name in names}


@pytest.mark.parametrize(
    ("who_fetched", "fetched"),
    [
        (None, None),
        (lambda *_: None, None),
        (lambda names, _: {it: frozenset({"ada", "eve"}) for it in names}, 4),
    ],
)
def test_progress_counts_everyone_on_the_roster_in_what_was_released(who_fetched, fetched):
    gradebook, runs = MemoryGradebook(), journal(MONDAY).runs
    gradebook.put_students(
        [
            Person(id=n, username=n, given_name=n.title())
            for n in ("ada", "bob", "cyd", "dan", "eve")
        ]
    )
    runs.start(feedback := run_of(FEEDBACK))
    runs.note(feedback.id, [Outcome.done("ada"), Outcome.failed("bob", "no work")])

    (hw1,) = assignment_progress(OneCourse(), gradebook, runs, who_fetched)
    # Who submitted has fetched it, whatever became of the folder since.
    assert (hw1.learners, hw1.fetched, hw1.submitted) == (5, fetched, 3)
    assert (hw1.graded, hw1.returned, hw1.not_submitted) == (2, 1, 2)
    assert [(it.username, it.name) for it in hw1.who_not_submitted] == [
        ("dan", "Dan"),
        ("eve", "Eve"),
    ]


def run_of(action):
    scope = scope_of("python101", "hw1")
    return Run(id="one", action=action, scope=scope, actor="ada", started_at=MONDAY)


def test_a_failed_sample_leaves_a_run_and_the_next_good_one_ends_the_trouble(hub, usage):
    kept = journal(MONDAY)
    hub.away = True
    with pytest.raises(UnreachableError):
        take_usage_sample(hub, usage, kept)
    hub.away = False
    for _ in range(2):
        take_usage_sample(hub, usage, kept)
    assert [run.ending for run in kept.runs.recent()] == [Ending.DONE, Ending.FAILED]

"""What waits for whom, on the first page."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.errors import CourseOpsError
from courseops.model.assignments.assignment import Assignment, State
from courseops.model.assignments.candidate import Source
from courseops.model.assignments.class_matrix import ClassMatrix, Mark, Sums
from courseops.model.assignments.manifest import Collected
from courseops.model.hub import RunningServer
from courseops.model.jobs.standing import Standing
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Ending, Outcome, Run
from courseops.model.usage.seen import Sample
from courseops.web.memory.errands import SilentProgress
from courseops.web.memory.kept import Kept
from courseops.wiring.status import standing_note
from tests.support.pages import CONFIG, GRADER, OPERATOR, TEACHER, browser_of, page_in

MORE = """
[hubs.campus.backup]
repository = "repository"
password = {env = "PAGE_TOKEN"}
[courses.stats]
hub = "campus"
title = "Statistics"
[hubs.far]
url = "http://127.0.0.1:10/"
token = {env = "PAGE_TOKEN"}
[hubs.far.backup]
repository = "elsewhere"
password = {env = "PAGE_TOKEN"}
[courses.abroad]
hub = "far"
title = "Far away"
"""
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def assignment(name, days, **more):
    due_at = NOW + days * DAY + timedelta(minutes=30)
    return Assignment(name=name, due_at=due_at, **{"state": State.RELEASED, **more})


ASSIGNMENTS = [
    assignment("old", -9),
    assignment("hw1", -2),
    assignment("hw2", 1),
    assignment("later", 9, state=State.DRAFT),
]
MARKS = {
    "old": {Mark.GRADED: 5},
    "hw1": {Mark.QUARANTINED: 1, Mark.SUBMITTED: 4, Mark.BY_HAND: 3},
    "hw2": {Mark.SUBMITTED: 3},
}


def class_of(assignments):
    sums = [
        Sums(
            assignment=it,
            marks=dict.fromkeys(Mark, 0) | MARKS.get(it.name, {}),
            late=0,
            extended=0,
            learners=9,
        )
        for it in assignments
    ]
    return ClassMatrix(course_id="python101", read_at=NOW, sums=tuple(sums), rows=())


@pytest.fixture
def page(tmp_path, monkeypatch):
    # What nbgrader says takes seconds to start.
    monkeypatch.setattr(NbgraderCourse, "assignments", lambda *_, **__: list(ASSIGNMENTS))
    monkeypatch.setattr(Kept, "matrix", lambda *_: class_of(ASSIGNMENTS))
    where = 'folder = "course"\nformgrader = "/user/{username}/formgrader"\ntitle = '
    config = CONFIG.replace("title = ", where)
    with page_in(tmp_path, monkeypatch, config + MORE) as page:
        yield page


@pytest.fixture
def site(page):
    with closing(page.open_site("ada", SilentProgress())) as site:
        yield site


def enrol(site, course, **roles):
    people = [
        Enrolment(person=Person(id=who, username=who), role=role) for who, role in roles.items()
    ]
    site.store.enrolments.enrol(course, people, NOW)


def ran(site, run_id, action, scope, *outcomes, ending=Ending.DONE, error="", **more):
    run = Run(id=run_id, action=action, scope=scope, actor="ada", started_at=NOW, **more)
    site.store.runs.start(run)
    site.store.runs.note(run_id, outcomes)
    if ending is not Ending.RUNNING:
        site.store.runs.end(run_id, ending, NOW, error)


def collected(learner, folder, fingerprint):
    return Collected(
        learner=learner,
        folder=folder,
        source=Source.EXCHANGE,
        place=f"{learner}+{folder}",
        stamp=folder,
        digest="d",
        submitted_at=NOW - 3 * DAY,
        collected_at=NOW - DAY,
        fingerprint=fingerprint,
    )


def test_a_teacher_sees_what_waits_in_their_courses(page, site):
    ran(site, "plan", "roster-apply", "course/python101", ending=Ending.HELD, error="12 leave")
    ran(site, "other-plan", "roster-apply", "course/stats", ending=Ending.HELD)
    shown = browser_of(page, "tina", TEACHER).open("/")
    assert page.link("/courses/python101/held/plan") in shown
    assert "12 leave" in shown
    assert "hw1: 1 submission is in quarantine" in shown
    assert "hw1: 4 submissions have no grade yet" in shown
    assert "hw1: 3 submissions wait for points by hand" in shown
    assert page.link("/courses/python101/quarantine/hw1") in shown
    # What is not yet due waits for nobody but learners.
    assert "hw2: 3" not in shown
    assert "hw2 is due" in shown
    assert "not released yet" in shown
    for foreign in ("stats", "Statistics", "other-plan", "abroad", "What needs you on the hub"):
        assert foreign not in shown


def test_a_grader_decides_no_plans(page, site):
    ran(site, "plan", "roster-apply", "course/python101", ending=Ending.HELD)
    shown = browser_of(page, "greta", GRADER).open("/")
    assert "/held/" not in shown
    assert "hw1: 3 submissions wait for points by hand" in shown
    assert 'href="/user/greta/formgrader/gradebook/hw1"' in shown


def test_a_course_that_cannot_be_read_says_so_and_the_others_are_there(page, monkeypatch):
    def fail(*_, **__):
        raise CourseOpsError("the gradebook is away")

    monkeypatch.setattr(Kept, "matrix", fail)
    shown = browser_of(page, "tina", TEACHER).open("/")
    assert "the gradebook is away" in shown
    assert "Nothing waits for you" not in shown


def test_nothing_that_waits_is_a_kind_word(page, monkeypatch):
    monkeypatch.setattr(Kept, "matrix", lambda *_: class_of([]))
    assert "Nothing waits for you here" in browser_of(page, "tina", TEACHER).open("/")
    assert "the hub is well" in browser_of(page, "olga", OPERATOR).open("/")
    assert "You are in no course yet" in browser_of(page, "new").open("/")


def test_an_operator_sees_what_ails_their_hub_and_no_other(page, site):
    failed = Outcome.failed("lea", "no room")
    ran(site, "here", "backup-run", "hub/campus", failed, ending=Ending.INCOMPLETE)
    ran(site, "there", "backup-run", "hub/far", failed, ending=Ending.INCOMPLETE)
    ran(site, "sync", "roster-apply", "course/abroad", ending=Ending.FAILED, error="abroad is away")
    ran(site, "live", "backup-check", "hub/campus", ending=Ending.RUNNING)
    site.store.copies.assign("campus", {"lea": 0})
    shown = browser_of(page, "olga", OPERATOR).open("/")
    assert page.link("/runs/here") in shown
    assert page.link("/runs/live") in shown
    assert "1 of 1 homes have no good copy" in shown
    for foreign in ("/runs/there", "/runs/sync", "abroad", "hub/far"):
        assert foreign not in shown
    assert "What needs you on the hub" not in browser_of(page, "tina", TEACHER).open("/")


def test_the_daemon_is_told_of_without_jobs_of_other_hubs(page, site):
    coming = {"nightly-backup": NOW - DAY, "far-away": NOW - DAY}
    standing_note(site).leave(Standing(beat_at=NOW - DAY, coming=coming))
    shown = browser_of(page, "olga", OPERATOR).open("/")
    assert "nightly-backup" in shown
    assert "far-away" not in shown


def test_a_learner_sees_their_own_work_and_nobody_elses(page, site):
    enrol(site, "python101", lea=Role.LEARNER, leo=Role.LEARNER)
    enrol(site, "abroad", lea=Role.LEARNER)
    enrol(site, "stats", tina=Role.INSTRUCTOR)
    record = site.store.collections
    record.add("python101", "hw1", [collected("lea", "a", "f1"), collected("lea", "b", "f2")])
    record.add("python101", "hw1", [collected("leo", "c", "f3")])
    record.extend("python101", "hw2", "lea", NOW + 5 * DAY, NOW)
    ran(site, "back", "assignment-feedback", "course/python101/hw1", Outcome.done("lea"))
    site.store.copies.assign("campus", {"lea": 0})
    site.store.copies.note_good("campus", ["lea"], NOW - timedelta(hours=7), "run")
    shown = browser_of(page, "lea").open("/")
    assert "Python for &lt;beginners&gt;" in shown
    assert "Handed in 2 times" in shown
    assert ">f1<" in shown
    assert ">f2<" in shown
    assert "feedback is there" in shown
    assert "you were given more time" in shown
    assert "nothing received" in shown
    assert "7 hours ago" in shown
    # Neither what others handed in, nor what is not released, nor another hub's courses.
    for foreign in (">f3<", "later", "Far away", "Statistics", "in quarantine"):
        assert foreign not in shown
    other = browser_of(page, "leo").open("/")
    assert ">f3<" in other
    assert "f1" not in other
    assert "more time" not in other
    assert "There is no copy of your files yet" in other


def test_a_learner_sees_their_own_hours_and_nobody_is_noted_to_have_looked(page, site):
    enrol(site, "python101", lea=Role.LEARNER, leo=Role.LEARNER)
    began = NOW - timedelta(hours=6)
    server = RunningServer(username="lea", server="", started_at=began, last_activity_at=NOW)
    for minutes in (20, 15, 10, 5):
        at = NOW - timedelta(minutes=minutes)
        site.store.usage.add_sample(Sample(hub="campus", taken_at=at, running=1), [server], ())
    assert "Your server ran" in browser_of(page, "lea").open("/")
    assert "Your server ran" not in browser_of(page, "leo").open("/")
    assert site.store.runs.recent() == []


def test_what_a_learner_reads_is_in_their_language(page, site):
    enrol(site, "python101", lea=Role.LEARNER)
    shown = browser_of(page, "lea", language="fr").open("/")
    assert "Ce que vous avez rendu" in shown
    assert "Il n’y a pas encore de copie" in shown

"""One person's use of a hub is shown with their courses, and it is on record who looked."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from courseops.actions.looking import LOOK
from courseops.actions.people.showing import ShownCourse, ShowPorts, show_learner
from courseops.adapters.memory.copies import MemoryCopies
from courseops.adapters.memory.people import MemoryAccountUsage
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.memory.usage import MemoryUsage
from courseops.model.assignments.matrix import AssignmentCounts, Matrix, MatrixCell, MatrixRow, Step
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.usage.seen import HomeSize, Sample, Session, Window
from tests.support.people import AT

DAY = timedelta(days=1)
WINDOW = Window(since=AT, until=AT + 7 * DAY)
CELL = MatrixCell(step=Step.GRADED, points=7.5)
MATRIX = Matrix(
    assignments=(AssignmentCounts(name="hw1", learners=1, counts={}),),
    learners=(MatrixRow(username="ada", cells=(CELL,)),),
)


@pytest.fixture
def ports(clock):
    usage, enrolments, copies = MemoryUsage(), MemoryEnrolments(), MemoryCopies()
    for course_id in ("py", "lab", "never"):
        who = "ada" if course_id != "never" else "bob"
        person = Person(id=f"id-{who}", username=who)
        enrolments.enrol(course_id, [Enrolment(person=person, role=Role.LEARNER)], AT - 30 * DAY)
    enrolments.enrol("gone", [Enrolment(person=Person(id="id-ada", username="ada"))], AT - 90 * DAY)
    enrolments.drop("gone", ["id-ada"], AT - 60 * DAY)
    enrolments.drop("lab", ["id-ada"], AT + DAY)
    named = {"hub": "campus", "username": "ada"}
    usage.add_sample(Sample(hub="campus", taken_at=AT), [], [])
    usage.add_sessions(
        [Session(server="", started_at=AT, last_seen_at=AT + timedelta(hours=2), **named)]
    )
    usage.note_sizes([HomeSize(at=AT, size_bytes=5, files=1, **named)])
    usage.note_sizes([HomeSize(at=AT + DAY, size_bytes=9, files=2, **named)])
    copies.note_good("campus", ["ada"], AT, "run")
    return ShowPorts(
        hub="campus",
        courses=[
            ShownCourse(course_id=it, title=it.upper()) for it in ("py", "lab", "never", "gone")
        ],
        usage=usage,
        accounts=MemoryAccountUsage(usage),
        enrolments=enrolments,
        copies=copies,
        standings=lambda it: (MATRIX, "") if it == "py" else (None, "its gradebook is locked"),
        zone=ZoneInfo("Europe/Paris"),
    )


def looks(journal):
    runs = journal.runs.recent(action=LOOK, scope="hub/campus")
    return [it for run in runs for it in journal.runs.audit_of(run.id)]


def test_it_has_hours_home_backup_and_the_courses_of_that_time(ports, journal):
    made = show_learner(ports, journal, "ada", WINDOW)

    assert 2 < made.hours < 2.1
    assert made.home.size_bytes == 9
    assert made.backed_up_at == AT
    assert [(it.course_id, it.left_at) for it in made.courses] == [("py", None), ("lab", AT + DAY)]
    (hw1,) = made.courses[0].assignments
    assert (hw1.name, hw1.cell) == ("hw1", CELL)
    assert made.courses[1].assignments is None
    assert made.notes == ("the assignments of lab could not be read: its gradebook is locked",)
    assert str(made.since.tzinfo) == "Europe/Paris"


def test_the_staff_of_a_course_see_no_other_course(ports, journal):
    made = show_learner(ports, journal, "ada", WINDOW).only(["py"])

    assert [it.course_id for it in made.courses] == ["py"]


def test_that_it_was_looked_at_is_on_record_but_for_ones_own(ports, journal):
    show_learner(ports, journal, "ada", WINDOW, is_own=True)
    assert looks(journal) == []

    show_learner(ports, journal, "ada", WINDOW)

    assert [(it.actor, it.subject, it.change) for it in looks(journal)] == [
        ("tester", "ada", "looked at usage of one person")
    ]


def test_nobody_is_shown_as_somebody_who_did_nothing(ports, journal):
    made = show_learner(ports, journal, "zoe", WINDOW)

    assert (made.hours, made.courses, made.home, made.backed_up_at) == (0.0, (), None, None)

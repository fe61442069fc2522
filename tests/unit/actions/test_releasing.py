"""Out to the learners: on time, only what may be seen, never over work; and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from courseops.actions.assignments.pushing import (
    HomePorts,
    preview_push,
    push_assignment,
    retract_assignment,
    who_has,
)
from courseops.actions.assignments.releasing import RELEASE, release_assignment, release_due
from courseops.adapters.memory.releasing import MemoryReleasing
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.placing.pushing import HomePusher
from courseops.adapters.volumes.directories import DirectoryVolumes
from courseops.errors import CourseOpsError, PlanRefusedError, RefusedError
from courseops.model.assignments.assignment import Released, State
from courseops.model.assignments.release import FailedCell, Timetable
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Ending, Status
from tests.support.notebooks import checks, notebook, solution, text

FILES = {
    "hw1.ipynb": notebook(
        text("Write `mean(values)`."),
        solution("mean", "def mean(values):", "    return sum(values) / len(values)"),
        checks("test_mean", "assert mean([2, 4]) == 3"),
    ),
    "numbers.csv": b"1\n2\n",
}
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)


@pytest.fixture
def course():
    return MemoryReleasing(sources={"hw1": dict(FILES), "hw2": dict(FILES)})


def state(course, name="hw1"):
    return next(it.state for it in course.assignments() if it.name == name)


def newest(journal):
    return journal.runs.recent(limit=1)[0]


def test_a_release_says_what_went_out(course, journal):
    done = release_assignment(course, journal, "hw1", due_at=LATER)

    assert (done.came_to, done.files, done.cells) == (Released.NEW, 2, 2)
    assert (done.assignment.due_at, done.assignment.state) == (LATER, State.RELEASED)
    assert (done.remarks, done.validated) == ((), True)
    assert [it.phase for it in journal.runs.audit_of(done.run_id)] == ["intended", "made"]


def test_nothing_goes_out_before_its_time(course, journal):
    timetable = Timetable(release_at=LATER)

    with pytest.raises(PlanRefusedError, match="2026-03-02 10:00 UTC") as caught:
        release_assignment(course, journal, "hw1", timetable=timetable)

    assert "--early" in caught.value.hint
    assert state(course) is State.DRAFT
    assert newest(journal).ending is Ending.REFUSED
    release_assignment(course, journal, "hw1", timetable=timetable, early=True)
    assert state(course) is State.RELEASED


def test_the_calendars_deadline_counts_unless_another_is_given(course, journal):
    timetable = Timetable(due_at=LATER)
    first = release_assignment(course, journal, "hw1", timetable=timetable)
    again = release_assignment(course, journal, "hw1", timetable=timetable, due_at=NOW)

    assert (first.assignment.due_at, first.remarks) == (LATER, ())
    assert again.assignment.due_at == NOW
    assert again.remarks == (
        "the calendar in config.toml says 2026-03-02 10:00 UTC",
        "the gradebook had the deadline 2026-03-02 10:00 UTC",
    )


def test_what_fails_its_own_tests_stays_here_unless_somebody_insists(course, journal):
    course.failing["hw1"] = [FailedCell(notebook="hw1", cell="test_mean", error="NameError: x")]

    with pytest.raises(RefusedError) as caught:
        release_assignment(course, journal, "hw1")

    assert caught.value.problems == ("hw1.ipynb, test_mean: NameError: x",)
    assert state(course) is State.DRAFT
    done = release_assignment(course, journal, "hw1", validate=False)
    assert not done.validated
    assert "without nbgrader's validation" in journal.runs.audit_of(done.run_id)[0].detail


def test_what_leaks_stays_here_whoever_insists(course, journal):
    course.sources["hw1"]["hw1.ipynb.bak"] = FILES["hw1.ipynb"]

    with pytest.raises(RefusedError, match="must not see") as caught:
        release_assignment(course, journal, "hw1", validate=False, early=True)

    assert caught.value.problems[0].startswith("hw1.ipynb.bak: ")
    assert state(course) is State.DRAFT
    assert newest(journal).ending is Ending.FAILED


CALENDAR = {
    "hw1": Timetable(release_at=EARLIER, due_at=LATER),
    "hw2": Timetable(release_at=LATER),
    "hw3": Timetable(due_at=LATER),
}


def test_what_is_due_goes_out_by_itself_once(course, journal, clock):
    done = release_due(course, journal, CALENDAR)
    assert [(it.subject, it.status) for it in done.outcomes] == [("hw1", Status.DONE)]
    assert release_due(course, journal, CALENDAR).outcomes == ()

    clock.advance(timedelta(hours=1))
    assert [it.subject for it in release_due(course, journal, CALENDAR).outcomes] == ["hw2"]


def test_trouble_with_one_due_assignment_stops_no_other(course, journal):
    course.failing["hw1"] = [FailedCell(notebook="hw1", cell="", error="died")]
    due = {name: Timetable(release_at=EARLIER) for name in ("gone", "hw1", "hw2")}

    outcomes = release_due(course, journal, due).outcomes

    assert [it.status for it in outcomes] == [Status.FAILED, Status.FAILED, Status.DONE]
    assert "hw1.ipynb: died" in outcomes[1].reason


def test_what_was_released_by_hand_is_looked_at_once(course, journal):
    course.generate("hw1")
    course.publish("hw1")

    assert [it.kind for it in release_due(course, journal, CALENDAR).outcomes] == ["released"]
    assert release_due(course, journal, CALENDAR).outcomes == ()


def test_what_was_taken_back_does_not_go_out_by_itself(course, journal):
    release_due(course, journal, CALENDAR)
    retract_assignment(course, journal, None, "hw1", sure=True)

    assert release_due(course, journal, CALENDAR).outcomes == ()
    assert state(course) is State.DRAFT
    release_assignment(course, journal, "hw1")
    assert newest(journal).action == RELEASE


@pytest.fixture
def ports(homes, tmp_path):
    enrolments = MemoryEnrolments()
    people = {
        "ada": Role.LEARNER,
        "bob": Role.LEARNER,
        "zoe": Role.LEARNER,
        "[x]*?": Role.ASSISTANT,
    }
    enrolments.enrol(
        "python101",
        [Enrolment(person=Person(id=who, username=who), role=role) for who, role in people.items()],
        NOW,
    )
    return HomePorts(
        volumes=DirectoryVolumes(f"{homes}/{{username}}"),
        pusher=HomePusher(root=homes, staging=tmp_path / "staging"),
        enrolments=enrolments,
        folder="python101/hw1",
    )


def test_a_push_reaches_each_learner_and_nobody_else(course, journal, ports, homes):
    release_assignment(course, journal, "hw1")

    previewed = preview_push(course, ports, "hw1")
    done = push_assignment(course, journal, ports, "hw1")

    kinds = {it.subject: (it.status, it.kind) for it in done.outcomes}
    assert kinds == {
        "ada": (Status.DONE, ""),
        "bob": (Status.DONE, ""),
        "zoe": (Status.SKIPPED, "no-home"),
    }
    assert {it.subject: it.kind for it in previewed.outcomes} == {
        "ada": "preview",
        "bob": "preview",
        "zoe": "no-home",
    }
    assert not previewed.applied
    placed = (homes / "ada/python101/hw1/hw1.ipynb").read_bytes()
    assert b"len(values)" not in placed
    assert not (homes / "[x]*?/python101").exists()
    made = [it for it in journal.runs.audit_of(done.run_id) if it.phase == "made"]
    assert made[0].detail == "hw1.ipynb, numbers.csv"


def test_an_update_adds_what_is_missing_and_tells_what_differs(course, journal, ports, homes):
    release_assignment(course, journal, "hw1")
    push_assignment(course, journal, ports, "hw1")
    (homes / "bob/python101/hw1/numbers.csv").unlink()
    course.sources["hw1"]["numbers.csv"] = b"3\n"
    course.sources["hw1"]["more.csv"] = b"4\n"
    release_assignment(course, journal, "hw1")

    again = push_assignment(course, journal, ports, "hw1")
    third = push_assignment(course, journal, ports, "hw1")

    told = {it.subject: it.reason for it in again.outcomes}
    assert told["ada"] == "1 file placed; numbers.csv differs, left alone"
    assert told["bob"] == "2 files placed"
    assert (homes / "ada/python101/hw1/numbers.csv").read_bytes() == FILES["numbers.csv"]
    assert {it.subject: it.kind for it in third.outcomes} == {
        "ada": "differs",
        "bob": "already-there",
        "zoe": "no-home",
    }


def test_what_is_not_released_is_not_pushed(course, journal, ports):
    course.generate("hw1")

    with pytest.raises(CourseOpsError, match="hw1 is not released"):
        push_assignment(course, journal, ports, "hw1")


def test_nobody_on_record_is_an_error_and_no_success(course, journal, ports):
    release_assignment(course, journal, "hw1")
    ports.enrolments.drop("python101", ["ada", "bob", "zoe"], NOW)

    with pytest.raises(CourseOpsError, match="nobody is on record"):
        push_assignment(course, journal, ports, "hw1")


def test_a_release_comes_back_while_no_home_has_it(course, journal, ports):
    release_assignment(course, journal, "hw1")

    done = retract_assignment(course, journal, ports, "hw1")

    assert done.looked_at == 3
    assert state(course) is State.DRAFT
    with pytest.raises(CourseOpsError, match="nothing to take back"):
        retract_assignment(course, journal, ports, "hw1")


@pytest.mark.parametrize("fetched_to", ["python101/hw1", "hw1"])
def test_a_release_that_somebody_has_stays_and_they_are_named(
    course, journal, ports, homes, fetched_to
):
    release_assignment(course, journal, "hw1")
    (homes / "bob" / fetched_to).mkdir(parents=True)
    course.inbound["hw1"] = ["zoe"]

    with pytest.raises(PlanRefusedError) as caught:
        retract_assignment(course, journal, ports, "hw1", sure=True)

    assert caught.value.problems == ("bob", "zoe")
    assert who_has(course, ports, "hw1").looked_at == 3
    assert state(course) is State.RELEASED
    assert newest(journal).ending is Ending.REFUSED


def test_where_no_home_can_be_looked_at_somebody_must_be_sure(course, journal):
    release_assignment(course, journal, "hw1")

    with pytest.raises(PlanRefusedError, match="cannot be known"):
        retract_assignment(course, journal, None, "hw1")

    assert retract_assignment(course, journal, None, "hw1", sure=True).looked_at is None

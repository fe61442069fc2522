"""Teachers and graders do their work on the pages, by browser, on a real hub and a real course."""

import csv
import io

import pytest

from courseops.adapters.store import open_store_in
from courseops.demo.coursework import ASSIGNMENT
from courseops.model.roster import learners_group
from courseops.model.run import Ending
from tests.support.hubs import client_of
from tests.support.school import (
    APPROVED,
    APPROVED_PLAINLY,
    CLASS,
    COURSE,
    GRADER,
    LOSER,
    MARKUP,
    OTHER_TEACHER,
    REJECTED,
    STAYING,
    TEACHER,
)

pytestmark = [
    pytest.mark.hub,
    pytest.mark.browser,
    pytest.mark.nbgrader,
    pytest.mark.restic,
    pytest.mark.xdist_group("pages-school"),
    pytest.mark.timeout(900),
]


def members(school, course):
    return client_of(school.hub).groups()[learners_group(course)]


def the_run(school, course):
    with open_store_in(school.desk.folder / "state") as store:
        held = store.runs.held(f"course/{course}")
        (run,) = held or store.runs.recent(scope=f"course/{course}", limit=1)
        return run


@pytest.mark.parametrize(
    ("course", "plain"), [(APPROVED, False), (APPROVED_PLAINLY, True)], ids=["script", "plain"]
)
def test_a_teacher_approves_a_plan_that_waits(school, sit_down, course, plain):
    assert len(members(school, course)) > len(STAYING)
    window = sit_down(OTHER_TEACHER, plain=plain)
    window.follow(course)
    window.wait_for("waits for a teacher")
    window.follow("Look at it")
    assert "8 of 12 learners would be dropped" in window.text
    assert f"{course}11" in window.text
    window.follow("Approve")
    assert "Approve this plan?" in window.text
    assert len(members(school, course)) > len(STAYING)
    window.press("Approve and apply")
    window.page.locator(".said.good").wait_for()
    window.follow("Go on")

    assert members(school, course) == {f"{course}{n}" for n in STAYING}
    with open_store_in(school.desk.folder / "state") as store:
        assert not store.runs.held(f"course/{course}")
        applied = store.runs.recent(scope=f"course/{course}", limit=1)[0]
        assert applied.actor.startswith(OTHER_TEACHER)
    assert "waits for a teacher" not in window.text
    assert not window.faults
    assert not window.dialogs


def test_a_teacher_rejects_a_plan_and_nothing_changes(school, sit_down):
    run = the_run(school, REJECTED)
    before = members(school, REJECTED)
    window = sit_down(OTHER_TEACHER)
    window.follow(REJECTED)
    window.follow("Look at it")
    window.press("Reject")
    window.wait_for("It waits no longer")
    assert members(school, REJECTED) == before
    with open_store_in(school.desk.folder / "state") as store:
        assert store.runs.get(run.id).ending is Ending.REFUSED


@pytest.mark.parametrize("plain", [False, True], ids=["script", "plain"])
def test_a_grader_sees_what_is_left_and_takes_the_grades_out(school, sit_down, plain):
    window = sit_down(GRADER, plain=plain)
    window.follow("Python for beginners")
    assert "Quarantined" in window.text
    window.follow("Quarantine")
    window.follow(ASSIGNMENT)
    assert "cyd" in window.text
    window.follow("Assignments")
    assert all(who in window.text for who in CLASS)
    window.follow("Grades out")
    with window.page.expect_download() as download:
        window.press("Download")
    rows = csv.DictReader(io.StringIO(download.value.path().read_text()))
    assert {"ada", "bob"} <= {row["student id"] for row in rows}
    assert window.go(f"{school.prefix}/courses/{COURSE}/roster") == 403
    assert not window.dialogs


def test_a_name_with_markup_is_shown_as_it_is_spelled(sit_down):
    window = sit_down(TEACHER)
    window.follow("Python for beginners")
    window.follow("Roster")
    assert MARKUP in window.text
    assert not window.dialogs
    assert not window.faults
    assert window.page.locator("main img").count() == 0


@pytest.mark.parametrize("who", [LOSER, OTHER_TEACHER])
def test_a_course_of_others_is_shut_to_learners_and_to_other_teachers(school, sit_down, who):
    window = sit_down(who)
    held = the_run(school, REJECTED)
    for path in (
        f"courses/{COURSE}",
        f"courses/{COURSE}/roster",
        f"courses/{COURSE}/assignments",
        f"courses/{COURSE}/quarantine/{ASSIGNMENT}",
        f"courses/{COURSE}/exports",
        f"courses/{COURSE}/people/ada",
        f"courses/{COURSE}/held/{held.id}",
        "courses/none",
    ):
        assert window.go(f"{school.prefix}/{path}") in {403, 404}, path
        assert "ada" not in window.page.locator("main").inner_text()

"""Real scores into the files that learning platforms import, through the command line."""

import csv
from datetime import UTC, datetime

import pytest

from courseops.adapters.store import open_store_in
from courseops.demo.coursework import ASSIGNMENT
from courseops.model.roster import Enrolment, Person, Role
from tests.support.command import Desk
from tests.support.fifteen_ways import COURSE, hand_in, open_course

pytestmark = [pytest.mark.nbgrader, pytest.mark.timeout(300)]

CLASS = ("ada", "ben", "cyd")
BROKEN = {"cyd": "duplicate-cells"}
TEAM = ("tom", "una")

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (4711),Final Score\n"
    "    Points Possible,,,,,10,(read only)\n"
    '"L, Ada",901,,ada,A,,0\n"B, Ben",902,,ben,A,7,0\n"D, Cyd",903,,cyd,A,,0\n'
    '"Stranger",904,,eve,A,5,0\n'
)
EDX = (
    "user_id,username,full_name,student_uid,enrolled,track,cohort,block_id,title,"
    "date_last_graded,who_last_graded,Previous Points,New Points\r\n"
    f"5001,ada,Ada,,True,audit,,block-v1:x,{ASSIGNMENT},,,,\r\n"
    f"5002,ben,Ben,,True,audit,,block-v1:x,{ASSIGNMENT},,,,\r\n"
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three, two of whom have a score; points by hand are still to come."""
    desk = Desk(tmp_path_factory.mktemp("export"))
    hand_in(open_course(desk), CLASS, BROKEN)
    assert desk.run("assignment", "autograde", COURSE, ASSIGNMENT).code == 3
    people = [
        Enrolment(person=Person(id=it, username=it), role=role)
        for names, role in ((CLASS, Role.LEARNER), (TEAM, Role.ASSISTANT))
        for it in names
    ]
    with open_store_in(desk.folder / "state") as store:
        store.enrolments.enrol(COURSE, people, datetime(2026, 3, 2, tzinfo=UTC))
    return desk


@pytest.fixture(scope="module")
def points(graded):
    """The scores as `assignment status` has them."""
    status = graded.run("assignment", "status", COURSE, ASSIGNMENT, "--json").document
    found = {it["person"]["username"]: it["score"] for it in status["learners"]}
    return {who: score["score"] for who, score in found.items() if score}


def export(graded, form, *options):
    return graded.run(
        *("assignment", "export", COURSE, ASSIGNMENT, "--format", form, "--provisional", *options)
    )


def test_canvas_gets_its_own_rows_back_with_our_points(graded, points):
    graded.write("canvas.csv", CANVAS)
    said = export(
        graded, "canvas", "--template", "canvas.csv", "--item", "Homework 1", "--output", "c.csv"
    )
    assert said.code == 0, said.err

    with (graded.folder / "c.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["ID"]: row["Homework 1 (4711)"] for row in rows} == {
        "": "10",
        "901": f"{points['ada']:g}",
        "902": f"{points['ben']:g}",
    }
    # Eve, whom only Canvas knows, is named as Canvas does.
    assert all(word in said.err for word in ("cyd", "904"))


def test_brightspace_gets_usernames_and_points(graded, points):
    said = export(graded, "brightspace")
    assert said.code == 0, said.err
    _, *rows = csv.reader(said.out.splitlines())
    assert rows == [[f"#{who}", f"{points[who]:g}", "#"] for who in ("ada", "ben")]


def test_brightspace_in_french_has_decimal_commas_and_is_read_back_so(graded, points):
    said = export(graded, "brightspace", "--decimal", "comma")
    rows = list(csv.reader(said.out.splitlines()[1:], delimiter=";"))
    assert rows == [
        [f"#{who}", f"{points[who]:g}".replace(".", ","), "#"] for who in ("ada", "ben")
    ]


def test_open_edx_gets_new_points_in_its_own_file(graded, points):
    graded.write("edx.csv", EDX)
    said = export(graded, "edx", "--template", "edx.csv", "--output", "e.csv")
    assert said.code == 0, said.err

    with (graded.folder / "e.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["username"]: row["New Points"] for row in rows} == {
        who: f"{points[who]:g}" for who in ("ada", "ben")
    }


def test_a_template_that_is_another_platforms_leaves_no_file(graded):
    graded.write("other.csv", "Name,Punkte\nada,1\n")
    for form in ("canvas", "edx", "brightspace"):
        said = export(graded, form, "--template", "other.csv", "--output", f"{form}-out.csv")
        assert said.code == 1, said.out
        assert "Traceback" not in said.err
        assert not (graded.folder / f"{form}-out.csv").exists()


def test_grading_by_hand_is_shared_among_the_courses_assistants(graded):
    said = graded.run(
        "assignment", "balance", COURSE, ASSIGNMENT, "--output", "lists.csv", "--json"
    )
    lists = {it["assistant"]: it["tasks"] for it in said.document["lists"]}
    assert set(lists) == set(TEAM)
    assert sorted(t["learner"] for tasks in lists.values() for t in tasks) == ["ada", "ben"]
    assert all(len(tasks) == 1 for tasks in lists.values())
    assert len((graded.folder / "lists.csv").read_text().splitlines()) == 1 + len(CLASS) - 1

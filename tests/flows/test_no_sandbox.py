"""Where no sandbox holds, no learner's code runs, unless the course says in words that it may."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from courseops.config import TRUSTED
from courseops.demo.coursework import ASSIGNMENT, Learner, Play, play_class, write_course

pytestmark = [pytest.mark.nbgrader, pytest.mark.system, pytest.mark.timeout(300)]

# Root without any of root's powers: no namespace can be made, and bubblewrap will not be run.
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
COURSE = "py"
CLASS = {"ada": Play.RIGHT, "bob": Play.SYNTAX_ERROR}


@pytest.fixture
def course(desk, require, as_root):
    """A course whose class has handed in."""
    require("setpriv", shutil.which("setpriv"))
    exchange = desk.folder / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    write_course(
        desk.folder / "course", course_id=COURSE, exchange=exchange, cell_timeout_seconds=9
    )
    configure(desk)
    due_at = datetime.now(UTC) + timedelta(hours=1)
    released = desk.run("assignment", "release", COURSE, ASSIGNMENT, "--due", due_at.isoformat())
    assert released.code == 0, released.err
    learners = []
    for who, play in CLASS.items():
        (desk.folder / "homes" / who).mkdir(parents=True)
        learners.append(Learner(username=who, home=desk.folder / "homes" / who, play=play))
    play_class(learners, course_id=COURSE, exchange=exchange, due_at=due_at)
    collected = desk.run("assignment", "collect", COURSE, ASSIGNMENT)
    assert collected.code == 0, collected.err
    return desk


def configure(desk, **grading):
    section = {
        "hub": "campus",
        "folder": "course",
        "exchange": "exchange",
        "roster": {"csv": "class.csv"},
    }
    if grading:
        section["grading"] = grading
    desk.write("campus.token", "never used", mode=0o600)
    desk.configure(
        hubs={"campus": {"url": "http://127.0.0.1:9/", "token": {"file": "campus.token"}}},
        courses={COURSE: section},
    )


def gradebook(desk):
    with sqlite3.connect(desk.folder / "course/gradebook.db") as database:
        return list(database.iterdump())


def test_nothing_is_graded_where_no_sandbox_holds_but_in_the_courses_own_words(course):
    before = gradebook(course)

    refused = course.run("assignment", "autograde", COURSE, ASSIGNMENT, prefix=POWERLESS)

    assert refused.code == 12, (refused.out, refused.err)
    assert "cannot be kept apart" in refused.err
    assert [line.split()[1] for line in refused.err.splitlines() if line.startswith("  • ")] == [
        "namespaces:",
        "bubblewrap:",
    ]
    assert "hint: " in refused.err
    assert "Traceback" not in refused.err
    assert not list((course.folder / "course").glob("autograded/*"))
    assert gradebook(course) == before

    configure(course, sandbox=TRUSTED)
    graded = course.run("assignment", "autograde", COURSE, ASSIGNMENT, "--json", prefix=POWERLESS)

    told = {it["subject"]: it["status"] for it in graded.document["outcomes"]}
    assert told == {"ada": "done", "bob": "done"}, graded.err
    assert {it.name for it in (course.folder / "course/autograded").iterdir()} == set(CLASS)
    assert gradebook(course) != before

"""Out by the command line: on time, without leaks, into homes, and back again."""

from datetime import UTC, datetime, timedelta

import pytest

from courseops.adapters.store import open_store_in
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK, write_course
from courseops.model.roster import Enrolment, Person
from tests.support.backup import make_home

pytestmark = [pytest.mark.nbgrader, pytest.mark.timeout(300)]

NAMES = ("ada", "bob", "cyd")


@pytest.fixture
def course(desk):
    """A course with an enrolled class, two of them with homes; the hub itself is not asked."""
    exchange = desk.folder / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    write_course(desk.folder / "course", course_id="python101", exchange=exchange)
    desk.write("campus.token", "unused", mode=0o600)
    for who in NAMES[:2]:
        make_home(desk.folder / "homes", who, {})
    hub = {
        "url": "https://hub.example.org",
        "token": {"file": "campus.token"},
        "homes": f"{desk.folder}/homes/{{username}}",
    }
    section = {"hub": "campus", "folder": "course", "push_to": "homework/{assignment}"}
    desk.configure(hubs={"campus": hub}, courses={"python101": section})
    with open_store_in(desk.folder / "state") as store:
        people = [Enrolment(person=Person(id=who, username=who)) for who in NAMES]
        store.enrolments.enrol("python101", people, datetime.now(UTC))
    return desk


def set_calendar(course, release_at):
    section = f"[courses.python101.assignments.{ASSIGNMENT}]"
    due = 'due_at = "2100-01-01T00:00+00:00"'
    before = course.config.read_text().partition(section)[0]
    course.config.write_text(f'{before}{section}\nrelease_at = "{release_at}"\n{due}\n')


def test_out_on_time_and_into_homes(course):
    def run(verb, *args):
        return course.run("assignment", verb, "python101", ASSIGNMENT, *args)

    now = datetime.now(UTC)
    set_calendar(course, (now + timedelta(hours=1)).isoformat())
    early = run("release")
    assert (early.code, "--early" in early.err) == (5, True)

    set_calendar(course, (now - timedelta(hours=1)).isoformat())
    job = course.run("job", "run", "release-on-time")
    assert job.code == 0, job.err
    released = run("release", "--no-validate", "--json").document
    assert released["came_to"] == "unchanged"
    assert released["assignment"]["due_at"].startswith("2100-01-01T00:00:00")
    assert (released["files"], released["cells"], released["validated"]) == (1, 9, False)

    pushed = run("push", "--json")
    kinds = {it["subject"]: (it["status"], it["kind"]) for it in pushed.document["outcomes"]}
    assert kinds == {
        "ada": ("done", ""),
        "bob": ("done", ""),
        "cyd": ("skipped", "no-home"),
    }
    placed = course.folder / "homes" / "ada" / "homework" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    assert "SOLUTION" not in placed.read_text()

    had = run("release", "--undo")
    assert (had.code, "ada" in had.err, "bob" in had.err) == (5, True, True)


def test_a_release_is_taken_back_while_nobody_has_it(course):
    def release(*args):
        return course.run("assignment", "release", "python101", ASSIGNMENT, *args)

    leaking = course.folder / "course" / "source" / ASSIGNMENT / "solution.txt"
    leaking.write_text("42")
    refused = release("--no-validate")
    assert (refused.code, "solution.txt: it is called as a solution" in refused.err) == (12, True)
    leaking.unlink()
    assert release("--no-validate").code == 0

    taken = release("--undo", "--json")

    assert taken.document["schema"] == "courseops/assignment-retract", taken.err
    assert taken.document["looked_at"] == 2

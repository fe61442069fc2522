"""Out by the command line: on time, without leaks, into homes, and back again."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK, write_course
from tests.support.backup import make_home

pytestmark = [pytest.mark.hub, pytest.mark.nbgrader, pytest.mark.timeout(300)]

NAMES = ("ada", "bob", "cyd")


@pytest.fixture
def course(desk, start_hub, fresh):
    """A course with an enrolled class, two of them with homes, and a calendar."""
    hub = start_hub("6")
    name = fresh("py")
    exchange = desk.folder / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    write_course(desk.folder / "course", course_id=name, exchange=exchange)
    desk.write("campus.token", hub.token, mode=0o600)
    desk.write("class.csv", "username\n" + "".join(f"{who}\n" for who in NAMES))
    for who in NAMES[:2]:
        make_home(desk.folder / "homes", who, {})
    desk.configure(
        hubs={
            "campus": {
                "url": hub.url,
                "token": {"file": "campus.token"},
                "homes": f"{desk.folder}/homes/{{username}}",
            }
        },
        courses={
            name: {
                "hub": "campus",
                "folder": "course",
                "push_to": "homework/{assignment}",
                "roster": {"csv": "class.csv"},
            }
        },
    )
    assert desk.run("roster", "apply", name, "--yes").code == 0
    desk.course = name
    return desk


def set_calendar(course, release_at):
    section = f"[courses.{course.course}.assignments.{ASSIGNMENT}]"
    due = 'due_at = "2100-01-01T00:00+00:00"'
    before = course.config.read_text().partition(section)[0]
    course.config.write_text(f'{before}{section}\nrelease_at = "{release_at}"\n{due}\n')


def test_out_on_time_without_leaks_into_homes_and_back(course):
    def run(verb, *args):
        return course.run("assignment", verb, course.course, ASSIGNMENT, *args)

    now = datetime.now(UTC)
    set_calendar(course, (now + timedelta(hours=1)).isoformat())
    early = run("release")
    assert (early.code, "--early" in early.err) == (5, True)

    set_calendar(course, (now - timedelta(hours=1)).isoformat())
    leaking = course.folder / "course" / "source" / ASSIGNMENT / "solution.txt"
    leaking.write_text("42")
    refused = run("release", "--no-validate")
    assert (refused.code, "solution.txt: it is called as a solution" in refused.err) == (12, True)
    leaking.unlink()

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
    homes = course.folder / "homes"
    placed = homes / "ada" / "homework" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    assert "SOLUTION" not in placed.read_text()
    assert "2 have it all already" in run("push", "--dry-run").out

    had = run("release", "--undo")
    assert (had.code, "ada" in had.err, "bob" in had.err) == (5, True, True)
    for who in ("ada", "bob"):
        shutil.rmtree(homes / who / "homework")
    taken = run("release", "--undo", "--json")
    assert taken.document["schema"] == "courseops/assignment-retract", taken.err
    assert taken.document["looked_at"] == 2

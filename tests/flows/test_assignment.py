"""An assignment's way through the command line: out, back, graded, returned; nobody unaccounted."""

import csv
import io
import tarfile
from datetime import UTC, datetime, timedelta

import pytest

from courseops.demo.coursework import ASSIGNMENT, Learner, Play, play_class, write_course

pytestmark = [pytest.mark.hub, pytest.mark.nbgrader, pytest.mark.timeout(300)]

CLASS = {
    "ada": Play.RIGHT,
    "bob": Play.SYNTAX_ERROR,
    "cyd": Play.UNREADABLE,
    "dan": Play.ABSENT,
}


@pytest.fixture
def course(desk, start_hub, fresh):
    """A site with one nbgrader course and an enrolled class, on a real hub."""
    hub = start_hub("6")
    name = fresh("py")
    exchange = desk.folder / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    write_course(desk.folder / "course", course_id=name, exchange=exchange, cell_timeout_seconds=2)
    desk.write("campus.token", hub.token, mode=0o600)
    desk.write(
        "class.csv", "username,first name\n" + "".join(f"{who},{who.title()}\n" for who in CLASS)
    )
    desk.configure(
        hubs={"campus": {"url": hub.url, "token": {"file": "campus.token"}}},
        courses={
            name: {
                "hub": "campus",
                "folder": "course",
                "exchange": "exchange",
                "roster": {"csv": "class.csv"},
            }
        },
    )
    assert desk.run("roster", "apply", name, "--yes").code == 0
    desk.course = name
    return desk


def work(course, due_at):
    learners = []
    for who, play in CLASS.items():
        home = course.folder / "homes" / who
        home.mkdir(parents=True)
        learners.append(Learner(username=who, home=home, play=play))
    play_class(
        learners, course_id=course.course, exchange=course.folder / "exchange", due_at=due_at
    )


def look_at_exports(course, run):
    sent = run("export", ASSIGNMENT, "--format", "moodle", "--output", "m.csv", "--json")
    assert sent.code == 0, sent.err
    kinds = {o["subject"]: o["kind"] for o in sent.document["outcomes"]}
    assert kinds == {
        "ada": "by-hand",
        "bob": "by-hand",
        "cyd": "quarantined",
        "dan": "not-submitted",
    }
    assert len((course.folder / "m.csv").read_text().splitlines()) == 1
    zeros = run("export", ASSIGNMENT, "--format", "brightspace", "--missing-as-zero")
    assert zeros.out.splitlines()[1:] == ["#dan,0,#"]
    assert run("export", "--format", "canvas").code == 2
    assert run("export", ASSIGNMENT, "--template", "class.csv").code == 2
    assert run("export", ASSIGNMENT, "--format", "edx").code == 1


def spoil(collected, learner):
    """Change one byte of what a learner handed in."""
    (pack,) = collected.glob("*.tar")
    with tarfile.open(pack) as opened:
        (notebook,) = [
            it for it in opened if it.name.startswith(f"{learner}/") and it.name.endswith(".ipynb")
        ]
    pack.chmod(0o600)
    with pack.open("r+b") as file:
        file.seek(notebook.offset_data)
        file.write(b"[")


def test_out_back_graded_and_returned(course):
    due_at = datetime.now(UTC) + timedelta(hours=1)

    def run(verb, *args, code=None):
        ended = course.run("assignment", verb, course.course, *args)
        assert code in (None, ended.code), ended.err
        return ended

    assert run("collect", "nothing").code == 1
    released = run("release", ASSIGNMENT, "--due", due_at.isoformat(), "--json")
    assert released.document["came_to"] == "released", released.err
    work(course, due_at)

    collected = run("collect", ASSIGNMENT, "--json")
    assert {o["subject"] for o in collected.document["outcomes"]} == {"ada", "bob", "cyd"}
    assert not any(it["late_seconds"] for it in collected.document["submissions"])

    proved = run("manifest", ASSIGNMENT, "--verify", "--json")
    assert proved.code == 0, proved.err
    assert {it["state"] for it in proved.document["submissions"]} == {"ok"}
    later = (due_at + timedelta(days=1)).isoformat()
    assert run("extend", ASSIGNMENT, "dan", "--until", later).code == 0
    assert run("extend", ASSIGNMENT, "dan", "--until", due_at.isoformat()).code == 12

    graded = run("autograde", ASSIGNMENT, "--json")
    assert graded.code == 3
    told = {o["subject"]: (o["status"], o["kind"]) for o in graded.document["outcomes"]}
    assert told["ada"][0] == "done"
    assert told["cyd"] == ("failed", "unreadable")
    assert told["dan"] == ("skipped", "not-submitted")

    again = run("autograde", ASSIGNMENT, "--json")
    kinds = {o["subject"]: o["kind"] for o in again.document["outcomes"]}
    assert kinds["ada"] == "already-graded"

    assert "cyd" in run("quarantine", ASSIGNMENT).out
    assert run("feedback", ASSIGNMENT).code == 0
    assert "quarantined (unreadable)" in run("status", ASSIGNMENT).out

    grades = list(csv.DictReader(io.StringIO(run("export", ASSIGNMENT).out)))
    states = {row["student id"]: row["state"].partition(":")[0] for row in grades}
    assert states == {
        "ada": "graded",
        "bob": "graded",
        "cyd": "quarantined",
        "dan": "not submitted",
    }

    look_at_exports(course, run)

    whole = run("status", "--json").document["matrix"]
    assert [row["username"] for row in whole["learners"]] == sorted(CLASS)
    assert whole["assignments"][0]["counts"]["by hand"] == 2
    assert "quarantine (unreadable)" in " ".join(run("status").out.split())

    assert run("balance", ASSIGNMENT).code == 1
    shown = course.run("status")
    assert "assignment-autograde: 1 failed (cyd)" in shown.out

    spoil(course.folder / "course/collected" / ASSIGNMENT, "ada")
    assert "altered" in run("manifest", ASSIGNMENT, "--verify", code=3).out


def test_a_usage_sample_of_a_real_hub_reaches_the_report(course):
    sampled = course.run("job", "run", "usage-sample")
    assert sampled.code == 0, sampled.err

    reported = course.run("report", "usage", "--format", "html", "--output", "usage.html")
    assert reported.code == 0, reported.err
    page = (course.folder / "usage.html").read_text()
    assert "campus" in page
    assert "<script" not in page


@pytest.mark.parametrize("name", ["../source/numbers", "..", "", "a/b", "a+b", "x" * 300])
def test_a_name_that_is_a_path_never_reaches_nbgrader(course, name):
    source = course.folder / "course" / "source"
    before = sorted(source.rglob("*"))
    said = course.run("assignment", "release", course.course, name)
    assert said.code == 1
    assert "no assignment can be called" in said.err
    assert sorted(source.rglob("*")) == before
    assert course.run("job", "history", "assignment-release", "--json").document["runs"] == []


def test_the_quarantine_of_an_assignment_nobody_knows_is_an_error(course):
    assert course.run("assignment", "quarantine", course.course, "nope").code == 1

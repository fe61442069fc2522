"""The pages of a course over a small class that lies in a gradebook, with our record of it."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from courseops.actions.rosters.roster import ROSTER_APPLY
from courseops.adapters.memory.ambient import SilentProgress
from courseops.adapters.memory.hub import MemoryHub
from courseops.errors import PlanHeldError
from courseops.model.hub import HubUser
from courseops.model.roster import Enrolment, Person, Role
from courseops.model.run import Outcome
from courseops.web.hub_page import HubPage
from courseops.wiring import Site
from tests.support.pages import COURSE, HUB, Browser, page_in

MARKUP = "<img src=x onerror=alert(1)>"
FORMULA = "=HYPERLINK(1)"
NOW = datetime.now(UTC).replace(microsecond=0)
DUE = {"hw1": NOW - timedelta(days=2), "hw 2": NOW + timedelta(days=2)}
OTHER = "botany"
CONFIG = """
[site]
name = "École du Lac"
time_zone = "Europe/Paris"
[hubs.campus]
url = "http://127.0.0.1:9/lake"
token = {env = "PAGE_TOKEN"}
[hubs.campus.web]
secret = {env = "PAGE_TOKEN"}
[courses.python101]
hub = "campus"
title = "Python for <beginners>"
folder = "course"
roster = {csv = "python101.csv"}
[courses.botany]
hub = "campus"
roster = {csv = "botany.csv"}
"""
_EMPTY = """
import os, sys
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
from nbgrader.api import Gradebook
Gradebook(sys.argv[1], "python101").close()
"""
# Who is how far with hw1: points of 4, or None for work that is not graded.
WORK = {"ada": 3.5, "bob": 1.0, "cyd": None, "dan": 2.0, "gil": 4.0}
LATE = "bob"
STUCK = Outcome.failed("cyd", f"cell 3 ended: {MARKUP}", kind="crash", mend=f"look {MARKUP}")
STAFF = (("tina", Role.INSTRUCTOR), ("greta", Role.ASSISTANT))
NAMES = {"ada": ("Ada", "Love"), "bob": (MARKUP, ""), "cyd": ("Cyd", FORMULA), "eve": ("Eve", "")}


@pytest.fixture(scope="session")
def empty_gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Have nbgrader make a gradebook, once a worker."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    subprocess.run([sys.executable, "-c", _EMPTY, f"sqlite:///{path}"], check=True, cwd=path.parent)
    return path


class HubInMemory(HubPage):
    """A page whose hub is kept in memory: plans are made and applied for real."""

    def open_site(self, username, progress):
        site = super().open_site(username, progress)
        site._hubs[self.hub] = HUBS[self.hub]
        return site


HUBS = {HUB: MemoryHub()}


def write_class(folder: Path, gradebook: Path) -> None:
    """Write the course's folder, its gradebook and two class lists."""
    course, exchange = folder / "course", folder / "exchange"
    for name in DUE:
        (course / "source" / name).mkdir(parents=True)
    (exchange / COURSE / "outbound" / "hw1").mkdir(parents=True)
    exchange.chmod(0o777)
    (course / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        f"c.CourseDirectory.course_id = {COURSE!r}\n"
        f"c.Exchange.root = {str(exchange)!r}\n"
    )
    shutil.copy(gradebook, course / "gradebook.db")
    with closing(sqlite3.connect(course / "gradebook.db")) as book, book:
        _fill(book)
    for who, points in WORK.items():
        stamp = DUE["hw1"] + timedelta(hours=3 if who == LATE else -3)
        for step in ("submitted", *(["autograded"] if points is not None else [])):
            hand_in(course / step / who / "hw1", stamp)
    write_list(folder, COURSE, ["ada", "bob", "cyd", "eve"])
    write_list(folder, OTHER, ["flora"])


def hand_in(place: Path, stamp: datetime) -> None:
    """Put work where nbgrader has it, with its stamp."""
    place.mkdir(parents=True)
    (place / "timestamp.txt").write_text(f"{stamp:%Y-%m-%d %H:%M:%S.%f} UTC")


def write_list(folder: Path, course: str, learners: list[str]) -> None:
    """Write a class list: the learners, and the staff of every course."""
    rows = [f"{who},{NAMES.get(who, (who,))[0]},learner" for who in learners]
    rows += [f"{who},{who.title()},{role}" for who, role in STAFF]
    (folder / f"{course}.csv").write_text("\n".join(["username,first name,role", *rows]) + "\n")


def _fill(book: sqlite3.Connection) -> None:
    book.executemany(
        "INSERT INTO student (id, first_name, last_name, email) VALUES (?, ?, ?, '')",
        [(who, *NAMES.get(who, ("", ""))) for who in {*WORK, "eve"}],
    )
    for name, due in DUE.items():
        book.execute(
            "INSERT INTO assignment (id, name, duedate, course_id) VALUES (?, ?, ?, 'python101')",
            (name, name, f"{due:%Y-%m-%d %H:%M:%S.%f}"),
        )
    book.execute("INSERT INTO notebook (id, name, assignment_id) VALUES ('n', 'p', 'hw1')")
    book.execute(
        "INSERT INTO base_cell (id, name, notebook_id, type) VALUES ('c', 'c', 'n', 'GradeCell')"
    )
    book.execute("INSERT INTO grade_cells (id, max_score, cell_type) VALUES ('c', 4, 'code')")
    for who, points in WORK.items():
        if points is None:
            continue
        stamp = DUE["hw1"] + timedelta(hours=3 if who == LATE else -3)
        book.execute(
            "INSERT INTO submitted_assignment (id, assignment_id, student_id, timestamp) "
            "VALUES (?, 'hw1', ?, ?)",
            (who, who, f"{stamp:%Y-%m-%d %H:%M:%S.%f}"),
        )
        book.execute(
            "INSERT INTO submitted_notebook (id, assignment_id, notebook_id, flagged) "
            "VALUES (?, ?, 'n', 0)",
            (f"n-{who}", who),
        )
        book.execute(
            "INSERT INTO grade (id, notebook_id, cell_id, auto_score, needs_manual_grade) "
            "VALUES (?, ?, 'c', ?, ?)",
            (f"g-{who}", f"n-{who}", points, who == "dan"),
        )


def note_class(site: Site) -> None:
    """Write down who is enrolled, how grading went, who has feedback and who more time."""
    learners = [
        Enrolment(
            person=Person(
                id=f"id-{who}",
                username=who,
                given_name=NAMES.get(who, ("", ""))[0],
                family_name=NAMES.get(who, ("", ""))[1],
                email=f"{who}@example.org",
            ),
            section="B" if who == "bob" else "A",
        )
        for who in ("ada", "bob", "cyd", "dan", "eve")
    ]
    staff = [
        Enrolment(person=Person(id=f"id-{who}", username=who), role=role) for who, role in STAFF
    ]
    flora = Enrolment(person=Person(id="id-flora", username="flora"))
    store = site.store
    store.enrolments.enrol(COURSE, [*learners, *staff], NOW)
    store.enrolments.enrol(OTHER, [flora, *staff], NOW)
    scope = f"course/{COURSE}/hw1"
    with site.journal.run("assignment-autograde", scope) as entry:
        entry.note(*(Outcome.done(who) for who in WORK if who != "cyd"), STUCK)
    with site.journal.run("assignment-feedback", scope) as entry:
        entry.note(Outcome.done("ada"), Outcome.done("cyd"))
    store.collections.extend(COURSE, "hw 2", "eve", DUE["hw 2"] + timedelta(days=1), NOW)


def hold(site: Site, course: str, *, plan: str = "") -> str:
    """Leave a run that waits for a person; give its id."""
    held = PlanHeldError("the plan is not safe to apply", problems=[f"too many leave {MARKUP}"])
    try:
        with site.journal.run(ROSTER_APPLY, f"course/{course}", plan=plan) as entry:
            raise held
    except PlanHeldError:
        return entry.run.id


@contextmanager
def class_page_in(
    folder: Path, gradebook: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubPage]:
    """Give the page of a hub with a class in one of its two courses."""
    write_class(folder, gradebook)
    everybody = [*WORK, "eve", "flora", *(who for who, _ in STAFF)]
    HUBS[HUB] = MemoryHub(HUB, users=[HubUser(name=who) for who in everybody])
    with page_in(folder, monkeypatch, CONFIG) as page:
        mine = HubInMemory(
            hub=page.hub,
            config=page.config,
            section=page.section,
            login=page.login,
            is_safe=page.is_safe,
            sessions=page.sessions,
            errands=page.errands,
        )
        site = mine.open_site("tina", SilentProgress())
        note_class(site)
        site.close()
        yield mine


def site_of(page: HubPage) -> Site:
    """Open the site beside the page; whoever asks closes it."""
    return page.open_site("somebody", SilentProgress())


def carry_out(browser: Browser, path: str, **fields: str) -> str:
    """Send an errand off, wait for it, and give what its page says."""
    answer = browser.fill_in(path, **fields)
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"].removeprefix(browser.page.link(""))
    errand_id = where.rpartition("/")[2]
    until = datetime.now(UTC) + timedelta(seconds=60)
    while datetime.now(UTC) < until:
        errand = browser.page.errands.find(errand_id, browser.session.name)
        if errand.is_over:
            return browser.open(where)
        time.sleep(0.02)
    raise AssertionError("the errand does not end")

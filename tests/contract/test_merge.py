"""Results merged as data leave what nbgrader's own autograde leaves, and never less."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from courseops.adapters import process
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.adapters.nbgrader.look import Look
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK
from courseops.errors import CourseOpsError
from courseops.model.assignments.collection import Quarantined
from courseops.model.assignments.graded import (
    CellScore,
    GradedFile,
    GradedNotebook,
    GradedWork,
    WrittenFeedback,
)
from courseops.model.run import Outcome, Status
from tests.support.course import COURSE, PLAYS, Classroom
from tests.support.gradebooks import dump
from tests.support.stock import files_in, graded_work, tree

# What is made once for all of these tests takes long.
pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("classroom")]

# One right, one careless, one with a deleted test, one late; `nina` is in no class list.
LEARNERS = ("basile", "gaelle", "hugo", "nina")
BY_HAND = """
    UPDATE grade SET manual_score = 1.5, extra_credit = 0.25, needs_manual_grade = 0
    WHERE notebook_id IN (
        SELECT sn.id FROM submitted_notebook sn
        JOIN submitted_assignment s ON s.id = sn.assignment_id
        WHERE s.student_id IN ('basile', 'hugo'))
"""
WORDS = "UPDATE comment SET manual_comment = 'see me'"
EXTENSION = """
    UPDATE submitted_assignment SET extension = '1970-01-08 00:00:00.000000'
    WHERE student_id = 'hugo'
"""


@dataclass(frozen=True, kw_only=True)
class Stock:
    """The same class, graded by nbgrader: once, and again after a person has given points."""

    ungraded: Path
    first: Path
    by_hand: Path
    again: Path
    shared: Path
    exchange: Path


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "gradebook.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def works(folder: Path, learners: tuple[str, ...] = LEARNERS) -> list[GradedWork]:
    return [graded_work(folder, ASSIGNMENT, it) for it in learners]


def share(folder: Path) -> Path:
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("c.CourseDirectory.groupshared = True\n")
    return folder


@pytest.fixture(scope="session")
def stock(ungraded: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Stock:
    root = tmp_path_factory.mktemp("stock")
    course = copied(ungraded.folder, root / "ungraded")
    config = course / "nbgrader_config.py"
    exchange = copied(ungraded.exchange, root / "exchange")
    config.write_text(config.read_text().replace(str(ungraded.exchange), str(exchange)))
    copied(course / "submitted" / "chloe", course / "submitted" / "nina")
    for learner in PLAYS.keys() - set(LEARNERS):
        shutil.rmtree(course / "submitted" / learner, ignore_errors=True)

    def autograde(folder: Path, *options: str) -> Path:
        done = ungraded.nbgrader("autograde", ASSIGNMENT, "--force", *options, folder=folder)
        assert done.code == 0, done.stderr
        return folder

    first = autograde(copied(course, root / "first"))
    by_hand = copied(first, root / "by-hand")
    change(by_hand, BY_HAND, WORDS, EXTENSION)
    again = autograde(copied(by_hand, root / "again"))
    shared = autograde(share(copied(course, root / "shared")), "--student", "basile")
    return Stock(
        ungraded=course,
        first=first,
        by_hand=by_hand,
        again=again,
        shared=shared,
        exchange=exchange,
    )


Opened = Callable[[Path], NbgraderCourse]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Open a copy of a course; it is at `folder` of the object's own."""
    courses = []

    def open_(folder: Path) -> NbgraderCourse:
        course = NbgraderCourse(course_id=COURSE, folder=copied(folder, tmp_path / "course"))
        courses.append(course)
        return course

    yield open_
    for course in courses:
        course.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "course"


def database(folder: Path) -> Path:
    return folder / "gradebook.db"


def test_merged_work_leaves_the_gradebook_that_autograde_leaves(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    course = opened(stock.ungraded)

    outcomes = course.merge(ASSIGNMENT, works(stock.first))

    assert [(it.subject, it.status) for it in outcomes] == [(it, Status.DONE) for it in LEARNERS]
    assert outcomes[0].reason == "4 of 12 points, more by hand"
    assert dump(database(folder)) == dump(database(stock.first))


def test_merged_work_leaves_the_files_that_autograde_leaves(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    opened(stock.ungraded).merge(ASSIGNMENT, works(stock.first))

    assert tree(folder / "autograded") == tree(stock.first / "autograded")


def test_a_course_that_a_group_shares_has_the_modes_of_autograde(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    opened(share_copy(stock, folder)).merge(ASSIGNMENT, works(stock.shared, ("basile",)))

    assert tree(folder / "autograded") == tree(stock.shared / "autograded")


def share_copy(stock: Stock, folder: Path) -> Path:
    return share(copied(stock.ungraded, folder.with_name("to-share")))


def test_what_was_given_by_hand_stays_as_autograde_lets_it_stay(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    opened(stock.by_hand).merge(ASSIGNMENT, works(stock.again))

    assert dump(database(folder)) == dump(database(stock.again))
    assert [row for row in dump(database(folder))["grade"] if row[6] == 1.5]


def test_merging_twice_changes_nothing(stock: Stock, opened: Opened, folder: Path) -> None:
    course = opened(stock.ungraded)
    first = course.merge(ASSIGNMENT, works(stock.first))
    with closing(sqlite3.connect(database(folder))) as connection:
        ids = connection.execute("SELECT id FROM grade ORDER BY id").fetchall()

    second = course.merge(ASSIGNMENT, works(stock.first))

    assert second == first
    assert dump(database(folder)) == dump(database(stock.first))
    with closing(sqlite3.connect(database(folder))) as connection:
        assert connection.execute("SELECT id FROM grade ORDER BY id").fetchall() == ids
    assert tree(folder / "autograded") == tree(stock.first / "autograded")


WRONG = {
    "unknown-notebook": lambda it: replace(it, notebooks=(GradedNotebook(name="other"),)),
    "unknown-cell": lambda it: replace(
        it,
        notebooks=(
            GradedNotebook(
                name=NOTEBOOK, cells=(CellScore(id="mine", auto=9.0, needs_manual_grade=False),)
            ),
        ),
    ),
    "invalid-name": lambda it: replace(it, learner="../basile"),
    "protocol": lambda it: replace(
        it, files=(GradedFile(path="../../../gradebook.db", content=b"mine"),)
    ),
}


def test_work_that_does_not_fit_fails_alone(stock: Stock, opened: Opened, folder: Path) -> None:
    fitting = works(stock.first, ("gaelle", "hugo"))
    basile = graded_work(stock.first, ASSIGNMENT, "basile")
    wrong = [WRONG[kind](replace(basile, learner=kind)) for kind in WRONG]

    outcomes = opened(stock.ungraded).merge(ASSIGNMENT, [*wrong, *fitting])

    assert [it.kind for it in outcomes] == [*WRONG, "", ""]
    assert [it.status for it in outcomes] == [Status.FAILED] * len(WRONG) + [Status.DONE] * 2
    assert all(it.mend for it in outcomes[: len(WRONG)])
    graded = {row[1] for row in dump(database(folder))["submitted_assignment"]}
    assert graded == {"gaelle", "hugo"}
    there = {it for it in (folder / "autograded").rglob("*") if it.is_file()}
    assert {it.relative_to(folder / "autograded").parts[0] for it in there} == graded


def test_work_with_a_problem_is_not_merged(stock: Stock, opened: Opened, folder: Path) -> None:
    problem = Quarantined(kind="crash", reason="cell 3 ended Python", mend="ask for another")
    before = dump(database(copied(stock.first, folder.with_name("before"))))

    outcomes = opened(stock.first).merge(ASSIGNMENT, [GradedWork(learner="hugo", problem=problem)])

    assert outcomes == [Outcome.failed("hugo", problem.reason, kind="crash", mend=problem.mend)]
    assert dump(database(folder)) == before


def test_an_assignment_that_nobody_knows_is_refused(stock: Stock, opened: Opened) -> None:
    with pytest.raises(CourseOpsError, match="no assignment other"):
        opened(stock.ungraded).merge("other", works(stock.first))


def test_a_preview_gives_the_scores_and_changes_nothing(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    course = opened(stock.ungraded)
    before, files = dump(database(folder)), tree(folder / "submitted")

    preview = course.preview(ASSIGNMENT, works(stock.first))

    assert (dump(database(folder)), tree(folder / "submitted")) == (before, files)
    assert not (folder / "autograded").exists()
    course.merge(ASSIGNMENT, works(stock.first))
    assert sorted(preview, key=lambda it: it.learner) == sorted(
        course.scores(ASSIGNMENT), key=lambda it: it.learner
    )


DIE = """
import os, sys
from courseops.adapters.nbgrader.inside import folders, merging, rows
from courseops.adapters.nbgrader.inside.verbs import Responder
from courseops.adapters.spelling import spell_work
from tests.contract.test_merge import works
from pathlib import Path
place, course, stock = sys.argv[1:]
if place == "before the commit":
    merging.write_rows = lambda *_: os._exit(7)
else:
    folders.Place.finish = lambda self: os._exit(7)
responder = Responder()
responder.respond("open", {"course_id": "python101", "folder": course, "exchange": ""})
responder.respond("merge", {"name": "numbers", "extensions": {},
    "works": [spell_work(it) for it in works(Path(stock))]})
"""


@pytest.mark.parametrize("place", ["before the commit", "after the commit"])
def test_whoever_dies_while_merging_leaves_the_work_not_graded(
    stock: Stock, opened: Opened, folder: Path, place: str
) -> None:
    course = opened(stock.first)
    died = process.run(
        [sys.executable, "-c", DIE, place, str(folder), str(stock.again)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent)},
        timeout_seconds=60,
        cwd=Path(__file__).parents[2],
    )
    assert died.code == 7, died.stderr

    assert not any(it.graded for it in course.submissions(ASSIGNMENT))
    assert all(it.ever_graded for it in course.submissions(ASSIGNMENT))

    course.merge(ASSIGNMENT, works(stock.first))
    assert dump(database(folder)) == dump(database(stock.first))
    assert tree(folder / "autograded") == tree(stock.first / "autograded")
    assert all(it.graded for it in course.submissions(ASSIGNMENT))


def test_a_gradebook_that_cannot_be_written_leaves_everything(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    course = opened(stock.first)
    change(folder, "CREATE TRIGGER no BEFORE UPDATE ON grade BEGIN SELECT RAISE(ABORT, 'no'); END")

    with pytest.raises(CourseOpsError, match="could not be written"):
        course.merge(ASSIGNMENT, works(stock.again))

    assert dump(database(folder)) == dump(database(stock.first))
    assert tree(folder / "autograded") == tree(stock.first / "autograded")


def test_an_extension_needs_a_row_and_makes_none(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    course = opened(stock.ungraded)
    before = dump(database(folder))

    assert not course.extend(ASSIGNMENT, "hugo", seconds=3600)

    assert dump(database(folder)) == before


def test_an_extension_counts_from_the_deadline(stock: Stock, opened: Opened, folder: Path) -> None:
    course = opened(stock.first)
    late = {it.learner: it.late_seconds for it in course.submissions(ASSIGNMENT)}["hugo"]
    assert late > 0

    assert course.extend(ASSIGNMENT, "hugo", seconds=late / 2)
    halved = {it.learner: it for it in course.submissions(ASSIGNMENT)}["hugo"]
    assert halved.late_seconds == pytest.approx(late / 2, abs=1e-5)
    assert {it.learner: it.late_seconds for it in course.scores(ASSIGNMENT)}[
        "hugo"
    ] == halved.late_seconds

    assert course.extend(ASSIGNMENT, "hugo", seconds=0)
    assert dump(database(folder)) == dump(database(stock.first))


def test_an_extension_that_waited_comes_with_the_first_work(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    opened(stock.ungraded).merge(ASSIGNMENT, works(stock.first), {"hugo": 604800.0})

    rows = {row[1]: row[3] for row in dump(database(folder))["submitted_assignment"]}
    assert rows["hugo"] == "1970-01-08 00:00:00.000000"
    assert rows["basile"] is None


def test_the_last_five_copies_of_a_gradebook_are_kept(
    stock: Stock, opened: Opened, folder: Path
) -> None:
    course = opened(stock.first)

    for _ in range(7):
        course.save_gradebook()

    copies = sorted((folder / ".courseops" / "gradebooks" / COURSE).iterdir())
    assert len(copies) == 5
    assert {it.stat().st_mode & 0o777 for it in copies} == {0o600}
    assert dump(copies[0]) == dump(database(stock.first))


def test_marks_are_those_of_the_gradebook(stock: Stock, opened: Opened) -> None:
    marks = opened(stock.again).marks(ASSIGNMENT, ["hugo"])

    assert list(marks) == ["hugo"]
    (notebook,) = marks["hugo"]
    work = graded_work(stock.again, ASSIGNMENT, "hugo").notebooks[0]
    assert notebook["late_penalty"] == work.late_penalty
    assert [(it["id"], it["auto"]) for it in notebook["grades"]] == [
        (it.id, it.auto) for it in work.cells
    ]
    assert {(it["manual"], it["extra_credit"]) for it in notebook["grades"]} == {(1.5, 0.25)}
    assert [(it["id"], it["auto"]) for it in notebook["comments"]] == [
        (it.id, it.auto) for it in work.comments
    ]
    assert {it["manual"] for it in notebook["comments"]} == {"see me"}


@pytest.fixture(scope="session")
def told(stock: Stock, ungraded: Classroom) -> Path:
    """Give the course of which nbgrader has written and released the feedback."""
    for verb in ("generate_feedback", "release_feedback"):
        done = ungraded.nbgrader(verb, ASSIGNMENT, folder=stock.first)
        assert done.code == 0, done.stderr
    return stock.exchange / COURSE / "feedback"


def test_feedback_is_where_nbgrader_puts_it(
    stock: Stock, told: Path, opened: Opened, folder: Path
) -> None:
    exchange = folder.with_name("exchange")
    (exchange / COURSE).mkdir(parents=True)
    course = opened(moved(stock.first, folder, stock.exchange, exchange))
    shutil.rmtree(folder / "feedback")
    pages = {
        who: {
            it.path.removesuffix(".html"): it.content
            for it in files_in(stock.first / "feedback" / who / ASSIGNMENT)
            if it.path.endswith(".html")
        }
        for who in LEARNERS
    }

    written = [WrittenFeedback(learner=who, pages=pages[who]) for who in LEARNERS]
    outcomes = course.give_feedback(ASSIGNMENT, written)

    assert outcomes == [Outcome.done(it, "1 page") for it in LEARNERS]
    assert tree(folder / "feedback") == tree(stock.first / "feedback")
    # Other tests' feedback lies in the same exchange.
    ours, theirs = tree(exchange / COURSE / "feedback"), tree(told)
    assert len([it for it in ours if it.endswith(".html")]) == len(LEARNERS)
    assert ours == {name: theirs[name] for name in ours}
    assert (exchange / COURSE / "feedback").stat().st_mode == told.stat().st_mode


def moved(course: Path, folder: Path, exchange: Path, to: Path) -> Path:
    """Copy a course and give it another exchange."""
    copy = copied(course, folder.with_name("moved"))
    config = copy / "nbgrader_config.py"
    config.write_text(config.read_text().replace(str(exchange), str(to)))
    return copy


def test_whose_work_could_not_be_graded_finds_a_page_too(
    stock: Stock, told: Path, opened: Opened, folder: Path
) -> None:
    exchange = folder.with_name("exchange")
    (exchange / COURSE).mkdir(parents=True)
    course = opened(moved(stock.ungraded, folder, stock.exchange, exchange))
    problem = Quarantined(kind="crash", reason="cell 3 ended <Python>", mend="ask for another")

    written = [WrittenFeedback(learner=it, problem=problem) for it in ("hugo", "nobody")]
    given, skipped = course.give_feedback(ASSIGNMENT, written)

    assert given == Outcome.done("hugo", "1 page")
    assert (skipped.status, skipped.kind) == (Status.SKIPPED, "not-graded")
    kept = folder / "feedback" / "hugo" / ASSIGNMENT
    assert {it.name for it in kept.iterdir()} == {
        f"{NOTEBOOK}.html",
        "timestamp.txt",
        "submission_secret.txt",
    }
    (released,) = (exchange / COURSE / "feedback").iterdir()
    assert (told / released.name).is_file()
    assert b"cell 3 ended &lt;Python&gt;" in released.read_bytes()


def test_feedback_without_a_secret_fails_alone(stock: Stock, opened: Opened, folder: Path) -> None:
    exchange = folder.with_name("exchange")
    (exchange / COURSE).mkdir(parents=True)
    course = opened(moved(stock.first, folder, stock.exchange, exchange))
    (folder / "autograded" / "hugo" / ASSIGNMENT / "submission_secret.txt").unlink()

    outcomes = course.give_feedback(
        ASSIGNMENT,
        [WrittenFeedback(learner=it, pages={NOTEBOOK: b"well done"}) for it in ("hugo", "nina")],
    )

    assert [(it.status, it.kind) for it in outcomes] == [
        (Status.FAILED, "no-secret"),
        (Status.DONE, ""),
    ]
    assert len(list((exchange / COURSE / "feedback").iterdir())) == 1


def test_work_that_came_after_grading_is_not_graded(
    stock: Stock, opened: Opened, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = opened(stock.first)
    stamps = {"hugo": "2090-01-01 00:00:00.000000 UTC", "nina": "tomorrow or so"}
    for learner, stamp in stamps.items():
        path = folder / "submitted" / learner / ASSIGNMENT / "timestamp.txt"
        path.chmod(0o644)
        path.write_text(stamp)

    quickly = course.submissions(ASSIGNMENT)

    graded = {"basile": True, "gaelle": True, "hugo": False, "nina": False}
    assert {it.learner: it.graded for it in quickly} == graded
    assert all(it.ever_graded for it in quickly)
    monkeypatch.setattr(Look, "at", lambda _self, _quickly, ask: ask())
    assert course.submissions(ASSIGNMENT) == quickly

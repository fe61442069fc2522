"""nbgrader, driven by us: everyone gets a grade or a named reason, and nbgrader agrees."""

from __future__ import annotations

import csv
import json
import shutil
import stat
from pathlib import Path

import psutil
import pytest

from courseops.actions.assignments.collecting import collect_assignment
from courseops.actions.assignments.exports import export_grades
from courseops.actions.assignments.overview import assignment_status
from courseops.actions.assignments.quarantine import quarantine
from courseops.adapters.memory.store import MemoryEnrolments
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK, write_course
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.assignment import Released, State
from courseops.model.assignments.grade import Standing
from courseops.model.run import Status
from tests.support.course import (
    COURSE,
    PLAYS,
    Classroom,
    GradedClassroom,
    answer,
    edit,
    new_journal,
)

# What is made once for all of these tests takes long.
pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("classroom")]

KINDS = {
    "agnes": "",
    "basile": "",
    "chloe": "",
    "denis": "",
    "elise": "timeout",
    "farid": "unreadable",
    "gaelle": "missing-cells",
    "hugo": "",
    "ines": "not-submitted",
    "jules": "duplicate-cells",
    "karim": "wrong-name",
    "lea": "crash",
    "marc": "no-metadata",
    "nora": "bad-timestamp",
    "oscar": "",
}
PARTIAL = {"elise", "gaelle"}
GRADED = {who for who, kind in KINDS.items() if not kind}
FAILED = KINDS.keys() - GRADED - {"ines"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_released_notebook_has_neither_solutions_nor_hidden_tests(ungraded: Classroom) -> None:
    text = (ungraded.exchange / COURSE / "outbound" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text()

    assert "raise NotImplementedError" in text
    assert "SOLUTION" not in text
    assert "HIDDEN" not in text


def test_the_exchange_has_the_modes_that_nbgrader_gives_it(ungraded: Classroom) -> None:
    course = ungraded.exchange / COURSE

    assert mode(ungraded.exchange) == 0o777
    assert mode(course / "outbound") == 0o755
    assert mode(course / "inbound") == 0o2733


def test_a_second_release_of_the_same_changes_nothing(ungraded: Classroom) -> None:
    assert ungraded.released == [Released.NEW, Released.UNCHANGED]


def test_a_release_that_nbgrader_refuses_gives_its_own_words(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    write_course(folder, course_id=COURSE, exchange=tmp_path / "exchange")
    source = folder / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    notebook = json.loads(source.read_text())
    notebook["cells"].append(dict(notebook["cells"][3], id="again"))
    source.write_text(json.dumps(notebook))

    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        with pytest.raises(RefusedError, match="Duplicate grade id: test_total"):
            course.releasing.generate(ASSIGNMENT)
        assert course.assignments()[0].state is State.DRAFT


def test_a_course_that_says_it_is_another_is_refused(tmp_path: Path) -> None:
    write_course(tmp_path / "course", course_id="other", exchange=tmp_path / "exchange")

    with (
        NbgraderCourse(course_id=COURSE, folder=tmp_path / "course") as course,
        pytest.raises(RefusedError, match="'other', not 'python101'"),
    ):
        course.assignments()


def test_everyone_who_submitted_is_collected(ungraded: Classroom) -> None:
    assert {it.subject for it in ungraded.collected} == PLAYS.keys() - {"ines"}
    assert {it.kind for it in ungraded.collected} == {"collected"}


def test_collecting_again_takes_nothing_twice(ungraded: Classroom) -> None:
    again = collect_assignment(ungraded.ports, ungraded.journal, ASSIGNMENT, students=["agnes"])

    assert [(it.status, it.kind) for it in again.outcomes] == [(Status.SKIPPED, "unchanged")]


def test_a_link_in_a_submission_is_not_followed(ungraded: Classroom, tmp_path: Path) -> None:
    inbound = ungraded.exchange / COURSE / "inbound"
    planted = inbound / f"zoe+{ASSIGNMENT}+2026-03-02 09:00:00.000000 UTC+abc"
    planted.mkdir()
    (planted / f"{NOTEBOOK}.ipynb").symlink_to(ungraded.folder / "gradebook.db")

    try:
        done = collect_assignment(ungraded.ports, new_journal(), ASSIGNMENT, students=["zoe"])
    finally:
        shutil.rmtree(planted)

    assert [(it.status, it.kind) for it in done.outcomes] == [(Status.FAILED, "link")]
    assert not ungraded.submitted("zoe").exists()


@pytest.mark.parametrize("learner", sorted(KINDS))
def test_each_has_a_grade_or_a_named_reason(classroom: GradedClassroom, learner: str) -> None:
    outcome = classroom.first[learner]

    assert outcome.kind == KINDS[learner], outcome
    if learner in FAILED:
        assert outcome.status is Status.FAILED
        assert outcome.reason
        assert outcome.mend
    elif learner == "ines":
        assert outcome.status is Status.SKIPPED
    else:
        assert outcome.status is Status.DONE
        assert "of 12 points" in outcome.reason


def test_a_second_autograde_leaves_what_has_its_grade(classroom: GradedClassroom) -> None:
    again = {who: classroom.second[who] for who in PLAYS}

    assert {who for who, it in again.items() if it.kind == "already-graded"} == GRADED
    assert {who for who, it in again.items() if it.status is Status.FAILED} == FAILED


def test_the_quarantine_lists_what_failed_and_nothing_else(classroom: GradedClassroom) -> None:
    found = quarantine(classroom.room.course, classroom.room.journal.runs, ASSIGNMENT)

    assert {it.subject for it in found.outcomes} == FAILED


def test_what_the_endless_loop_left_alone_keeps_its_points(classroom: GradedClassroom) -> None:
    scores = {it.learner: it for it in classroom.room.course.scores(ASSIGNMENT)}

    assert scores["elise"].auto == 7
    assert scores["agnes"].auto == 10


def test_the_late_one_is_late_and_pays_what_the_course_says(classroom: GradedClassroom) -> None:
    score = next(it for it in classroom.room.course.scores(ASSIGNMENT) if it.learner == "hugo")

    assert 0 < score.late_seconds < 60
    assert (score.raw_score, score.late_penalty, score.score) == (10, 1, 9)


def test_graded_files_are_as_nbgrader_leaves_them(classroom: GradedClassroom) -> None:
    folder = classroom.room.autograded("agnes")

    names = {it.name for it in folder.iterdir()}
    assert names == {f"{NOTEBOOK}.ipynb", "timestamp.txt", "submission_secret.txt"}
    assert {mode(it) for it in folder.iterdir()} == {0o444}


def test_feedback_reaches_everyone_who_submitted(classroom: GradedClassroom) -> None:
    given = {who for who, it in classroom.feedback.items() if it.status is Status.DONE}
    pages = list((classroom.room.exchange / COURSE / "feedback").glob("*.html"))

    assert given == PLAYS.keys() - {"ines"}
    assert len(pages) == len(given)
    refused = sum(b"could not be graded" in it.read_bytes() for it in pages)
    assert refused == len(FAILED - PARTIAL)


def test_the_export_has_a_line_for_everyone(classroom: GradedClassroom) -> None:
    room = classroom.room
    nobody = MemoryEnrolments()
    grades = export_grades(room.course, room.course.gradebook, room.journal.runs, nobody)
    rows = {row["student id"]: row for row in csv.DictReader(grades.as_csv().splitlines())}

    assert rows.keys() == PLAYS.keys()
    assert rows["ines"]["state"] == "not submitted"
    assert rows["farid"]["state"].startswith(f"quarantined: {NOTEBOOK}.ipynb is not JSON")
    assert (rows["farid"]["score"], rows["elise"]["score"]) == ("", "7")
    assert rows["agnes"]["needs manual"] == "yes"


def test_the_status_of_an_assignment_says_where_each_stands(classroom: GradedClassroom) -> None:
    room = classroom.room
    status = assignment_status(room.course, room.course.gradebook, room.journal.runs, ASSIGNMENT)
    standing = {it.person.username: it.standing for it in status.learners}

    assert {who for who, it in standing.items() if it is Standing.GRADED} == GRADED
    assert {who for who, it in standing.items() if it is Standing.QUARANTINED} == FAILED
    assert standing["ines"] is Standing.NOT_SUBMITTED
    assert abs(status.assignment.due_at - room.due_at).total_seconds() < 1


def test_what_waits_for_a_person_is_counted_as_the_scores_say(classroom: GradedClassroom) -> None:
    room = classroom.room
    cells = room.course.by_hand(ASSIGNMENT)
    waiting = {it.learner for it in room.course.scores(ASSIGNMENT) if it.needs_manual_grade}

    assert cells.keys() == waiting
    assert waiting
    assert all(count >= 1 for count in cells.values())
    assert room.course.by_hand("nothing") == {}


def test_nbgraders_own_commands_read_the_gradebook(classroom: GradedClassroom) -> None:
    listed = classroom.room.nbgrader("list")
    exported = classroom.room.nbgrader("export", "--to", "theirs.csv")

    assert (listed.code, exported.code) == (0, 0), listed.stderr + exported.stderr
    assert f"{COURSE} {ASSIGNMENT}" in listed.stderr
    theirs = (classroom.room.folder / "theirs.csv").read_text().splitlines()
    scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(theirs)}
    ours = {it.learner: it.score for it in classroom.room.course.scores(ASSIGNMENT)}
    assert ours == {who: scores[who] for who in ours}
    room, nobody = classroom.room, MemoryEnrolments()
    written = export_grades(room.course, room.course.gradebook, room.journal.runs, nobody).as_csv()
    rows = {row["student id"]: row["score"] for row in csv.DictReader(written.splitlines())}
    assert {who: float(score) for who, score in rows.items() if score} == ours


def test_scores_equal_those_of_nbgraders_own_autograde(
    ungraded: Classroom, classroom: GradedClassroom, tmp_path: Path
) -> None:
    folder = tmp_path / "course"
    shutil.copytree(ungraded.folder, folder)

    done = ungraded.nbgrader("autograde", ASSIGNMENT, "--student", "[abcdh]*", folder=folder)

    assert done.code == 0, done.stderr
    with NbgraderCourse(course_id=COURSE, folder=folder) as course:
        theirs = {it.learner: it for it in course.scores(ASSIGNMENT)}
    ours = {it.learner: it for it in classroom.room.course.scores(ASSIGNMENT)}
    assert theirs.keys() == {"agnes", "basile", "chloe", "denis", "hugo"}
    assert theirs == {who: ours[who] for who in theirs}


def copied(ungraded: Classroom, tmp_path: Path) -> Classroom:
    folder = tmp_path / "course"
    shutil.copytree(ungraded.folder, folder)
    return Classroom(**{**vars(ungraded), "folder": folder})


def test_a_newer_submission_and_a_cut_off_grading_are_graded_again(
    classroom: GradedClassroom, tmp_path: Path
) -> None:
    room = copied(classroom.room, tmp_path)
    half = room.autograded("agnes") / f"{NOTEBOOK}.ipynb"
    half.unlink()
    shutil.copy(room.submitted("agnes") / half.name, half)
    (room.submitted("basile") / "timestamp.txt").write_text("2100-01-01 00:00:00.000000 UTC")

    with NbgraderCourse(course_id=COURSE, folder=room.folder) as room.course:
        report = room.autograde(students=["agnes", "basile", "chloe"])

    assert {it.subject: it.kind for it in report.outcomes} == {
        "agnes": "",
        "basile": "",
        "chloe": "already-graded",
    }


STUBBORN = """
import re
while True:
    try:
        # Never lets another thread run, such as the one that watches for a dead parent.
        re.match("(a+)+$", "a" * 60 + "b")
    except BaseException:
        pass
"""


def test_code_that_cannot_be_interrupted_costs_its_own_submission_only(
    ungraded: Classroom, tmp_path: Path
) -> None:
    room = copied(ungraded, tmp_path)
    edit(room.submitted("agnes"), answer("total", STUBBORN))
    with NbgraderCourse(course_id=COURSE, folder=room.folder) as room.course:
        children = {it.pid for it in psutil.Process().children(recursive=True)}
        coming = room.grader().grade(ASSIGNMENT, ["agnes", "basile"], workers=1)
        works = {it.learner: it for it in coming}

    assert works["agnes"].problem.kind == "timeout"
    assert works["basile"].problem is None
    assert {it.pid for it in psutil.Process().children(recursive=True)} <= children


def test_a_grader_that_cannot_open_the_course_raises(tmp_path: Path) -> None:
    room_folder = tmp_path / "course"
    write_course(room_folder, course_id="other", exchange=tmp_path / "exchange")
    room = Classroom(
        folder=room_folder,
        exchange=tmp_path,
        course=NbgraderCourse(course_id=COURSE, folder=room_folder),
        journal=None,
        released=[],
        collected=(),
        ports=None,
        due_at=None,
    )

    with pytest.raises(CourseOpsError, match="not 'python101'"):
        list(room.grader().grade(ASSIGNMENT, ["agnes"]))

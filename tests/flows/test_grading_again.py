"""Grading again explains itself first; what is in quarantine is mended or accepted, then graded."""

import os
import pty
import subprocess

import pytest

from courseops.demo.coursework import ASSIGNMENT
from tests.support.fifteen_ways import COURSE, FILE, hand_in, open_course

pytestmark = [pytest.mark.nbgrader, pytest.mark.timeout(300)]

CLASS = ("ada", "ben", "cyd", "dan")
BROKEN = {"ben": "wrong-name", "cyd": "duplicate-cells", "dan": "crash"}


@pytest.fixture
def course(desk):
    folder = open_course(desk)
    hand_in(folder, CLASS, BROKEN)
    return folder


def run(desk, verb, *args, **more):
    return desk.run("assignment", verb, COURSE, ASSIGNMENT, *args, **more)


def kinds(said):
    return {it["subject"]: it["kind"] for it in said.document["outcomes"]}


def test_what_can_be_mended_is_mended_beside_the_submission_and_then_graded(desk, course):
    assert kinds(run(desk, "autograde", "--json")) == {"ada": ""} | BROKEN
    handed_in = course / "submitted" / "cyd" / ASSIGNMENT / FILE
    before = handed_in.read_bytes()

    mended = kinds(run(desk, "quarantine", "--apply", "--json"))

    assert mended == {"ben": "mended", "cyd": "mended", "dan": "not-mendable"}
    assert handed_in.read_bytes() == before
    again = run(desk, "autograde", "--json")
    assert again.code == 3
    assert kinds(again) == {"ada": "already-graded", "ben": "", "cyd": "", "dan": "crash"}


def test_a_score_that_is_accepted_leaves_the_quarantine(desk, course):
    (course / "submitted" / "dan" / ASSIGNMENT / FILE).write_bytes(
        (course / "submitted" / "ada" / ASSIGNMENT / FILE)
        .read_bytes()
        .replace(b"return sum(prices)", b"import time; time.sleep(60)")
    )
    run(desk, "autograde", "--student", "dan")
    assert run(desk, "quarantine", "--accept", "ada").code == 1

    assert kinds(run(desk, "quarantine", "--json")) == {"dan": "timeout"}
    assert run(desk, "quarantine", "--accept", "dan").code == 0

    assert kinds(run(desk, "quarantine", "--json")) == {}
    assert kinds(run(desk, "autograde", "--student", "dan", "--json")) == {"dan": "accepted"}


def test_grading_again_asks_before_points_change(desk, course):
    run(desk, "autograde", "--student", "ada")
    work = course / "submitted" / "ada" / ASSIGNMENT / FILE
    work.write_bytes(work.read_bytes().replace(b"return sum(prices)", b"return -1"))
    book = course / "gradebook.db"
    before = book.read_bytes()

    code, said = answered(desk, "n", "--student", "ada", "--regrade")

    assert "Change the grades of 1?" in said
    assert "ada" in said
    assert code != 0
    assert book.read_bytes() == before
    assert run(desk, "autograde", "--student", "ada", "--regrade", "--yes").code == 0
    assert book.read_bytes() != before


def answered(desk, answer, *args):
    """Run autograde on a terminal and type an answer; give the exit code and what was said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [desk.program, "assignment", "autograde", COURSE, ASSIGNMENT, *args],
        env=desk.environment(TERM="dumb"),
        cwd=desk.folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    while True:
        try:
            piece = os.read(ours, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    return process.wait(30), said.decode()

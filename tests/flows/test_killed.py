"""
Grading that is killed or interrupted goes on where it was, and leaves nothing behind.

The suite does it with a small class; `COURSEOPS_FULL_CLASS=200 COURSEOPS_KILLS=20` as large as
one likes.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from courseops.demo.coursework import ASSIGNMENT
from tests.support.command import Desk
from tests.support.fifteen_ways import COURSE, hand_in, names, open_course
from tests.support.gradebooks import dump
from tests.support.sameness import same_notebooks

pytestmark = [
    pytest.mark.nbgrader,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("killed"),
]

CLASS = names(int(os.environ.get("COURSEOPS_FULL_CLASS", "16")))
KILLS = int(os.environ.get("COURSEOPS_KILLS", "3"))
AUTOGRADE = ("assignment", "autograde", COURSE, ASSIGNMENT)
# One crashes its kernel, one is cut off by the output it makes: they stay so, however often.
BROKEN = {CLASS[5]: "crash", CLASS[10]: "output"}


@pytest.fixture
def course(desk: Desk) -> Path:
    folder = open_course(desk)
    hand_in(folder, CLASS, BROKEN)
    return folder


def graded(folder: Path) -> set[str]:
    return {it.parent.name for it in folder.glob(f"autograded/*/{ASSIGNMENT}") if it.is_dir()}


def family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def start(desk: Desk) -> psutil.Popen:
    return psutil.Popen(
        [desk.program, *AUTOGRADE],
        env=desk.environment(),
        cwd=desk.folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )


def gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Wait for the end of all; give those that stay."""
    _, alive = psutil.wait_procs(processes, timeout=20)
    return [it for it in alive if it.is_running() and it.status() != psutil.STATUS_ZOMBIE]


def test_killed_again_and_again_it_comes_to_what_an_undisturbed_run_does(desk, course):
    undisturbed = shutil.copytree(course, desk.folder / "undisturbed")
    # A seed of its own: whoever sees it fail can see it again.
    chance = random.Random(20260302)
    seen: list[psutil.Process] = []
    for _ in range(KILLS):
        before = len(graded(course))
        process = start(desk)
        # Past the start, so that something is under way.
        wait_for(lambda process=process: len(family(process)) > 3 or process.poll() is not None)
        time.sleep(chance.uniform(0.2, 4.0))
        relatives = family(process)
        seen += relatives
        if relatives:
            victim = relatives[0] if chance.random() < 0.7 else chance.choice(relatives)
            victim.kill()
            if victim is not relatives[0]:
                wait_for(lambda before=before: len(graded(course)) > before, seconds=5)
                relatives[0].kill()
        process.wait(30)
    assert gone(seen) == []

    last = desk.run(*AUTOGRADE, "--json")
    assert last.code == 3, last.err
    kinds = {it["subject"]: it["kind"] for it in last.document["outcomes"]}
    assert {who: kinds[who] for who in BROKEN} == BROKEN
    assert set(kinds.values()) <= {"", "already-graded", *BROKEN.values()}
    assert graded(course) == set(CLASS) - BROKEN.keys()

    swapped = shutil.move(course, desk.folder / "disturbed")
    shutil.move(undisturbed, course)
    assert desk.run(*AUTOGRADE).code == 3
    assert dump(swapped / "gradebook.db") == dump(course / "gradebook.db")
    assert same_notebooks(swapped, course) == len(CLASS) - len(BROKEN)


def wait_for(happened, seconds=30):
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_an_interrupt_keeps_what_was_graded_and_the_next_run_goes_on(desk, course):
    process = start(desk)
    wait_for(lambda: workers(process))
    relatives = family(process)
    # Not by the number of graded ones: the writer takes them in by batches.
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert gone([*relatives, *family(process)]) == []

    kept = graded(course)
    last = desk.run(*AUTOGRADE, "--json")
    again = {it["subject"] for it in last.document["outcomes"] if it["kind"] == "already-graded"}
    assert again == kept
    assert graded(course) == set(CLASS) - BROKEN.keys()


def test_a_worker_that_is_killed_loses_no_submission(desk, course):
    process = start(desk)
    wait_for(lambda: workers(process))
    while_it_starts = workers(process)
    while_it_starts[0].kill()
    # One that has started a kernel has work in hand.
    wait_for(lambda: busy(process))
    busy(process)[0].kill()
    assert process.wait(120) == 3
    assert graded(course) == set(CLASS) - BROKEN.keys()


def busy(process: psutil.Process) -> list[psutil.Process]:
    return [it for it in workers(process) if len(family(it)) > 1]


def workers(process: psutil.Process) -> list[psutil.Process]:
    found = []
    for each in family(process):
        try:
            if "courseops.adapters.grading.workers.worker" in each.cmdline():
                found.append(each)
        except psutil.NoSuchProcess:
            continue
    return found

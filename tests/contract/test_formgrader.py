"""nbgrader's own formgrader, a real one, opens on what we have graded."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from courseops.adapters import process
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.demo.coursework import ASSIGNMENT, NOTEBOOK
from courseops.model.assignments.grade import Score
from tests.support.course import COURSE, GradedClassroom

# What is made once for all of these tests takes long.
pytestmark = [pytest.mark.nbgrader, pytest.mark.xdist_group("classroom")]

TOKEN = "for-this-test-only"


@dataclass(frozen=True)
class Opened:
    course: NbgraderCourse
    browser: httpx.Client


@pytest.fixture(scope="module")
def formgrader(
    classroom: GradedClassroom, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """Start a Jupyter server with nbgrader's extension in a copy of the course's folder."""
    home = tmp_path_factory.mktemp("formgrader")
    folder = home / "course"
    shutil.copytree(classroom.room.folder, folder)
    # Over a time that is none, its list of submissions fails, whoever has graded.
    stamp = folder / "submitted" / "nora" / ASSIGNMENT / "timestamp.txt"
    stamp.write_text("2026-03-02 09:00:00.000000 UTC")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = os.open(home / "log", os.O_CREAT | os.O_WRONLY)
    server = process.start(
        [
            str(Path(sys.executable).with_name("jupyter-server")),
            "--allow-root",
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
            f"--IdentityProvider.token={TOKEN}",
            "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"},
        stderr=log,
        cwd=folder,
    )
    os.close(log)
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"token {TOKEN}"},
            timeout=30,
            trust_env=False,
        ) as client:
            wait_for(client, server, home / "log")
            with NbgraderCourse(course_id=COURSE, folder=folder) as course:
                yield Opened(course, client)
    finally:
        server.kill()
        server.wait()


def wait_for(client: httpx.Client, server: process.Process, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/formgrader/api/status").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"the server does not answer: {log.read_text()[-2000:]}")


def scores(formgrader: Opened) -> dict[str, Score]:
    return {it.learner: it for it in formgrader.course.scores(ASSIGNMENT)}


def submitted_notebook(browser: httpx.Client, learner: str) -> str:
    rows = browser.get(f"/formgrader/api/submitted_notebooks/{ASSIGNMENT}/{NOTEBOOK}").json()
    return str(next(it["id"] for it in rows if it["student"] == learner))


def grades(browser: httpx.Client, notebook: str) -> list[dict[str, Any]]:
    answer = browser.get("/formgrader/api/grades", params={"submission_id": notebook})
    return list(answer.json())


def test_the_assignment_and_its_scores_are_listed(formgrader: Opened) -> None:
    (assignment,) = formgrader.browser.get("/formgrader/api/assignments").json()
    rows = formgrader.browser.get(f"/formgrader/api/submissions/{ASSIGNMENT}").json()

    ours = scores(formgrader)
    assert assignment["name"] == ASSIGNMENT
    theirs = {it["student"]: it for it in rows if it["autograded"]}
    assert {who: (it["score"], it["max_score"]) for who, it in theirs.items()} == {
        who: (it.raw_score, it.max_score) for who, it in ours.items()
    }
    assert {who: it["needs_manual_grade"] for who, it in theirs.items()} == {
        who: it.needs_manual_grade for who, it in ours.items()
    }


@pytest.mark.parametrize(
    "page",
    [
        "manage_assignments",
        f"manage_submissions/{ASSIGNMENT}",
        "gradebook",
        f"gradebook/{ASSIGNMENT}",
        f"gradebook/{ASSIGNMENT}/{NOTEBOOK}",
        "manage_students",
        "manage_students/agnes",
    ],
)
def test_its_pages_open(formgrader: Opened, page: str) -> None:
    answer = formgrader.browser.get(f"/formgrader/{page}")
    assert answer.status_code == 200
    assert "nbgrader" in answer.text


def test_a_time_that_is_none_stops_its_whole_list_until_it_is_mended(formgrader: Opened) -> None:
    place = formgrader.course.whereabouts().submitted
    stamp = Path(place.format(learner="nora", assignment=ASSIGNMENT)) / "timestamp.txt"
    time_of_submission = stamp.read_text()
    codes = []
    for text in ("yesterday, I think", time_of_submission):
        stamp.write_text(text)
        codes.append(
            formgrader.browser.get(f"/formgrader/api/submissions/{ASSIGNMENT}").status_code
        )
    assert codes == [500, 200]


@pytest.mark.parametrize("learner", ["agnes", "gaelle", "hugo"])
def test_a_graded_notebook_opens_with_its_points(formgrader: Opened, learner: str) -> None:
    notebook = submitted_notebook(formgrader.browser, learner)
    page = formgrader.browser.get(f"/formgrader/submissions/{notebook}/")

    assert page.status_code == 200
    assert "test_total" in page.text
    given = sum(it["auto_score"] or 0 for it in grades(formgrader.browser, notebook))
    assert given == scores(formgrader)[learner].auto


def test_points_that_a_person_gives_in_it_are_seen(formgrader: Opened) -> None:
    rows = grades(formgrader.browser, submitted_notebook(formgrader.browser, "chloe"))
    by_hand = next(it for it in rows if it["auto_score"] is None)

    put = formgrader.browser.put(
        f"/formgrader/api/grade/{by_hand['id']}", json={"manual_score": 1.5, "extra_credit": None}
    )

    assert put.is_success, put.text
    assert scores(formgrader)["chloe"].manual == 1.5

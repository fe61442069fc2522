"""No notebook does harm, reads what it should not, or gets a point through the machinery.

All are graded as the real thing is, in one worker, each with an honest one after it. Where it
is safe, the same notebook without walls shows that it would do its harm.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from courseops.adapters.grading.bundle import FACTORY, Bundle, Engine, Work
from courseops.adapters.grading.workers.pool import LocalPool
from courseops.adapters.nbgrader.client import Client, Opening
from courseops.adapters.spelling import read_work
from courseops.model.assignments.allowance import MEBIBYTE, Allowance
from courseops.model.assignments.graded import GradedWork
from courseops.ports.grading import Parcel, Reply
from tests.support import hostile

pytestmark = [pytest.mark.nbgrader, pytest.mark.system, pytest.mark.xdist_group("hostile")]

HERE = Path(__file__).parents[2]
ALL = hostile.read_all()
HARMFUL = [name for name, it in ALL.items() if "harm" in it.header]
CHEATING = HERE / "docs" / "explanation" / "cheating.md"
SMALL = Allowance(
    wall_seconds=10,
    cpu_seconds=4,
    memory_bytes=1024 * MEBIBYTE,
    processes=48,
    open_files=128,
    file_bytes=8 * MEBIBYTE,
    scratch_bytes=16 * MEBIBYTE,
    output_bytes=MEBIBYTE // 2,
)


@dataclass(frozen=True)
class Course:
    folder: Path
    bundle: Mapping[str, object]
    places: dict[str, str]

    @property
    def grades(self) -> str:
        return (self.folder / "grades.txt").read_text()


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    root = tmp_path_factory.mktemp("hostile")
    places = hostile.write_course(root / "course")
    (root / "exchange").mkdir(mode=0o777)
    opening = Opening(course_id=hostile.COURSE, folder=root / "course", exchange=root / "exchange")
    with Client(opening) as client:
        client.ask("generate", timeout_seconds=60, name=hostile.ASSIGNMENT)
        bundle = client.ask("bundle", timeout_seconds=60, name=hostile.ASSIGNMENT)
    with _answering_server() as port:
        more = {"PORT": str(port), "OWN": str(os.getpid()), "TOKEN": f"hostile-{os.getpid()}"}
        yield Course(root / "course", bundle, {**places, **more})


class _answering_server:  # noqa: N801 - used as a function
    def __enter__(self) -> int:
        self._server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        port: int = self._server.getsockname()[1]
        return port

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                with line:
                    line.sendall(hostile.GRADEBOOK.encode())

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def grade(course: Course, works: Sequence[Work], *, trusted: bool) -> dict[str, Reply]:
    bundle = Bundle(
        course=course.bundle,
        allowance=SMALL,
        engine=Engine(factory=FACTORY, preload=(), options={"trusted": trusted}),
    )
    environment = {"PYTHONPATH": str(HERE), "COURSE_TOKEN": hostile.ENVIRONMENT}
    pool = LocalPool(environment=environment, recycle_after=10_000)
    parcels = [Parcel(subject=it.learner, verb="grade", content=it.encode()) for it in works]
    return {it.subject: it for it in pool.run(bundle.encode, parcels, workers=1)}


@pytest.fixture(scope="session")
def replies(course: Course, request: pytest.FixtureRequest) -> dict[str, Reply]:
    """Grade those hostile submissions that some test of this run asks for, and honest ones."""
    asked = {
        it.callspec.params.get("name") for it in request.session.items if hasattr(it, "callspec")
    }
    works = [hostile.honest("honest-first")]
    for name in ALL:
        if name in asked:
            works += [ALL[name].handed_in(course.places), hostile.honest(f"after-{name}")]
    return grade(course, works, trusted=False)


@pytest.fixture(scope="session")
def unwalled(course: Course, replies: dict[str, Reply]) -> dict[str, Reply]:
    """Grade those whose harm is safe to see once more, without walls."""
    del replies
    # What reads comes before what writes.
    works = [ALL[it].handed_in(course.places) for it in sorted(HARMFUL, key=_writes)]
    graded = grade(course, works, trusted=True)
    graded["grades"] = Reply(subject="grades", content=course.grades.encode())
    (course.folder / "grades.txt").write_text(hostile.GRADEBOOK)
    return graded


def _writes(name: str) -> bool:
    return ALL[name].header["harm"] == "writes"


def scores(work: GradedWork) -> dict[str, float | None]:
    return {cell.id: cell.auto for notebook in work.notebooks for cell in notebook.cells}


def read(reply: Reply) -> GradedWork:
    assert not reply.failure, f"the worker did not live: {reply.reason}"
    return read_work(json.loads(reply.content))


def text_out(work: GradedWork) -> str:
    """Give all that a learner's code can have put out, but for what the hidden test shows."""
    shown = [
        (cell, outputs)
        for file in work.files
        if file.path.endswith(".ipynb")
        for cell, outputs in hostile.outputs_of(file.content)
        if cell != "test_hidden"
    ]
    others = [it.content.decode(errors="replace") for it in work.files if ".ipynb" not in it.path]
    return (
        json.dumps(shown)
        + str([it.path for it in work.files])
        + "".join(others)
        + str(work.problem)
    )


def test_an_honest_submission_scores_and_nobody_is_told_anything(replies: dict[str, Reply]) -> None:
    work = read(replies["honest-first"])
    assert work.problem is None
    assert scores(work) == hostile.EVERYTHING
    assert work.remarks == ()


@pytest.mark.parametrize("name", ALL)
def test_no_point_through_the_machinery(replies: dict[str, Reply], name: str) -> None:
    header, work = ALL[name].header, read(replies[name])
    told = "\n".join(work.remarks)
    if work.problem is not None:
        assert work.problem.kind in header.get("ends", "").split(), work.problem
        assert not work.notebooks
        return
    assert "ends" not in header or "may-live" in header or "flag" in header, "it lives on"
    got = scores(work)
    if "flag" in header:
        assert re.search(header["flag"], told), (told, got)
    elif "listed" in header:
        assert f"`{name}`" in CHEATING.read_text(), "what is not noticed is listed"
    else:
        expected = hostile.HONEST_REST | hostile.NOTHING
        # Who fills the folder leaves no room for what its own second notebook compiles.
        lost = {"test_third"} if "fills" in header else set()
        assert {it: got[it] for it in expected if it not in lost} == {
            it: expected[it] for it in expected if it not in lost
        }, told
    assert "quiet" not in header or not told


@pytest.mark.parametrize("name", ALL)
def test_no_secret_comes_back(replies: dict[str, Reply], name: str) -> None:
    put_out = text_out(read(replies[name]))
    for secret in (hostile.GRADEBOOK, hostile.ENVIRONMENT, "reached the"):
        assert secret not in put_out
    if "flag" not in ALL[name].header:
        assert hostile.HIDDEN not in put_out


@pytest.mark.parametrize("name", ALL)
def test_the_next_submission_is_graded_as_ever(replies: dict[str, Reply], name: str) -> None:
    work = read(replies[f"after-{name}"])
    assert work.problem is None
    assert scores(work) == hostile.EVERYTHING
    assert work.remarks == ()


def test_nothing_was_changed_and_nobody_lives_on(replies: dict[str, Reply], course: Course) -> None:
    assert replies
    assert course.grades == hostile.GRADEBOOK
    assert not _living(course.places["TOKEN"])
    assert sorted(it.name for it in course.folder.iterdir() if it.is_dir()) == [
        "release",
        "source",
        "submitted",
    ]


@pytest.mark.parametrize("name", HARMFUL)
def test_without_walls_it_does_its_harm(
    unwalled: dict[str, Reply], course: Course, name: str
) -> None:
    harm, work = ALL[name].header["harm"], read(unwalled[name])
    if harm in ("reads", "connects"):
        assert hostile.GRADEBOOK in text_out(work)
    elif harm == "writes":
        assert unwalled["grades"].content == b"forged"
    elif harm == "daemon":
        living = _living(course.places["TOKEN"])
        for pid in living:
            os.kill(pid, signal.SIGKILL)
        assert living


def _living(token: str) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdecimal() and token.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found

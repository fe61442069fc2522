"""What becomes of a submission when kernels do this or that; no kernel is started here."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbgrader
import pytest
from nbformat import from_dict
from nbgrader.utils import compute_checksum

from courseops.adapters.grading.bundle import Bundle, Engine, Prior, Work
from courseops.adapters.grading.inside.station import GradingStation
from courseops.adapters.grading.kernels import (
    CellEnd,
    CellToRun,
    KernelDiedError,
    NeedsStockKernelError,
    NoKernelsError,
)
from courseops.adapters.spelling import read_work
from courseops.errors import CourseOpsError, RefusedError
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import CellScore, GradedWork, ResourceUse
from tests.support.comparison import code, graded_test, notebook

pytestmark = pytest.mark.nbgrader

ANSWER = code("x = 1", solution=True, grade_id="x")
CHECK = graded_test("test_x", "assert x == 1", points=2)
ERROR = {"output_type": "error", "ename": "AssertionError", "evalue": "", "traceback": []}

Answer = Callable[[CellToRun], CellEnd]


class Script:
    """Kernels that do as `answer` says, and remember what they were asked."""

    answer: Answer
    start: Callable[[str], None]
    seen: list[tuple[str, bool, bool]]
    files: Mapping[str, bytes]

    def __init__(self) -> None:
        self.answer = lambda _cell: CellEnd(execution_count=1)
        self.start = lambda _name: None
        self.seen = []
        self.files = {}


SCRIPT = Script()


class Scripted:
    language_info: Mapping[str, str]

    def __init__(self, *, stock: bool = False) -> None:
        self.language_info = {"name": "scripted"}
        self._stock = stock

    @contextmanager
    def bench(self, files: Mapping[str, bytes], _allowance: Allowance) -> Iterator[Scripted]:
        SCRIPT.files = files
        yield self

    @contextmanager
    def start(
        self, kernelspec: str, *, cells: Sequence[CellToRun], stock: bool
    ) -> Iterator[Scripted]:
        assert cells
        SCRIPT.start(kernelspec)
        yield Scripted(stock=stock)

    def execute(self, cell: CellToRun, *, timeout_seconds: float | None) -> CellEnd:
        assert timeout_seconds == 7
        SCRIPT.seen.append((cell.source, cell.trusted, self._stock))
        return SCRIPT.answer(cell)

    def use(self) -> ResourceUse:
        return ResourceUse(cpu_seconds=1.5, memory_bytes=7)

    def close(self) -> None:
        pass


def open_kernels(*, preload: Sequence[str]) -> Scripted:
    assert preload == ("json",)
    return Scripted()


def spelled(files: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"path": path, "content": base64.b64encode(it.encode()).decode()}
        for path, it in files.items()
    ]


def bundle(config: str = "") -> Bundle:
    source = [
        {
            "name": cell["metadata"]["nbgrader"]["grade_id"],
            "cell_type": "code",
            "locked": cell["metadata"]["nbgrader"]["locked"],
            "source": cell["source"],
            "checksum": compute_checksum(from_dict(cell)),  # type: ignore[no-untyped-call]
        }
        for cell in (ANSWER, CHECK)
    ]
    cells = [
        {"name": "x", "type": "SolutionCell", "max_score": None, "cell_type": None},
        {"name": "test_x", "type": "GradeCell", "max_score": 2.0, "cell_type": "code"},
    ]
    kernelspec = json.dumps({"name": "teachers", "display_name": "T", "language": "t"})
    named = {"name": "p1", "kernelspec": kernelspec, "cells": cells, "source": source}
    config = "c = get_config()\nc.Execute.timeout = 7\n" + config
    course = {
        "software": {"courseops": version("courseops"), "nbgrader": nbgrader.__version__},
        "course_id": "c",
        "assignment": {"name": "a", "duedate": None, "notebooks": [named]},
        "support": spelled({"given.txt": "given"}),
        "configuration": spelled({"nbgrader_config.py": config}),
        "elsewhere": [],
        "imports": ["json"],
    }
    engine = Engine(factory="tests.unit.adapters.grading.test_autograding:open_kernels")
    return Bundle(course=course, allowance=Allowance(), engine=engine)


@pytest.fixture(autouse=True)
def script() -> Script:
    SCRIPT.__init__()  # type: ignore[misc]
    return SCRIPT


def submitted(*cells: dict[str, Any], **files: bytes) -> Work:
    cells = cells or (dict(ANSWER, source="x = 1  # mine"), dict(CHECK))
    return Work(learner="agnes", files={"p1.ipynb": notebook(*cells), **files})


def grade(work: Work, bundle_: Bundle | None = None) -> GradedWork:
    with GradingStation((bundle_ or bundle()).encode()) as station:
        return read_work(json.loads(station.answer("grade", work.encode())))


def test_scores_come_from_outputs_and_use_from_the_bench(script: Script) -> None:
    graded = grade(submitted())
    assert graded.problem is None
    assert graded.notebooks[0].cells == (
        CellScore(id="test_x", auto=2.0, needs_manual_grade=False),
    )
    assert (graded.use.cpu_seconds, graded.use.memory_bytes) == (1.5, 7)
    script.answer = lambda cell: CellEnd(outputs=(ERROR,) if cell.trusted else ())
    assert grade(submitted()).notebooks[0].cells[0].auto == 0


def test_only_the_teachers_own_text_is_trusted(script: Script) -> None:
    forged = dict(CHECK, source="assert True")
    grade(submitted(dict(ANSWER), forged, code("y = 1")))
    assert script.seen == [
        ("x = 1", False, False),
        ("assert x == 1", True, False),
        ("y = 1", False, False),
    ]


def test_the_learner_finds_what_was_handed_in_and_given_and_no_tests(script: Script) -> None:
    work = submitted(dict(ANSWER), dict(CHECK, source="# removed"), **{"own.txt": b"own"})
    grade(work)
    assert script.files == {**work.files, "given.txt": b"given"}
    assert b"assert x" not in b"".join(script.files.values())


def test_the_kernel_is_the_teachers(script: Script) -> None:
    started: list[str] = []
    script.start = started.append
    grade(submitted())
    assert started == ["teachers"]


@pytest.mark.parametrize("kind", ["crash", "memory", "protocol"])
def test_a_kernel_that_died_is_named_with_the_cell(script: Script, kind: str) -> None:
    def die(cell: CellToRun) -> CellEnd:
        if cell.trusted:
            raise KernelDiedError("it is gone", kind=kind)
        return CellEnd(remarks=("replaced sum",))

    script.answer = die
    graded = grade(submitted())
    assert graded.problem is not None
    assert graded.problem.kind == kind
    assert graded.problem.reason == "p1.ipynb: cell 2 (test_x): it is gone"
    assert graded.problem.mend
    assert graded.remarks == ("p1.ipynb: cell 1 (x): replaced sum",)
    assert (graded.notebooks, graded.files) == ((), ())


def test_a_kernel_that_is_not_installed_is_named(script: Script) -> None:
    def refuse(name: str) -> None:
        raise CourseOpsError(f"there is no kernel {name}", hint="install it")

    script.start = refuse
    problem = grade(submitted()).problem
    assert problem is not None
    assert (problem.kind, problem.mend) == ("kernel", "install it")
    assert "there is no kernel teachers" in problem.reason


def test_without_a_sandbox_nothing_is_graded() -> None:
    course = bundle()
    missing = replace(course, engine=replace(course.engine, factory=f"{__name__}:no_sandbox"))
    with pytest.raises(NoKernelsError, match="no sandbox holds here") as refusal:
        grade(submitted(), missing)
    assert refusal.value.problems == ("no namespaces",)


def no_sandbox(*, preload: Sequence[str]) -> Scripted:
    raise RefusedError("no sandbox holds here", problems=["no namespaces"])


def test_what_the_fast_path_cannot_do_runs_again_from_the_start(script: Script) -> None:
    def refuse(cell: CellToRun) -> CellEnd:
        if cell.trusted and not any(stock for *_, stock in script.seen):
            raise NeedsStockKernelError("widgets")
        return CellEnd()

    script.answer = refuse
    assert grade(submitted()).problem is None
    assert [stock for *_, stock in script.seen] == [False, False, True, True]


def test_a_cell_out_of_time_is_marked_as_nbgrader_marks_it(script: Script) -> None:
    interrupted = {**ERROR, "ename": "KeyboardInterrupt"}
    script.answer = lambda cell: CellEnd(outputs=(interrupted,), timed_out=cell.trusted)
    graded = grade(submitted())
    assert graded.problem is None
    cells = json.loads(next(it.content for it in graded.files if it.path == "p1.ipynb"))["cells"]
    assert [it["ename"] for it in cells[1]["outputs"]] == ["KeyboardInterrupt", "CellTimeoutError"]


def test_a_cell_out_of_time_fails_the_submission_where_the_course_says_so(script: Script) -> None:
    script.answer = lambda cell: CellEnd(timed_out=cell.trusted)
    graded = grade(submitted(), bundle("c.Execute.interrupt_on_timeout = False"))
    assert graded.problem is not None
    assert graded.problem.kind == "nbgrader"


def test_a_time_of_submission_that_is_none_is_named() -> None:
    problem = grade(submitted(**{"timestamp.txt": b"yesterday"})).problem
    assert problem is not None
    assert (problem.kind, problem.reason) == ("bad-timestamp", "timestamp.txt holds 'yesterday'")


def test_a_learner_whom_the_course_leaves_out_is_named() -> None:
    problem = grade(submitted(), bundle('c.CourseDirectory.student_id_exclude = "agnes"')).problem
    assert problem is not None
    assert "student_id_exclude" in problem.reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{not json", "Notebook does not appear to be JSON"),
        (notebook(dict(ANSWER), dict(CHECK), dict(CHECK)), "Outdated schema version"),
    ],
)
def test_nbgraders_own_words_are_kept(content: bytes, words: str) -> None:
    problem = grade(Work(learner="agnes", files={"p1.ipynb": content})).problem
    assert problem is not None
    assert problem.kind == "nbgrader"
    assert words in problem.reason


def test_a_configuration_cannot_lead_out_of_the_workers_folder(tmp_path: Path) -> None:
    config = (
        f"c.CourseDirectory.root = {str(tmp_path)!r}\n"
        f"c.CourseDirectory.autograded_directory = {str(tmp_path)!r}\n"
        f"c.CourseDirectory.directory_structure = "
        f"{str(tmp_path)!r} + '/{{nbgrader_step}}/{{student_id}}/{{assignment_id}}'\n"
    )
    assert grade(submitted(), bundle(config)).problem is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_cannot_lie_outside_of_the_submission() -> None:
    problem = grade(submitted(**{"../../other.txt": b"x"})).problem
    assert problem is not None
    assert "outside" in problem.reason


def test_other_software_on_a_worker_is_refused() -> None:
    ours = bundle()
    other = dict(ours.course, software={"courseops": "0.0.1", "nbgrader": "0.1"})
    with pytest.raises(CourseOpsError, match=r"courseops 0\.0\.1 there"):
        GradingStation(replace(ours, course=other).encode())


def test_a_display_that_a_later_cell_updates_stands_in_the_earlier_one(script: Script) -> None:
    shown, newer = (
        {"output_type": "display_data", "data": {"text/plain": it}, "metadata": {}}
        for it in ("0 %", "100 %")
    )

    def answer(cell: CellToRun) -> CellEnd:
        if cell.trusted:
            return CellEnd(execution_count=2, earlier={0: (newer,)})
        return CellEnd(execution_count=1, outputs=(shown,))

    script.answer = answer
    (file,) = (it for it in grade(submitted()).files if it.path == "p1.ipynb")
    first = json.loads(file.content)["cells"][0]
    assert first["outputs"][0]["data"] == {"text/plain": ["100 %"]}


def test_what_grading_does_not_touch_keeps_what_the_gradebook_has() -> None:
    had = {"id": "test_x", "auto": 1.5, "needs_manual": False, "manual": None, "extra_credit": None}
    prior = Prior(
        notebooks=({"name": "p1", "late_penalty": None, "grades": [had], "comments": []},)
    )
    without_the_test = submitted(dict(ANSWER, source="x = 1  # mine"))
    graded = grade(replace(without_the_test, prior=prior))
    assert graded.notebooks[0].cells == (
        CellScore(id="test_x", auto=1.5, needs_manual_grade=False),
    )

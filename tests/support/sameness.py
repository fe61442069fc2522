"""Grade one course by nbgrader's own command and by us, and say what must be the same after it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from courseops.adapters import process
from courseops.adapters.grading.bundle import FACTORY, Engine
from courseops.adapters.grading.grader import PooledGrader
from courseops.adapters.grading.workers.pool import LocalPool
from courseops.adapters.nbgrader.course import NbgraderCourse
from courseops.model.assignments.allowance import Allowance
from courseops.model.assignments.graded import GradedWork


def environment(course: Path) -> dict[str, str]:
    """What nbgrader's own command runs in: not pytest's, in sight of which ipykernel differs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kernels = {it: os.environ[it] for it in ("JUPYTER_PATH",) if it in os.environ}
    return {"PATH": path, "HOME": str(course.parent), "LANG": "C.UTF-8", **kernels}


def run(course: Path, *args: str) -> process.Finished:
    return process.run(args, env=environment(course), timeout_seconds=250, cwd=course)


def start_nbgrader(course: Path, *args: str) -> process.Process:
    log = os.open(course / "log", os.O_CREAT | os.O_WRONLY)
    try:
        return process.start(["nbgrader", *args], env=environment(course), stderr=log, cwd=course)
    finally:
        os.close(log)


def learners(course: Path, name: str) -> list[str]:
    return sorted(it.parent.name for it in course.glob(f"submitted/*/{name}"))


def grader_of(course: NbgraderCourse) -> PooledGrader:
    return PooledGrader(
        course.client,
        LocalPool(),
        allowance=Allowance(),
        engine=Engine(factory=FACTORY),
        marks=course.marks,
    )


Works = dict[tuple[str, str], GradedWork]


def grade_and_merge(
    course: NbgraderCourse, folder: Path, names: Iterable[str], *, only: tuple[str, ...] = ()
) -> Works:
    """Grade all, or `only` some learners', and merge what could be graded."""
    works = {}
    for name in names:
        graded = list(grader_of(course).grade(name, only or learners(folder, name)))
        course.merge(name, [it for it in graded if it.problem is None])
        works |= {(name, it.learner): it for it in graded}
    return works


def same_notebooks(ours: Path, theirs: Path) -> int:
    """Compare the autograded notebooks of two courses; give how many there are."""
    found = sorted(it.relative_to(ours) for it in ours.glob("autograded/*/*/*.ipynb"))
    for path in found:
        one, other = (neutral((it / path).read_bytes()) for it in (ours, theirs))
        assert one == other, path
    return len(found)


_CHANCE = (
    (re.compile(r"0x[0-9a-f]{6,}"), "0xADDRESS"),
    (re.compile(r"[^\s\"']*/ipykernel_\d+/\d+\.py"), "CELL.py"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z"), "TIME"),
)


def neutral(content: bytes) -> Any:
    """Take out of a notebook what no two runs have in common."""
    written = content.decode()
    for pattern, instead in _CHANCE:
        written = pattern.sub(instead, written)
    read = json.loads(written)
    for cell in read["cells"]:
        if "outputs" in cell:
            cell["outputs"] = joined(cell["outputs"])
    return read


def joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join what one stream says in a row: into how many messages it falls is chance."""
    together: list[dict[str, Any]] = []
    for output in outputs:
        before = together[-1] if together else {}
        if output["output_type"] == "stream" and before.get("name") == output["name"]:
            before["text"] = "".join([*before["text"], *output["text"]]).splitlines(keepends=True)
        else:
            together.append(output)
    return together


def rows_of(book: Mapping[str, list[Any]], learner: str) -> dict[str, list[Any]]:
    """Give what a dumped gradebook holds of one learner's work."""
    return {
        table: [row for row in rows if len(row) > 1 and row[1] == learner]
        for table, rows in book.items()
        if table in ("submitted_assignment", "submitted_notebook", "grade", "comment")
    }

"""Inside the child: validating, generating, releasing and taking back an assignment."""

from __future__ import annotations

import filecmp
import glob
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions, LockCells
from nbgrader.validator import Validator

from courseops.adapters.nbgrader.inside.converting import convert
from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError
from courseops.model.assignments.assignment import is_name

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class _NamingValidator(Validator):  # type: ignore[misc] # nbgrader has no types
    """nbgrader's validator, which also remembers the cells themselves."""

    failed_cells: Sequence[Any] = ()

    def _get_failed_cells(self, nb: Any) -> list[Any]:
        self.failed_cells = list(super()._get_failed_cells(nb))
        return self.failed_cells


def validate(course: OpenCourse, name: str, notebook: str) -> list[dict[str, str]]:
    """
    Run one notebook of the source as `nbgrader validate` does; give the cells that fail.

    It runs in a copy of its folder, so what it writes does not end up in the release.
    """
    source = _source(course, name)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, name)
        shutil.copytree(source, copy)
        # What a source says of checksums is left from an earlier release.
        validator = _NamingValidator(parent=course.app, ignore_checksums=True)
        found = validator.validate(str(copy / f"{notebook}.ipynb"))
    changed = [
        {"cell": "", "error": f"a cell was made a {it['old_type']} cell: {_first(it['source'])}"}
        for it in found.get("type_changed", [])
    ]
    failed = [
        {"cell": cell.metadata.nbgrader.grade_id, "error": _last(row["raw_error"])}
        for cell, row in zip(validator.failed_cells, found.get("failed", []), strict=False)
    ]
    return changed + failed


def _first(text: str) -> str:
    return text.strip().partition("\n")[0]


def _last(text: str) -> str:
    # A traceback ends with what went wrong.
    return _COLOURS.sub("", text).strip().rpartition("\n")[2]


def generate(course: OpenCourse, name: str) -> None:
    """Generate the learners' version."""
    # What is generated replaces release/<name>, wherever that leads.
    _source(course, name)
    convert(GenerateAssignment, course, name, ".")


def _source(course: OpenCourse, name: str) -> Path:
    source = course.folder("source", name)
    if not is_name(name) or not source.is_dir():
        raise MissingEntry(f"there is no source/{name} in {course.coursedir.root}")
    return source


def describe_conversion(course: OpenCourse) -> dict[str, Any]:
    """Say how the course's nbgrader makes the learners' version."""
    solutions, locks = ClearSolutions(parent=course.app), LockCells(parent=course.app)
    hidden, scheme = ClearHiddenTests(parent=course.app), ClearMarkScheme(parent=course.app)
    stubs = [*solutions.code_stub.values(), solutions.text_stub]
    return {
        "regions": [
            ["solution", solutions.begin_solution_delimeter, solutions.end_solution_delimeter],
            ["hidden tests", hidden.begin_test_delimeter, hidden.end_test_delimeter],
            ["mark scheme", scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter],
        ],
        "stubs": [line for stub in stubs for line in stub.split("\n")],
        "locks_tests": locks.lock_grade_cells or locks.lock_all_cells,
        "locks_read_only": locks.lock_readonly_cells or locks.lock_all_cells,
    }


def publish(course: OpenCourse, name: str) -> str:
    """Release what was generated, unless the exchange has that already."""
    _source(course, name)
    course.coursedir.assignment_id = name
    exchange = course.exchange.ReleaseAssignment(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    there = _outbound(course, exchange, name)
    known = there.is_dir()
    if known and _same_files(course.folder("release", name), there):
        return "unchanged"
    exchange.force = True
    exchange.start()
    return "released again" if known else "released"


def retract(course: OpenCourse, name: str) -> None:
    """Do what `nbgrader list --remove` does for one released assignment."""
    _source(course, name)
    course.coursedir.assignment_id = name
    course.coursedir.student_id = "*"
    exchange = course.exchange.List(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    exchange.remove = True
    exchange.start()
    if _outbound(course, exchange, name).exists():
        raise RefusedError("exchange", f"nbgrader left {name} in the exchange")


def outbound(course: OpenCourse, name: str) -> str:
    """Say where learners fetch an assignment from."""
    exchange = course.exchange.List(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    return str(_outbound(course, exchange, name))


def _outbound(course: OpenCourse, exchange: Any, name: str) -> Path:
    return Path(exchange.root, course.course_id, "outbound", name)


def set_due(course: OpenCourse, name: str, due_at: str) -> None:
    """Give an assignment its deadline, in ISO 8601 with a time zone."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(name, duedate=due_at)


def _same_files(one: Path, other: Path) -> bool:
    names = _files(one)
    if names != _files(other):
        return False
    _, different, unread = filecmp.cmpfiles(one, other, names, shallow=False)
    return not different and not unread


def _files(folder: Path) -> list[str]:
    return sorted(str(it.relative_to(folder)) for it in folder.rglob("*") if it.is_file())


def list_released(course: OpenCourse, name: str) -> list[dict[str, Any]]:
    """List the notebooks of an assignment with the cells that nbgrader follows."""
    with course.gradebook() as gradebook:
        try:
            notebooks = gradebook.find_assignment(name).notebooks
        except MissingEntry:
            return []
        return [{"name": it.name, "cells": _list_cells(it)} for it in notebooks]


def _list_cells(notebook: Any) -> list[dict[str, Any]]:
    graded = [*notebook.grade_cells, *notebook.task_cells]
    points = {cell.name: cell.max_score for cell in graded}
    return [
        {"id": cell.name, "points": points.get(cell.name), "type": cell.cell_type or ""}
        for cell in notebook.source_cells
    ]


def list_waiting(course: OpenCourse, name: str) -> list[str]:
    """List the learners with work in the exchange."""
    course.coursedir.assignment_id = name
    course.coursedir.student_id = "*"
    collector = course.exchange.Collect(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    inbound = Path(collector.root, course.course_id, "inbound")
    # S+A+TIME+RANDOM, as ExchangeCollect splits it: a learner's name may contain a plus.
    parts = [it.name.rsplit("+", 3) for it in inbound.glob(f"*+{glob.escape(name)}+*")]
    return sorted({it[0] for it in parts if len(it) > 2 and it[1] == name})  # noqa: PLR2004

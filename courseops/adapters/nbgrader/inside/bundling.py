"""Inside the child: all of one assignment that grading away from this machine needs.

A worker that has it needs neither the course folder nor the gradebook. What is read here is
the teacher's own; learners' files are not touched.
"""

from __future__ import annotations

import ast
import base64
import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbgrader
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    MissingEntry,
    SubmittedAssignment,
)

from courseops.adapters.nbgrader.inside.opening import OpenCourse, RefusedError

_CONFIGURATION = ("nbgrader_config.py", "nbgrader_config.json", "jupyter_config.py")


def bundle(course: OpenCourse, name: str) -> dict[str, Any]:
    """
    Export the assignment: its cells and tests, support files, configuration and plugins.

    Raises:
        RefusedError: it has not been generated, so that nothing can be compared with it.
    """
    source = course.folder("source", name)
    return {
        "software": {"courseops": version("courseops"), "nbgrader": nbgrader.__version__},
        "course_id": course.course_id,
        "assignment": _describe(course, name),
        "support": _read_all(
            source, utils.find_all_files(str(source), [*course.coursedir.ignore, "*.ipynb"])
        ),
        "configuration": _configuration(Path(course.coursedir.root)),
        "elsewhere": _elsewhere(course),
        "imports": sorted(_imports(source)),
    }


def _describe(course: OpenCourse, name: str) -> dict[str, Any]:
    with course.gradebook() as gradebook:
        try:
            assignment = gradebook.find_assignment(name)
        except MissingEntry as error:
            raise RefusedError(
                "not-generated", f"the gradebook knows no assignment {name!r}; release it first"
            ) from error
        return {
            "name": assignment.name,
            "duedate": assignment.duedate and assignment.duedate.isoformat(),
            "notebooks": [_describe_notebook(it) for it in assignment.notebooks],
        }


def _describe_notebook(notebook: Any) -> dict[str, Any]:
    followed = [*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells]
    return {
        "name": notebook.name,
        "kernelspec": notebook.kernelspec,
        "cells": [
            {
                "name": cell.name,
                "type": cell.type,
                "max_score": getattr(cell, "max_score", None),
                "cell_type": getattr(cell, "cell_type", None),
            }
            for cell in followed
        ],
        "source": [
            {
                "name": cell.name,
                "cell_type": cell.cell_type,
                "locked": cell.locked,
                "source": cell.source,
                "checksum": cell.checksum,
            }
            for cell in notebook.source_cells
        ],
    }


def _read_all(folder: Path, paths: list[str]) -> list[dict[str, str]]:
    return [_read(Path(path), Path(path).relative_to(folder)) for path in sorted(paths)]


def _read(path: Path, known_as: Path) -> dict[str, str]:
    content = base64.b64encode(path.read_bytes()).decode()
    return {"path": known_as.as_posix(), "content": content}


def _configuration(root: Path) -> list[dict[str, str]]:
    """Read what nbgrader loads from the course's folder, and the modules beside it: plugins."""
    files = [it for it in root.iterdir() if it.is_file() and _is_configuration(it)]
    for package in (it.parent for it in root.glob("*/__init__.py")):
        files.extend(it for it in package.rglob("*.py") if it.is_file())
    return [_read(path, path.relative_to(root)) for path in sorted(files)]


def _is_configuration(path: Path) -> bool:
    return path.suffix == ".py" or path.name in _CONFIGURATION


def _elsewhere(course: OpenCourse) -> list[dict[str, str]]:
    root = Path(course.coursedir.root).resolve()
    loaded = [Path(it).resolve() for it in course.app.loaded_config_files]
    return [_read(path, Path(path.name)) for path in loaded if path.parent != root]


def _imports(source: Path) -> set[str]:
    """Name the modules that the teacher's Python notebooks import, solutions included."""
    found: set[str] = set()
    for path in sorted(source.glob("*.ipynb")):
        for cell in json.loads(path.read_bytes()).get("cells", []):
            if cell.get("cell_type") == "code":
                found |= _imports_of("".join(cell["source"]))
    # A module beside the notebook is the learner's to bring, or changes with the assignment.
    return {it for it in found if not (source / it.partition(".")[0]).with_suffix(".py").exists()}


def _imports_of(text: str) -> set[str]:
    # Magics and shell lines are no Python.
    lines = [re.sub(r"^(\s*)[%!?].*", r"\1pass", line) for line in text.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(it.name for it in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def list_priors(course: OpenCourse, name: str) -> dict[str, dict[str, Any]]:
    """Say, by learner, whether the gradebook knows them, and of an extension."""
    with course.gradebook() as gradebook:
        priors = {it.id: {"known": True, "extension_seconds": 0.0} for it in gradebook.students}
        query = gradebook.db.query(SubmittedAssignment).join(Assignment)
        for submission in query.filter(Assignment.name == name):
            if submission.extension is not None:
                seconds = submission.extension.total_seconds()
                priors[submission.student_id]["extension_seconds"] = seconds
    return priors

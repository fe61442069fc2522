"""Inside the child: where a course keeps what, for those who read it without nbgrader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.auth.base import NoAuthPlugin
from nbgrader.exchange.default import ExchangeList

from courseops.adapters.nbgrader.inside.opening import OpenCourse

_STEPS = ("source", "submitted", "autograded")


def describe_layout(course: OpenCourse) -> dict[str, Any]:
    """
    Say where folders and gradebook are, and on which files that depends.

    `plain` says that the exchange is nbgrader's own folder and shows everything to everybody,
    so that what is released can be seen by looking. `configuration` names each file that
    nbgrader would read if it were there.
    """
    lister = course.exchange.List(
        coursedir=course.coursedir, authenticator=course.authenticator, parent=course.app
    )
    root = str(course.coursedir.root)
    return {
        "root": root,
        "structure": course.coursedir.directory_structure,
        "steps": {step: getattr(course.coursedir, f"{step}_directory") for step in _STEPS},
        "db_url": course.coursedir.db_url,
        "exchange": str(getattr(lister, "root", "")),
        "timezone": str(getattr(lister, "timezone", "UTC")),
        "groupshared": bool(course.coursedir.groupshared),
        "plain": type(lister) is ExchangeList
        and type(course.authenticator.plugin) is NoAuthPlugin
        and course.coursedir.student_id in {"", "*"}
        and course.coursedir.assignment_id == "",
        "configuration": _configuration(course, root),
    }


def _configuration(course: OpenCourse, root: str) -> list[str]:
    folders = [*course.app.config_file_paths, root]
    names = [course.app.config_file_name, "jupyter_config", "nbgrader_config"]
    found = {
        str(Path(folder, f"{name}{ending}").absolute())
        for folder in folders
        for name in names
        if name
        for ending in (".py", ".json")
    }
    return sorted(found | {str(Path(it).absolute()) for it in course.app.loaded_config_files})
